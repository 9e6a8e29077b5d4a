"""Finds tables among the rows of a column by the alignment of their cells, without ruled lines.

A table is a run of rows of several fragments that share gutters. Lines of one fragment between
them are labels, or parts of a label that is set in several lines; a line that reaches over the
cells beside the labels is prose and ends the table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TypeAlias

from leanrag.adapters.pdf_chars import Fragment
from leanrag.adapters.pdf_rows import Row, is_figure

Extent: TypeAlias = tuple[float, float]
SEPARATOR = " | "
_MAX_LABELS = 4
"""Lines of one fragment in a row inside a table."""

_MAX_GAP = 4.0
"""Between two rows of a table, in font sizes."""

_TIGHT = 1.3
_BLOCK_STEP = 1.35
_MAX_HEAD = 6
_MAX_HEAD_TEXT = 80
_CURRENCY = re.compile(r"(?:US|C|A|HK)?[$€£¥]\s*\(?")
_CLOSING = re.compile(r"[)%]{1,2}|%\)|(?:bps?|pts?|x)\b\)?|\([a-z]\)|[*†]")
_YEAR = re.compile(r"(?:FY\s?)?(?:19|20)\d\d(?:\s?[-–/]\s?(?:\d\d){1,2})?[⁰-⁹]*(?:\s?\([a-z]\))?")
_OPEN_END = re.compile(
    r"(?:,|[-–—/&]|\b(?:and|or|of|the|to|in|for|from|by|on|with|at|net|per|other|than|as|a|an))$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Table:
    """A table: one line of cells a row, the first ``head_rows`` of them column heads."""

    lines: list[str]
    head_rows: int
    page: int


@dataclass(slots=True)
class _TableRow:
    """A row under way to be a line; ``cells`` by column."""

    row: Row
    cells: dict[int, str] = field(default_factory=dict)
    spans: bool = False
    """Whether a cell stands over several columns."""


def split_tables(rows: Sequence[Row]) -> list[Table | list[Row]]:
    """The rows of a column in order, those that form a table together as one."""
    rows = [_with_units(row) for row in rows]
    out: list[Table | list[Row]] = []
    prose: list[Row] = []
    place = 0
    while place < len(rows):
        end = _table_end(rows, place) if len(rows[place].fragments) > 1 else place
        table = _table(rows[place:end]) if end > place else None
        if table is None:
            prose.append(rows[place])
            place += 1
            continue
        above = _heads_above(prose, rows[place:end])
        if above:
            table = _table([*above, *rows[place:end]]) or table
            del prose[-len(above) :]
        if prose:
            out.append(prose)
            prose = []
        out.append(table)
        place = end
    if prose:
        out.append(prose)
    return out


# ── which rows ──────────────────────────────────────────────────────────────────────────────────


def _with_units(row: Row) -> Row:
    """The row with signs of currency, percent and closing brackets joined to their figures."""
    out: list[Fragment] = []
    for fragment in row.fragments:
        last = out[-1] if out else None
        if last is not None and _CURRENCY.fullmatch(last.text) and is_figure(fragment.text):
            out[-1] = _merged(last, fragment, " ")
        elif (
            last is not None
            and _CLOSING.fullmatch(fragment.text)
            and is_figure(last.text)
            and fragment.left - last.right < 2 * last.size
        ):
            out[-1] = _merged(last, fragment, "" if fragment.text[0] == ")" else " ")
        else:
            out.append(fragment)
    return Row(out, row.page)


def _merged(first: Fragment, second: Fragment, joint: str) -> Fragment:
    return replace(second, text=first.text + joint + second.text, left=first.left)


def _table_end(rows: Sequence[Row], start: int) -> int:
    """Where the table that begins at ``start`` ends; ``start`` itself where there is none."""
    end = start + 1
    labels = 0
    limit = rows[start].fragments[1].left
    amounts = False
    for place in range(start + 1, len(rows)):
        row, before = rows[place], rows[place - 1]
        if before.baseline - row.baseline > _MAX_GAP * max(row.size, before.size):
            break
        if len(row.fragments) > 1:
            if labels and amounts and _is_head(row):
                break  # the head of another table
            figures = [f.left for f in row.fragments[1:] if is_figure(f.text)]
            limit = min([limit, *figures])
            amounts = amounts or any(_is_amount(f.text) for f in row.fragments[1:])
            end, labels = place + 1, 0
            continue
        labels += 1
        inside = row.left > limit - 1 or row.right <= limit + row.size
        if labels > _MAX_LABELS or not inside:
            break
    while end < len(rows) and _is_rest(rows[end - 1], rows[end], rows[start:end]):
        end += 1
    return end


def _is_rest(last: Row, row: Row, table: Sequence[Row]) -> bool:
    """Whether a line is a further one of a cell, but of the first, in the table's last row."""
    if len(row.fragments) > 1 or last.baseline - row.baseline > _TIGHT * max(last.size, row.size):
        return False
    above = next(one for one in reversed(table) if len(one.fragments) > 1)
    stub = min(one.left for one in table)
    return row.left > stub + row.size and any(
        abs(cell.left - row.left) < 0.3 * row.size for cell in above.fragments
    )


