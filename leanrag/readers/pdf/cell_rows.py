"""The rows of a table: column heads told from the body, cells of several lines joined."""

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from leanrag.readers.pdf.cells import TIGHT, TableRow, is_amount
from leanrag.readers.pdf.rows import NUMBERING, Row, is_figure

_BLOCK_STEP = 1.35
_MAX_HEAD = 6
_MAX_HEAD_TEXT = 80
_MAX_DIGITS = 4
_PROSE_WORDS = 5
_OPEN_END = re.compile(
    r"(?:,|[-–—/&]|\b(?:and|or|of|the|to|in|for|from|by|on|with|at|net|per|other|than|as|a|an))$",
    re.IGNORECASE,
)


def head_rows(rows: Sequence[TableRow]) -> int:
    """How many rows from the first stand over the columns: those before the first amount."""
    amounts = [any(is_amount(text) for c, text in one.cells.items() if c) for one in rows]
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


def _bold_head(rows: Sequence[TableRow]) -> int:
    bold = [all(f.bold for f in one.row.fragments) for one in rows]
    return bold.index(False) if False in bold and bold.index(False) <= _MAX_HEAD else 0


def is_numbered_text(rows: Sequence[TableRow]) -> bool:
    """Whether the rows are paragraphs with their numbers in front, and no table of two columns."""
    cells = [one.cells for one in rows if len(one.cells) > 1]
    if not cells or any(set(one) != set(cells[0]) or len(one) != 2 for one in cells):
        return False
    first, second = sorted(cells[0])
    if any(column == first for one in rows for column in one.cells if len(one.cells) == 1):
        return False
    texts = [one[second] for one in cells]
    if any(
        is_figure(text) or (not text[0].isalpha() and text[0] not in "\"“‘'(«„") for text in texts
    ):
        return False
    numbers = [one[first] for one in cells]
    if all(NUMBERING.fullmatch(number) for number in numbers):
        return True
    counted = [
        int(number) for number in numbers if number.isdecimal() and len(number) < _MAX_DIGITS
    ]
    words = sum(len(text.split()) for text in texts) / len(texts)
    up = all(after == before + 1 for before, after in pairwise(counted))
    return len(counted) == len(numbers) and up and words >= _PROSE_WORDS


def joined_heads(rows: Sequence[TableRow]) -> list[TableRow]:
    """Head rows of which each cell goes on in the row below are joined with it."""
    out: list[TableRow] = []
    for one in rows:
        last = out[-1] if out else None
        if last is not None and not last.spans and _is_below(last.row, one.row):
            out[-1] = _joined(last, one)
        else:
            out.append(one)
    return out


def _is_below(last: Row, row: Row) -> bool:
    return last.baseline - row.baseline <= TIGHT * max(last.size, row.size)


def joined_rows(rows: Sequence[TableRow]) -> list[TableRow]:
    """The rows, those joined of which the cells are set in several lines."""
    steps = [a.row.baseline - b.row.baseline for a, b in pairwise(rows) if len(b.cells) > 1]
    pitch = median(steps) if steps else 0.0
    if steps and not any(is_figure(text) for one in rows for c, text in one.cells.items() if c):
        pitch = max(steps) if max(steps) > _BLOCK_STEP * pitch else pitch  # gaps part the rows
    out: list[TableRow] = []
    for one in rows:
        last = out[-1] if out else None
        if last is not None and _continues(last, one, pitch):
            out[-1] = _joined(last, one)
        else:
            out.append(one)
    return out


def _joined(last: TableRow, one: TableRow) -> TableRow:
    cells = dict(last.cells)
    for column, text in one.cells.items():
        cells[column] = f"{cells[column]} {text}" if column in cells else text
    return TableRow(one.row, cells, one.spans)


def _continues(last: TableRow, one: TableRow, pitch: float) -> bool:
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
        return hanging and step < 0.8 * pitch and step <= TIGHT * size
    return step <= TIGHT * size and (0 not in one.cells or step < 0.8 * pitch)
