"""Opens a PDF with pypdfium2: its pages, what it says of itself, and its outline."""

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from leanrag.errors import DocumentError
from leanrag.readers.pdf.chars import PageReader, is_unreadable
from leanrag.readers.pdf.headings import OutlineEntry
from leanrag.readers.pdf.lines import Fragment
from leanrag.readers.pdf.unembedded import may_lack_letters, restore

MAX_PAGES = 10_000
MAX_PAGE_CHARACTERS = 200_000
MAX_CHARACTERS = 30_000_000
_MAX_SIDE = 20_000.0
"""Points; ISO 32000 sets 14,400."""

_MAX_BOOKMARKS = 5_000
_MAX_DEPTH = 12
_MAX_TITLE = 300
_MAX_RUNS = 20
HI_RES_HINT = "set ingest.pdf to 'hi_res' and install the extra: pip install 'leanrag[hi_res]'"


@dataclass(frozen=True, slots=True)
class Page:
    """A page's fragments in the order in which they are drawn. ``number`` counts from 1.

    ``unmapped`` is how many characters it has of which the file does not say what they are.
    """

    number: int
    width: float
    height: float
    fragments: list[Fragment]
    unmapped: int = 0


@dataclass(frozen=True, slots=True)
class PdfFile:
    """What a PDF holds: pages with text, outline, and the entries of its information."""

    pages: list[Page]
    page_count: int
    outline: list[OutlineEntry]
    information: dict[str, str]


def read_file(data: bytes, source: str) -> PdfFile:
    """All that is read from a PDF.

    Raises:
        DocumentError: it is encrypted, damaged, too large, or holds no text that can be read;
            the message says what to do.
    """
    with _opened(data, source) as document:
        count = len(document)
        if count == 0:
            raise DocumentError(source, "the PDF has no pages")
        if count > MAX_PAGES:
            raise DocumentError(
                source, f"{count:,} pages are over the limit of {MAX_PAGES:,}; split it"
            )
        pages = list(_pages(document, count, source, may_lack_letters(data)))
        if not any(page.fragments for page in pages):
            raise DocumentError(
                source,
                f"no text on any page ({count}): it seems to be scanned; to recognise "
                f"the text {HI_RES_HINT}",
            )
        if is_unreadable([fragment for page in pages for fragment in page.fragments]):
            raise DocumentError(
                source,
                "its fonts do not say which characters they show; to recognise the text "
                f"{HI_RES_HINT}",
            )
        return PdfFile(pages, count, _outline(document), _information(document))


@contextmanager
def _opened(data: bytes, source: str) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            message = "the PDF is encrypted with a password; save a copy without one"
        elif code == pypdfium2.raw.FPDF_ERR_SECURITY:
            message = "the PDF is encrypted in a way that cannot be read; save a copy without it"
        else:
            message = "the PDF is damaged and cannot be opened; export or download it again"
        raise DocumentError(source, message) from error
    try:
        yield document
    finally:
        document.close()


def _pages(document: Any, count: int, source: str, restoring: bool) -> Iterator[Page]:
    """The pages; ``restoring`` says that pdfium may leave letters out."""
    import pypdfium2

    reader = PageReader(pypdfium2.raw)
    left = MAX_CHARACTERS
    for index in range(count):
        try:
            page = document[index]
            try:
                width, height = page.get_width(), page.get_height()
                if not (0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE):
                    raise DocumentError(
                        source, f"page {index + 1} measures {width:.0f} by {height:.0f} points"
                    )
                if restoring:
                    restore(pypdfium2.raw, page.raw)
                text = page.get_textpage()
                try:
                    fragments = reader.read(
                        text.raw, width, height, limit=min(left, MAX_PAGE_CHARACTERS)
                    )
                finally:
                    text.close()
            finally:
                page.close()
        except pypdfium2.PdfiumError as error:
            raise DocumentError(
                source, f"page {index + 1} is damaged; export or download the PDF again"
            ) from error
        except ValueError as error:
            raise DocumentError(source, f"page {index + 1}: {error}; split it") from error
        left -= sum(len(fragment.text) for fragment in fragments)
        yield Page(index + 1, width, height, fragments, reader.unmapped)


def _information(document: Any) -> dict[str, str]:
    values = document.get_metadata_dict(skip_empty=True)
    return {str(name): str(value) for name, value in values.items()}


def _outline(document: Any) -> list[OutlineEntry]:
    """The bookmarks in order; what refers to itself is followed once."""
    from pypdfium2 import raw

    entries: list[OutlineEntry] = []
    seen: set[int] = set()
    first = raw.FPDFBookmark_GetFirstChild(document.raw, None)
    waiting = [(first, 0)]
    while waiting and len(entries) < _MAX_BOOKMARKS:
        bookmark, depth = waiting.pop()
        if not bookmark:
            continue
        address = ctypes.addressof(bookmark.contents)
        if address in seen:
            continue
        seen.add(address)
        target = raw.FPDFBookmark_GetDest(document.raw, bookmark)
        page = raw.FPDFDest_GetDestPageIndex(document.raw, target) if target else -1
        if page >= 0:
            entries.append(OutlineEntry(_title(raw, bookmark), depth, page + 1))
        waiting.append((raw.FPDFBookmark_GetNextSibling(document.raw, bookmark), depth))
        if depth < _MAX_DEPTH:
            waiting.append((raw.FPDFBookmark_GetFirstChild(document.raw, bookmark), depth + 1))
    return entries


def _title(raw: Any, bookmark: Any) -> str:
    size = raw.FPDFBookmark_GetTitle(bookmark, None, 0)
    if not 2 < size <= 2 * _MAX_TITLE:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFBookmark_GetTitle(bookmark, buffer, size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def warnings(pages: Sequence[Page]) -> Iterator[str]:
    """What of the pages could not be read."""
    unmapped = [page for page in pages if page.unmapped]
    if unmapped:
        count = sum(page.unmapped for page in unmapped)
        characters = "1 character has" if count == 1 else f"{count:,} characters have"
        yield (
            f"{_numbers([page.number for page in unmapped])}: {characters} no Unicode value in the "
            f"PDF and stand as \ufffd; to recognise them {HI_RES_HINT}"
        )


def _numbers(numbers: Sequence[int]) -> str:
    """The numbers of pages, runs of them short: "pages 2, 5-9"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    named = [str(a) if a == b else f"{a}-{b}" for a, b in runs[:_MAX_RUNS]]
    rest = ["…"] if len(runs) > _MAX_RUNS else []
    return f"page{'s' if len(numbers) > 1 else ''} {', '.join([*named, *rest])}"
