"""Presentations: a section a slide, under its title, with lists, tables, charts and notes."""

import io
from collections.abc import Iterator
from typing import Any

from leanrag.adapters import tables
from leanrag.adapters.archive import Archive, refuse_entities
from leanrag.adapters.docx import core_properties
from leanrag.errors import DocumentError
from leanrag.types import Element, ParsedDocument

_TITLES = frozenset((1, 3, 5))
"""Placeholder types: title, centred title, vertical title."""
_FURNITURE = frozenset((13, 14, 15, 16))
"""Placeholder types: slide number, header, footer, date."""
_MAX_GROUPS = 20


def read(archive: Archive, data: bytes, stem: str) -> ParsedDocument:
    """The presentation in an opened archive. Raises ``DocumentError`` where it is damaged."""
    refuse_entities(archive)
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    try:
        presentation = Presentation(io.BytesIO(data))
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
    """The figures behind a chart as a table, its title above."""
    if chart.has_title and chart.chart_title.has_text_frame:
        title = chart.chart_title.text_frame.text.strip()
        if title:
            yield Element("prose", title, page=page)
    for plot in chart.plots:
        series = list(plot.series)
        rows = [["", *(str(one.name) for one in series)]]
        columns = [list(one.values) for one in series]
        for number, category in enumerate(plot.categories):
            values = [column[number] if number < len(column) else None for column in columns]
            rows.append([str(category), *("" if v is None else f"{v:.15g}" for v in values)])
        found = tables.table(rows, head_rows=1, page=page)
        if found is not None:
            yield found


def _notes(slide: Any, page: int) -> Iterator[Element]:
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        text = frame.text.replace("\v", "\n").strip() if frame is not None else ""
        if text:
            yield Element("prose", f"Notes: {text}", page=page)
