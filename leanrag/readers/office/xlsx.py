"""Spreadsheets: a section a sheet, its tables and texts, each cell as it is shown.

Hidden sheets are left out, since their reader never saw them, and named in a warning; rows and
columns that are folded or filtered away stay, as what is folded does elsewhere.
"""

import io
from datetime import date, datetime, time, timedelta
from typing import Any

from leanrag.errors import DocumentError
from leanrag.readers import regions
from leanrag.readers.archive import Archive, refuse_entities
from leanrag.readers.office import number_format
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
    hidden = [" ".join(s.title.split()) for s in book.worksheets if s.sheet_state != "visible"]
    cells = 0
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
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
        parts = list(regions.elements(rows))
        if parts:
            elements += [Element("heading", " ".join(sheet.title.split()), level=1), *parts]
    if hidden and not elements:
        raise DocumentError(archive.source, "has text in hidden sheets alone; show them")
    stated, found = core_properties(archive)
    warnings = (f"left out hidden sheets: {', '.join(hidden)}",) if hidden else ()
    return ParsedDocument(stated or stem, tuple(elements), properties=found, warnings=warnings)


def _shown(cell: Any) -> str:
    """A cell as its reader sees it; where its format is not understood, its value in full."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    code = str(cell.number_format or "")
    if isinstance(value, int | float):
        shown = number_format.number(value, code)
        if shown is not None:
            return shown
        if "%" in code:
            return f"{round(value * 100, 10):.12g}%"
        return f"{value:.15g}" if isinstance(value, float) else str(value)
    if isinstance(value, date | time | timedelta):
        return number_format.moment(value, code) or _in_full(value)
    return str(value).strip()


def _in_full(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date | time) else str(value)
