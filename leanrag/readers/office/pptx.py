"""Presentations: a section a slide, under its title, with lists, tables, charts and notes."""

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from leanrag.errors import DocumentError
from leanrag.readers import tables
from leanrag.readers.archive import Archive, refuse_entities
from leanrag.readers.office.docx import core_properties
from leanrag.types import Element, ParsedDocument

_TITLES = frozenset((1, 3, 5))
"""Placeholder types: title, centred title, vertical title."""
_FURNITURE = frozenset((13, 14, 15, 16))
"""Placeholder types: slide number, header, footer, date."""
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DATE_CODE = re.compile(r"[ymd]", re.IGNORECASE)
_MAX_GROUPS = 20


def read(archive: Archive, data: bytes, stem: str) -> ParsedDocument:
    """The presentation in an opened archive. Raises ``DocumentError`` where it is damaged."""
    refuse_entities(archive)
    from pptx.exc import PythonPptxError
    from pptx.package import Package

    try:
        # not by the function of this name, which refuses slide shows and templates
        presentation = Package.open(io.BytesIO(data)).main_document_part.presentation
    except PythonPptxError as error:
        raise DocumentError(archive.source, f"is damaged: {error}") from error
    elements: list[Element] = []
    title = ""
    for number, slide in enumerate(presentation.slides, start=1):
        shapes = [shape for shape in _shapes(slide.shapes) if not _is(shape, _FURNITURE)]
        heading = next((text for s in shapes if _is(s, _TITLES) and (text := _flat(s))), "")
        title = title or (heading if number == 1 else "")
        body = [part for s in shapes if not _is(s, _TITLES) for part in _shape(s, number)]
        notes = _notes(slide, number)
        if heading or body or notes:
            named = heading or f"Slide {number}"
            elements += [Element("heading", named, level=1, page=number), *body, *notes]
    stated, found = core_properties(archive)
    return ParsedDocument(title or stated or stem, tuple(elements), properties=found)


def _shapes(shapes: Any, nesting: int = 0) -> Iterator[Any]:
    """The shapes of a slide in reading order, groups opened."""

    def place(shape: Any) -> tuple[int, int]:
        return (shape.top or 0, shape.left or 0)

    for shape in sorted(shapes, key=place):
        if hasattr(shape, "shapes"):
            if nesting < _MAX_GROUPS:
                yield from _shapes(shape.shapes, nesting + 1)
        else:
            yield shape


def _is(shape: Any, kinds: frozenset[int]) -> bool:
    return bool(shape.is_placeholder) and int(shape.placeholder_format.type or 0) in kinds


def _flat(shape: Any) -> str:
    return " ".join(shape.text_frame.text.split()) if shape.has_text_frame else ""


def _shape(shape: Any, page: int) -> Iterator[Element]:
    if shape.has_text_frame:
        yield from _paragraphs(shape, page)
    elif getattr(shape, "has_table", False):
        table = shape.table
        rows = [
            ["" if cell.is_spanned else cell.text_frame.text for cell in row.cells]
            for row in table.rows
        ]
        found = tables.table(rows, head_rows=1 if table.first_row else None, page=page)
        if found is not None:
            yield found
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart, page)


def _paragraphs(shape: Any, page: int) -> Iterator[Element]:
    """Paragraphs of a body placeholder are its list; those of other boxes are text."""
    paragraphs = [p for p in shape.text_frame.paragraphs if p.text.strip()]
    listed = bool(shape.is_placeholder) and len(paragraphs) > 1
    for paragraph in paragraphs:
        text = paragraph.text.replace("\v", "\n").strip()
        marks = paragraph._p.pPr
        bulleted = marks is not None and any(
            child.tag.endswith(("}buChar", "}buAutoNum")) for child in marks
        )
        if listed or bulleted or paragraph.level:
            yield Element("list_item", text, level=paragraph.level, page=page)
        else:
            yield Element("prose", text, page=page)


def _chart(chart: Any, page: int) -> Iterator[Element]:
    """The figures behind a chart as a table, its title above.

    They are taken from the XML, where every kind of chart keeps them alike.
    """
    space = chart._chartSpace
    title = "".join(space.xpath("c:chart/c:title//a:t/text()")).strip()
    if title:
        yield Element("prose", title, page=page)
    heads, columns = [""], []
    for series in space.iter(f"{_CHART}ser"):
        heads.append(" ".join(_points(series, "tx").values()))
        columns.append((_points(series, "cat", "xVal"), _points(series, "val", "yVal")))
    labels = {key: text for names, _ in reversed(columns) for key, text in names.items()}
    keys = sorted(labels.keys() | {key for _, values in columns for key in values})
    rows = [[labels.get(key, ""), *(values.get(key, "") for _, values in columns)] for key in keys]
    found = tables.table([heads, *rows], head_rows=1 if any(heads) else 0, page=page)
    if found is not None and rows:
        yield found


def _points(series: Any, *names: str) -> dict[int, str]:
    """The cached values of a part of a series by their index."""
    found: dict[int, str] = {}
    for name in names:
        code = series.findtext(f"{_CHART}{name}//{_CHART}formatCode") or ""
        for number, value in enumerate(series.iterfind(f"{_CHART}{name}//{_CHART}v")):
            index = value.getparent().get("idx", "")
            key = int(index) if index.isascii() and index.isdigit() else number
            text = " ".join((value.text or "").split())
            if _DATE_CODE.search(code):
                text = _day(text)
            found[key] = f"{found[key]} {text}" if key in found else text
    return found


def _day(text: str) -> str:
    """The date that a spreadsheet's day number is, other texts as they are."""
    try:
        return (date(1899, 12, 30) + timedelta(days=int(float(text)))).isoformat()
    except (ValueError, OverflowError):
        return text


def _notes(slide: Any, page: int) -> Iterator[Element]:
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        text = frame.text.replace("\v", "\n").strip() if frame is not None else ""
        if text:
            yield Element("prose", f"Notes: {text}", page=page)
