"""Finds the tables of a grid of cells, and the lines of text above and between them.

Blank rows and columns part it, as they do for spreadsheet programs. Rows of one cell above a table
are text; what goes on below a blank row without heads of its own is the same table.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from leanrag.readers import tables
from leanrag.types import Element

Rows = list[list[str]]
_MAX_NESTING = 20
_LABELS = 0.5


def elements(rows: Iterable[list[str]]) -> Iterator[Element]:
    """The tables and texts of a grid, in reading order."""
    waiting: Rows = []
    columns = (0, 0)
    for block in _regions(list(rows)):
        texts, body = split_title(block)
        span = _columns(body)
        goes_on = waiting and body and not texts and _within(span, columns)
        if goes_on and not tables.looks_like_heads(_cut(body, span)):
            waiting += body
            continue
        yield from _table(waiting)
        yield from (Element("prose", text) for text in texts)
        waiting, columns = body, span
    yield from _table(waiting)


def split_title(block: Rows) -> tuple[list[str], Rows]:
    """The lines of text at the top of a block, and the table below them."""
    if _columns(block)[0] == _columns(block)[1]:
        return ["\n".join(filter(None, (cell for row in block for cell in row)))], []
    texts: list[str] = []
    for number, row in enumerate(block):
        filled = [cell for cell in row if cell]
        if len(filled) > 1:
            return texts, block[number:]
        texts += filled
    return texts, []


def _regions(rows: Rows, nesting: int = 0) -> Iterator[Rows]:
    """Blocks of rows between blank ones; such as stand side by side one after the other."""
    for filled, group in groupby(rows, key=any):
        if not filled:
            continue
        block = list(group)
        parts = _side_by_side(block) if nesting < _MAX_NESTING else []
        if parts:
            for part in parts:
                yield from _regions(part, nesting + 1)
        else:
            yield block


def _side_by_side(block: Rows) -> list[Rows]:
    """The tables of a block that blank columns part, none where it is one table.

    A blank column may only set off figures: so each part needs heads of its own, two columns or
    more, and the names of what its rows are about.
    """
    used = sorted({column for row in block for column, text in enumerate(row) if text})
    spans: list[tuple[int, int]] = []
    for column in used:
        if spans and column == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], column)
        else:
            spans.append((column, column))
    if len(spans) < 2:
        return []
    parts = [[[""] * a + row[a : b + 1] for row in block] for a, b in spans]
    return parts if all(_is_table(part) for part in parts) else []


def _is_table(part: Rows) -> bool:
    blocks = [list(group) for filled, group in groupby(part, key=any) if filled]
    bodies = [body for block in blocks for body in (split_title(block)[1],) if body]
    if not bodies:
        return False
    first = _columns([row for body in bodies for row in body])[0]
    rows = _cut(bodies[0], _columns(bodies[0]))
    if not tables.looks_like_heads(rows):
        return False
    labels = [row[first] for body in bodies for row in body[1:] if len(row) > first and row[first]]
    return sum(not tables.is_number(label) for label in labels) > _LABELS * len(labels)


def _columns(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    used = [column for row in rows for column, text in enumerate(row) if text]
    return (min(used), max(used)) if used else (0, 0)


def _within(span: tuple[int, int], columns: tuple[int, int]) -> bool:
    return span[0] == columns[0] and span[1] <= columns[1]


def _cut(rows: Rows, span: tuple[int, int]) -> Rows:
    return [row[span[0] : span[1] + 1] for row in rows]


def _table(rows: Rows) -> Iterator[Element]:
    found = tables.table(rows)
    if found is not None:
        yield found