def _is_head(row: Row) -> bool:
    return not any(is_figure(f.text) and not _YEAR.fullmatch(f.text) for f in row.fragments)


def _heads_above(prose: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    """The lines directly above a table that stand over its columns alone."""
    body = [f for row in rows for f in row.fragments[1:]]
    edge = min((f.left for f in body), default=0.0)
    above: list[Row] = []
    below = rows[0]
    for row in reversed(prose):
        near = row.baseline - below.baseline <= 2.2 * max(row.size, below.size)
        if not near or row.left < edge - row.size or len(above) >= _MAX_HEAD:
            break
        above.insert(0, row)
        below = row
    return above


# ── columns ─────────────────────────────────────────────────────────────────────────────────────


def _table(rows: Sequence[Row]) -> Table | None:
    """The table that the rows form, None where their cells do not stand in columns."""
    several = [row for row in rows if len(row.fragments) > 1]
    if len(several) < 2:
        return None
    columns = _columns(_body(several))
    if len(columns) < 2:
        return None
    placed = [_place(row, columns) for row in rows]
    filled = sum(len(one.cells) > 1 for one in placed)
    if filled < 2 or filled * 2 < len(several):
        return None
    head = _head_rows(placed)
    body = _joined_rows(placed[head:])
    heads = _joined_heads(placed[:head])
    used = sorted({column for one in (*heads, *body) for column in one.cells})
    lines = [_line(one, used) for one in (*heads, *body)]
    count = len(heads)
    return Table(lines, count if count < len(lines) else 0, rows[0].page)


def _body(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows without those above the first amount, which may stand over several columns."""
    for place, row in enumerate(rows):
        if any(_is_amount(f.text) for f in row.fragments[1:]):
            return rows[place:]
    return rows


def _columns(rows: Sequence[Row]) -> list[Extent]:
    """Where the columns begin and end, from left to right.

    Cells that overlap are in one column: amounts first, then texts, the narrow ones first. One
    that stands over several columns makes none.
    """
    cells = [f for row in rows for f in row.fragments]
    amounts = [f for f in cells if _is_amount(f.text)]
    spans: list[list[float]] = []
    for group in (amounts, [f for f in cells if not _is_amount(f.text)]):
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


def _place(row: Row, columns: Sequence[Extent]) -> _TableRow:
    """The row with its cells in the first columns that they stand over, or the nearest ones."""
    out = _TableRow(row)
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


def _nearest(cell: Fragment, columns: Sequence[Extent]) -> int:
    return min(
        range(len(columns)),
        key=lambda n: (max(columns[n][0] - cell.right, cell.left - columns[n][1]), n),
    )


def _line(row: _TableRow, used: Sequence[int]) -> str:
    cells = [row.cells.get(column, "") for column in used]
    while cells and not cells[-1]:
        cells.pop()
    return SEPARATOR.join(cells)


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


def _head_rows(rows: Sequence[_TableRow]) -> int:
    """How many rows from the first stand over the columns: those before the first amount."""
    amounts = [any(_is_amount(text) for c, text in one.cells.items() if c) for one in rows]
    if True not in amounts:
        return _bold_head(rows)
    first = amounts.index(True)
    if any(
        len(text) > _MAX_HEAD_TEXT for one in rows[:first] for c, text in one.cells.items() if c
    ):
        return 0
    while first and len(rows[first - 1].cells) == 1 and 0 in rows[first - 1].cells:
        first -= 1  # a label of the rows below it
    return first if first <= _MAX_HEAD + 2 else 0


def _bold_head(rows: Sequence[_TableRow]) -> int:
    bold = [all(f.bold for f in one.row.fragments) for one in rows]
    return bold.index(False) if False in bold and bold.index(False) <= _MAX_HEAD else 0


def _is_amount(text: str) -> bool:
    return is_figure(text) and not _YEAR.fullmatch(text)


def _joined_heads(rows: Sequence[_TableRow]) -> list[_TableRow]:
    """Head rows of which each cell goes on in the row below are joined with it."""
    out: list[_TableRow] = []
    for one in rows:
        last = out[-1] if out else None
        if last is not None and not last.spans and _is_below(last.row, one.row):
            out[-1] = _joined(last, one)
        else:
            out.append(one)
    return out


def _is_below(last: Row, row: Row) -> bool:
    return last.baseline - row.baseline <= _TIGHT * max(last.size, row.size)


def _joined_rows(rows: Sequence[_TableRow]) -> list[_TableRow]:
    """The rows, those joined of which the cells are set in several lines."""
    steps = [a.row.baseline - b.row.baseline for a, b in pairwise(rows) if len(b.cells) > 1]
    pitch = median(steps) if steps else 0.0
    if steps and not any(is_figure(text) for one in rows for c, text in one.cells.items() if c):
        pitch = max(steps) if max(steps) > _BLOCK_STEP * pitch else pitch  # gaps part the rows
    out: list[_TableRow] = []
    for one in rows:
        last = out[-1] if out else None
        if last is not None and _continues(last, one, pitch):
            out[-1] = _joined(last, one)
        else:
            out.append(one)
    return out


def _joined(last: _TableRow, one: _TableRow) -> _TableRow:
    cells = dict(last.cells)
    for column, text in one.cells.items():
        cells[column] = f"{cells[column]} {text}" if column in cells else text
    return _TableRow(one.row, cells, one.spans)


def _continues(last: _TableRow, one: _TableRow, pitch: float) -> bool:
    """Whether ``one`` is a further line of the cells in the row above it."""
    step = last.row.baseline - one.row.baseline
    size = max(last.row.size, one.row.size)
    if step > 1.6 * size:
        return False
    shared = [column for column in one.cells if column in last.cells]
    if any(is_figure(cells[column]) for column in shared for cells in (last.cells, one.cells)):
        return False
    above_figures, figures = (
        any(is_figure(text) for column, text in row.cells.items() if column) for row in (last, one)
    )
    if not shared:  # what stands beside a label, on a line a little lower
        beside = len(last.cells) == 1 and 0 in last.cells and 0 not in one.cells
        return beside and step <= 0.8 * size
    if above_figures and figures:
        return False
    above, text = last.cells[shared[0]], one.cells[shared[0]]
    if above.endswith((":", ".")) and above_figures:
        return False
    if last.row.fragments[0].bold != one.row.fragments[0].bold or above.endswith(":"):
        return False
    if text[0].islower() or _OPEN_END.search(above) is not None:
        return True
    if above_figures or figures:
        hanging = one.row.left > last.row.left + 1
        return hanging and step < 0.8 * pitch and step <= _TIGHT * size
    return step <= _TIGHT * size and (0 not in one.cells or step < 0.8 * pitch)
