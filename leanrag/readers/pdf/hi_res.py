"""Reads PDFs with unstructured's ``hi_res`` strategy: layout detection, and recognition of scans.

It needs the extra ``hi_res``, Tesseract and Poppler, and fetches its layout model at first use.
"""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from leanrag.errors import DocumentError, MissingDependencyError
from leanrag.readers.html import clean as html_clean
from leanrag.readers.html import table as html_table
from leanrag.types import Element, ElementKind, ParsedDocument

EXTRA = "hi_res"
_PACKAGE = "unstructured[pdf]"
_NEEDED = ("unstructured_inference", "pdfminer", "pdf2image")
_KINDS: dict[str, ElementKind] = {
    "Title": "heading",
    "Table": "table",
    "ListItem": "list_item",
    "CodeSnippet": "code",
    "Formula": "code",
}
_LEFT_OUT = frozenset(("Header", "Footer", "PageNumber", "PageBreak", "Image"))


def require() -> None:
    """Raises ``MissingDependencyError`` where the extra is not installed."""
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingDependencyError(_PACKAGE, EXTRA)


def read(data: bytes, source: str, stem: str) -> ParsedDocument:
    """The structure of a PDF as unstructured sees it; every element has its page.

    Raises:
        MissingDependencyError: the extra is not installed.
        DocumentError: Tesseract, Poppler or the layout model is missing, or the PDF is damaged.
    """
    require()
    from unstructured.errors import UnprocessableEntityError
    from unstructured.partition.pdf import partition_pdf

    try:
        parts = partition_pdf(file=BytesIO(data), strategy="hi_res", infer_table_structure=True)
    except UnprocessableEntityError as error:
        raise DocumentError(source, f"cannot be read with 'hi_res': {error}") from error
    except (OSError, RuntimeError, ImportError) as error:
        raise DocumentError(
            source,
            f"cannot be read with 'hi_res' ({error}); it needs Tesseract, Poppler and the layout "
            "model of unstructured; ingest.pdf: fast does without, but reads no scans",
        ) from error
    elements = tuple(to_elements(parts, source))
    title = next((e.text for e in elements if e.kind == "heading" and e.page == 1), stem)
    return ParsedDocument(title, elements)


def to_elements(parts: Iterable[Any], source: str) -> Iterator[Element]:
    """unstructured's elements as ours; running heads, page numbers and pictures are left out."""
    for part in parts:
        text = str(part.text or "").strip()
        if part.category in _LEFT_OUT or not text:
            continue
        page = part.metadata.page_number
        kind = _KINDS.get(part.category, "prose")
        depth = part.metadata.category_depth or 0
        if kind == "table":
            yield _table(part.metadata.text_as_html, text, page, source)
        else:
            level = depth + 1 if kind == "heading" else depth
            yield Element(kind, text, level=level if kind != "prose" else 0, page=page)


def _table(markup: str | None, text: str, page: int | None, source: str) -> Element:
    """A table with its rows where unstructured found them, else its text."""
    if markup:
        for table in html_clean.parse(markup, source).iter("table"):
            lines, head_rows = html_table.rows(table)
            if lines:
                return Element("table", "\n".join(lines), page=page, head_rows=head_rows)
    return Element("table", text, page=page)
