"""Finds tables among the rows of a column by the alignment of their cells, without ruled lines.

A table is a run of rows of several fragments that share gutters. Lines of one fragment between
them are labels, or parts of a label that is set in several lines; a line that reaches over the
cells beside the labels is prose and ends the table.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from leanrag.readers.pdf.cell_rows import (
    head_rows,
    is_numbered_text,
    joined_heads,
    joined_rows,
)
from leanrag.readers.pdf.cells import (
    TIGHT,
    Extent,
    TableRow,
    columns_of,
    common_columns,
    is_aligned,
    is_amount,
    is_year,
    place,
)
from leanrag.readers.pdf.lines import Fragment
from leanrag.readers.pdf.rows import Row, is_figure
from leanrag.readers.tables import SEPARATOR

_MAX_LABELS = 4
"""Lines of one fragment in a row inside a table."""

_MAX_GAP = 4.0
"""Between two rows of a table, in font sizes."""

_MAX_HEAD = 6
_MAX_TRIES = 12
_MAX_ROWS = 400
_CURRENCY = re.compile(r"(?:US|C|A|HK)?[$€£¥]\s*\(?")
_CLOSING = re.compile(r"[)%]{1,2}|%\)|(?:bps?|pts?|x)\b\)?|\([a-z]\)|[*†]")


@dataclass(slots=True)
class Table:
    """A table: one line of cells a row, the first ``head_rows`` of them column heads.

    ``continues`` says that it goes on from the table before it, under the heads of that one.
    """

    lines: list[str]
    head_rows: int
    page: int
    columns: list[Extent]
    bold_heads: bool = False
    continues: bool = False

    @property
    def is_headed(self) -> bool:
        """Whether its columns have heads, here or on a page before."""
        return self.continues or self.head_rows > 0


def split_tables(rows: Sequence[Row], before: Table | None = None) -> list[Table | list[Row]]:
    """The rows of a column in order, those that form a table together as one.

    ``before`` is the table that ends the page before, where the rows begin theirs.
    """
    rows = [_with_units(row) for row in rows]
    out: list[Table | list[Row]] = []
    prose: list[Row] = []
    number, tries = 0, 0
    while number < len(rows):
        end = _table_end(rows, number) if len(rows[number].fragments) > 1 else number
        above = _heads_above(prose, rows[number:end]) if end > number else []
        table = _table([*above, *rows[number:end]]) if above else None
        if table is None:
            above = []
            table = _table(rows[number:end], before if number == 0 else None)
        if table is None:
            # Without its first lines it may be one; a page of scattered words never is.
            tries += end > number
            step = 1 if tries < _MAX_TRIES else max(1, end - number)
            prose.extend(rows[number : number + step])
            number += step
            continue
        del prose[len(prose) - len(above) :]
        if prose:
            out.append(prose)
            prose = []
        out.append(table)
        number, tries = end, 0
    if prose:
        out.append(prose)
    return out


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
    for number in range(start + 1, min(len(rows), start + _MAX_ROWS)):
        row, before = rows[number], rows[number - 1]
        if before.baseline - row.baseline > _MAX_GAP * max(row.size, before.size):
            break
        if len(row.fragments) > 1:
            if labels and amounts and _is_head(row):
                break  # the head of another table
            figures = [f.left for f in row.fragments[1:] if is_figure(f.text)]
            limit = min([limit, *figures])
            amounts = amounts or any(is_amount(f.text) for f in row.fragments[1:])
            end, labels = number + 1, 0
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
    if len(row.fragments) > 1 or last.baseline - row.baseline > TIGHT * max(last.size, row.size):
        return False
    above = next(one for one in reversed(table) if len(one.fragments) > 1)
    stub = min(one.left for one in table)
    return row.left > stub + row.size and any(
        abs(cell.left - row.left) < 0.3 * row.size for cell in above.fragments
    )


def _is_head(row: Row) -> bool:
    return not any(is_amount(f.text) for f in row.fragments)


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


def _table(rows: Sequence[Row], before: Table | None = None) -> Table | None:
    """The table that the rows form, None where their cells do not stand in columns."""
    several = [row for row in rows if len(row.fragments) > 1]
    if len(several) < 2:
        return None
    columns = columns_of(several)
    shared = common_columns(before.columns, columns) if before is not None else None
    columns = shared or columns
    if len(columns) < 2:
        return None
    placed = [place(row, columns) for row in rows]
    filled = sum(len(one.cells) > 1 for one in placed)
    if filled < 2 or filled * 2 < len(several) or not is_aligned(several, columns):
        return None
    if is_numbered_text(placed):
        return None
    head = head_rows(placed)
    continues = before is not None and shared is not None and _goes_on(before, placed[:head])
    head = 0 if continues else head
    body = joined_rows(placed[head:])
    heads = joined_heads(placed[:head])
    used = sorted({column for one in (*heads, *body) for column in one.cells})
    if continues:  # an empty column of this page keeps its place
        used = list(range(len(columns)))
    lines = [_line(one, used) for one in (*heads, *body)]
    count = len(heads) if len(heads) < len(lines) else 0
    bold = all(one.row.bold for one in heads)
    return Table(lines, count, rows[0].page, [columns[n] for n in used], bold, continues)


def _goes_on(before: Table, heads: Sequence[TableRow]) -> bool:
    """Whether a table in the columns of the one that ends the page before stands under its heads.

    ``heads`` are the rows that might be its own: those above its first amount.
    """
    if not before.is_headed:
        return False
    if not heads:
        return True
    lines = [_line(one, sorted(one.cells)) for one in heads]
    if before.bold_heads and not all(one.row.bold for one in heads):
        return True
    dated = any(is_year(cell) for one in heads for cell in one.cells.values())
    return not dated and not set(lines) & set(before.lines) and not before.bold_heads


def _line(row: TableRow, used: Sequence[int]) -> str:
    cells = [row.cells.get(column, "") for column in used]
    while cells and not cells[-1]:
        cells.pop()
    return SEPARATOR.join(cells)
