"""Spreadsheets: a section a sheet; blank rows part its tables, lines of one cell are text."""

import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from leanrag.errors import DocumentError
from leanrag.readers import tables
from leanrag.readers.archive import Archive, refuse_entities
from leanrag.readers.office.docx import core_properties
from leanrag.types import Element, ParsedDocument

MAX_CELLS = 3_000_000
"""Cells of a workbook, empty ones between filled ones included."""

MAX_ROWS = 1 << 20
"""As many as Excel has."""


def read(archive: Archive, data: bytes, stem: str) -> ParsedDocument:
    """The workbook in an opened archive. Raises ``DocumentError`` where it cannot be used."""
    refuse_entities(archive)
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(
            io.BytesIO(data), read_only=True, data_only=True, keep_links=False
        )
    except InvalidFileException as error:
        raise DocumentError(archive.source, f"is damaged: {error}") from error
    elements: list[Element] = []
    cells = 0
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file says of its size need not be true
        rows: list[list[str]] = []
        for number, row in enumerate(sheet.iter_rows()):
            cells += len(row)
            if number > MAX_ROWS:
                raise DocumentError(archive.source, f"has row numbers over {MAX_ROWS:,}")
            if cells > MAX_CELLS:
                raise DocumentError(
                    archive.source,
                    f"has over {MAX_CELLS:,} cells; split it, or save it as CSV files",
                )
            texts = [_shown(cell) for cell in row]
            if any(texts) or (rows and rows[-1]):
                rows.append(texts if any(texts) else [])
        parts = list(sheet_elements(rows))
        if parts:
            elements += [Element("heading", " ".join(sheet.title.split()), level=1), *parts]
    stated, found = core_properties(archive)
    return ParsedDocument(stated or stem, tuple(elements), properties=found)


def sheet_elements(rows: Iterable[list[str]]) -> Iterator[Element]:
    """The tables and texts of a sheet.

    Rows after a blank one go on with the table above where they fill no other columns and do
    not begin with column heads of their own.
    """
    waiting: list[list[str]] = []
    columns = (0, 0)
    for block in _blocks(rows):
        texts, body = _split(block)
        span = _columns(body)
        goes_on = waiting and body and not texts and _within(span, columns)
        if goes_on and not tables.looks_like_heads(_cut(body, span)):
            waiting += body
            continue
        yield from _table(waiting)
        yield from (Element("prose", text) for text in texts)
        waiting, columns = body, span
    yield from _table(waiting)


def _blocks(rows: Iterable[list[str]]) -> Iterator[list[list[str]]]:
    block: list[list[str]] = []
    for row in rows:
        if any(row):
            block.append(row)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _split(block: list[list[str]]) -> tuple[list[str], list[list[str]]]:
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


def _columns(rows: list[list[str]]) -> tuple[int, int]:
    used = [column for row in rows for column, text in enumerate(row) if text]
    return (min(used), max(used)) if used else (0, 0)


def _within(span: tuple[int, int], columns: tuple[int, int]) -> bool:
    return span[0] == columns[0] and span[1] <= columns[1]


def _cut(rows: list[list[str]], span: tuple[int, int]) -> list[list[str]]:
    return [row[span[0] : span[1] + 1] for row in rows]


def _table(rows: list[list[str]]) -> Iterator[Element]:
    found = tables.table(rows)
    if found is not None:
        yield found


def _shown(cell: Any) -> str:
    """A cell as its reader sees it, but for the rounding."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        if "%" in (cell.number_format or ""):
            return f"{round(value * 100, 10):.12g}%"
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value).strip()
