"""The columns of a table, from where its cells stand, and the cells in them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from leanrag.readers.pdf.chars import Fragment
from leanrag.readers.pdf.rows import Row, is_figure
from leanrag.readers.tables import SEPARATOR

Extent: TypeAlias = tuple[float, float]
TIGHT = 1.3
"""The widest distance of two lines of one cell, in font sizes."""

_YEAR = re.compile(r"(?:FY\s?)?(?:19|20)\d\d(?:\s?[-–/]\s?(?:\d\d){1,2})?[⁰-⁹]*(?:\s?\([a-z]\))?")
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
    that stands over several columns makes none.
    """
    cells = [f for row in _body(rows) for f in row.fragments]
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
    return columns


def place(row: Row, columns: Sequence[Extent]) -> TableRow:
    """The row with its cells in the first columns that they stand over, or the nearest ones."""
    out = TableRow(row)
    for cell in row.fragments:
        over = [
            n for n, (left, right) in enumerate(columns) if cell.left < right and cell.right > left
        ]
        column = over[0] if over else _nearest(cell, columns)
        out.spans = out.spans or len(over) > 1
        if column in out.cells:
            out.cells[column] += SEPARATOR + cell.text
        else:
            out.cells[column] = cell.text
    return out


def is_aligned(rows: Sequence[Row], columns: Sequence[Extent]) -> bool:
    """Whether most cells behind the first column share an edge or the middle with another one."""
    cells: list[list[Fragment]] = [[] for _ in columns]
    for row in rows:
        for cell in row.fragments:
            over = [n for n, (a, b) in enumerate(columns) if cell.left < b and cell.right > a]
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


def is_amount(text: str) -> bool:
    """Whether a cell holds a figure that is not a year, which heads a column."""
    return is_figure(text) and not _YEAR.fullmatch(text)
