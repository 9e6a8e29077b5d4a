"""The columns of a table, from where its cells stand, and the cells in them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from leanrag.readers.pdf.lines import Fragment
from leanrag.readers.pdf.rows import Row, is_figure

Extent: TypeAlias = tuple[float, float]
TIGHT = 1.3
"""The widest distance of two lines of one cell, in font sizes."""

_YEAR = re.compile(r"(?:FY\s?)?(?:19|20)\d\d(?:\s?[-–/]\s?(?:\d\d){1,2})?[⁰-⁹]*(?:\s?\([a-z]\))?")
_CURRENCIES = frozenset("$€£¥")
_ALIGNED = 0.5
_EDGES: tuple[Callable[[Fragment], float], ...] = (
    lambda cell: cell.left,
    lambda cell: cell.right,
    lambda cell: (cell.left + cell.right) / 2,
)


@dataclass(slots=True)
class TableRow:
    """A row under way to be a line; ``cells`` by column."""

    row: Row
    cells: dict[int, str] = field(default_factory=dict)
    spans: bool = False
    """Whether a cell stands over several columns."""


def columns_of(rows: Sequence[Row]) -> list[Extent]:
    """Where the columns of rows of several cells begin and end, from left to right.

    Cells that overlap are in one column: amounts first, then texts, the narrow ones first. One
    that stands over several columns makes none. A column may have nothing but its head.
    """
    body = _body(rows)
    cells = [f for row in body for f in row.fragments]
    amounts = [f for f in cells if is_amount(f.text)]
    spans: list[list[float]] = []
    for group in (amounts, [f for f in cells if not is_amount(f.text)]):
        for cell in sorted(group, key=lambda f: (f.width, f.left)):
            over = [s for s in spans if cell.left < s[1] and cell.right > s[0]]
            if not over:
                spans.append([cell.left, cell.right])
            elif len(over) == 1:
                over[0][0] = min(over[0][0], cell.left)
                over[0][1] = max(over[0][1], cell.right)
    columns: list[Extent] = []
    for left, right in sorted(spans):
        if columns and left < columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    columns = [part for column in columns for part in _parted(column, body)]
    for row in rows[: len(rows) - len(body)]:
        columns = sorted([*columns, *_heads_of_nothing(row, columns)])
    return columns


def _parted(column: Extent, rows: Sequence[Row]) -> list[Extent]:
    """A column in two where most of its rows have two cells there, with a gap between them all: a
    wide cell had joined what are two columns."""
    inside = [
        [f for f in row.fragments if f.left < column[1] and f.right > column[0]] for row in rows
    ]
    pairs = [cells for cells in inside if len(cells) == 2 and cells[0].text not in _CURRENCIES]
    if len(pairs) < 2 or 2 * len(pairs) < sum(map(bool, inside)):
        return [column]
    end, start = max(left.right for left, _ in pairs), min(right.left for _, right in pairs)
    return [(column[0], end), (start, column[1])] if end < start else [column]


def _heads_of_nothing(row: Row, columns: Sequence[Extent]) -> list[Extent]:
    """The cells of a row of heads that stand over no column, where none is left for them."""
    over = [over_columns(cell, columns) for cell in row.fragments]
    out: list[Extent] = []
    for n, cell in enumerate(row.fragments):
        if over[n]:
            continue
        before = max((c for one in over[:n] for c in one), default=-1)
        after = min((c for one in over[n + 1 :] for c in one), default=len(columns))
        if after - before <= 1:
            out.append((cell.left, cell.right))
    return out


def over_columns(cell: Fragment, columns: Sequence[Extent]) -> list[int]:
    """The columns that a cell stands over, from left to right."""
    return [n for n, (left, right) in enumerate(columns) if cell.left < right and cell.right > left]


def common_columns(before: Sequence[Extent], columns: Sequence[Extent]) -> list[Extent] | None:
    """The columns of a table that goes on from one with the columns ``before``; None where it
    does not: each of ``columns`` must stand under another one of these, and most have one."""
    common = list(before)
    taken = -1
    for left, right in columns:
        over = [n for n, (a, b) in enumerate(before) if left < b and right > a]
        if len(over) != 1 or over[0] <= taken:
            return None
        taken = over[0]
        common[taken] = min(left, common[taken][0]), max(right, common[taken][1])
    if 2 * len(columns) <= len(before) or any(a[1] > b[0] for a, b in pairwise(common)):
        return None
    return common


def place(row: Row, columns: Sequence[Extent]) -> TableRow:
    """The row with its cells in the first columns that they stand over, or the nearest ones."""
    out = TableRow(row)
    for cell in row.fragments:
        over = over_columns(cell, columns)
        column = over[0] if over else _nearest(cell, columns)
        out.spans = out.spans or len(over) > 1
        if column in out.cells:  # a mark between two cells would move those behind it
            out.cells[column] += " " + cell.text
        else:
            out.cells[column] = cell.text
    return out


def is_aligned(rows: Sequence[Row], columns: Sequence[Extent]) -> bool:
    """Whether most cells behind the first column share an edge or the middle with another one."""
    cells: list[list[Fragment]] = [[] for _ in columns]
    for row in rows:
        for cell in row.fragments:
            over = over_columns(cell, columns)
            if len(over) == 1 and over[0]:
                cells[over[0]].append(cell)
    several = [column for column in cells if len(column) > 1]
    shared = sum(
        max(_most_alike([edge(cell) for cell in column], column[0].size) for edge in _EDGES)
        for column in several
    )
    return 2 * shared >= sum(len(column) for column in several) > 0


def _most_alike(places: Sequence[float], size: float) -> int:
    """How many of the places lie together; none where it is one."""
    most = max(sum(0 <= other - place <= _ALIGNED * size for other in places) for place in places)
    return most if most > 1 else 0


def _nearest(cell: Fragment, columns: Sequence[Extent]) -> int:
    return min(
        range(len(columns)),
        key=lambda n: (max(columns[n][0] - cell.right, cell.left - columns[n][1]), n),
    )


def _body(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows without those above the first amount, which may stand over several columns."""
    for place, row in enumerate(rows):
        if any(is_amount(f.text) for f in row.fragments[1:]):
            return rows[place:]
    return rows


def is_year(text: str) -> bool:
    """Whether a cell holds a year, which heads a column."""
    return _YEAR.fullmatch(text) is not None


def is_amount(text: str) -> bool:
    """Whether a cell holds a figure that is not a year, which heads a column."""
    return is_figure(text) and not is_year(text)
