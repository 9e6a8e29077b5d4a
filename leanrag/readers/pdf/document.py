"""Reads PDFs: pages to rows, rows to tables and paragraphs, paragraphs to headings and text.

Positions and fonts are all that a PDF says of its structure. Everything here works on the
fragments of ``pdf_chars``; the order of the content in the file decides nothing but which
characters belong to one of them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median
from typing import TypeAlias

from leanrag.readers import properties
from leanrag.readers.pdf.code import Code, is_typed, split_code
from leanrag.readers.pdf.columns import regions
from leanrag.readers.pdf.file import PdfFile, read_file, warnings
from leanrag.readers.pdf.furniture import without_furniture
from leanrag.readers.pdf.headings import body_style, heading_levels, with_joined_headings
from leanrag.readers.pdf.lines import Fragment
from leanrag.readers.pdf.paragraphs import (
    Paragraph,
    Vocabulary,
    joined_across,
    paragraphs,
)
from leanrag.readers.pdf.rows import Row, rows_of
from leanrag.readers.pdf.tables import Table, split_tables
from leanrag.types import Element, ElementKind, MetadataValue, ParsedDocument

Part: TypeAlias = Paragraph | Table | Code
_TITLE_WORDS = 2
_TITLE_SIZE = 1.3
_MAX_TITLE = 160
_RAGGED = 0.08
_FULL_LINES = 3
_GENERATED_TITLE = re.compile(r"[\w.-]+\.\w{2,4}|[\d\s.-]+")
_NAME_JOINTS = re.compile(r"[\s_]+")


def read(data: bytes, source: str, stem: str) -> ParsedDocument:
    """The structure of a PDF. ``stem`` is its file name without the ending.

    Every element has its page. Running heads, footers and page numbers are left out; text is
    read column by column.

    Raises:
        DocumentError: it is encrypted, damaged, too large, or holds no text.
    """
    file = read_file(data, source)
    pages = _rows(file)
    words = Vocabulary(pages.values())
    for rows in pages.values():
        for row in rows:
            row.fragments[-1].text = words.mended(row.fragments[-1].text)
    body = body_style(pages.values())
    parts = list(_parts(pages, words))
    prose = [part for part in parts if isinstance(part, Paragraph)]
    levels = {
        id(prose[place]): level
        for place, level in heading_levels(prose, body, file.outline).items()
    }
    title = _title(file, stem, prose, levels, body[0])
    elements = list(_elements(list(with_joined_headings(parts, levels)), levels, words))
    return ParsedDocument(
        title, tuple(elements), properties=_properties(file), warnings=tuple(warnings(file.pages))
    )


# ── from pages to parts ─────────────────────────────────────────────────────────────────────────


def _rows(file: PdfFile) -> dict[int, list[Row]]:
    """The rows of each page by number, without what repeats at the edges of the pages.

    Text that is turned by a quarter or more comes after the rest, as it is read.
    """
    upright: dict[int, list[Row]] = {}
    turned: dict[int, list[Row]] = {}
    for page in file.pages:
        by_direction: defaultdict[int, list[Fragment]] = defaultdict(list)
        for fragment in page.fragments:
            by_direction[fragment.direction].append(fragment)
        main = max(by_direction, key=lambda d: (len(by_direction[d]), -d), default=0)
        upright[page.number] = rows_of(by_direction.pop(main, []), page.number)
        turned[page.number] = [
            row for _, rest in sorted(by_direction.items()) for row in rows_of(rest, page.number)
        ]
    height = median(page.height for page in file.pages)
    kept = without_furniture(upright, height)
    beside = without_furniture(turned, height) if any(turned.values()) else turned
    return {number: [*kept[number], *beside[number]] for number in kept}


def _parts(pages: dict[int, list[Row]], words: Vocabulary) -> Iterator[Part]:
    """Paragraphs, tables and listings in the order of reading."""
    typed = is_typed(pages.values())
    last: Part | None = None
    for number, rows in pages.items():
        above = last if isinstance(last, Table) and last.page == number - 1 else None
        for part in _page_parts(rows, words, typed, above):
            last = part
            yield part


def _page_parts(
    rows: Sequence[Row], words: Vocabulary, typed: bool, above: Table | None
) -> Iterator[Part]:
    """The parts of a page; ``above`` is the table that ends the page before it."""
    by_direction: defaultdict[int, list[Fragment]] = defaultdict(list)
    for row in rows:
        for fragment in row.fragments:
            by_direction[fragment.direction].append(fragment)
    for fragments in by_direction.values():
        for region in regions(fragments):
            extent = min(f.left for f in region), max(f.right for f in region)
            column = rows_of(region, rows[0].page)
            for listing in [column] if typed else split_code(column):
                parts = [listing] if isinstance(listing, Code) else split_tables(listing, above)
                above = None
                for part in parts:
                    if isinstance(part, Table | Code):
                        yield part
                    else:
                        yield from paragraphs(part, _own_extent(part, extent), words)


def _own_extent(rows: Sequence[Row], extent: tuple[float, float]) -> tuple[float, float]:
    """The edges of a block of prose where several of its lines end at one: a table below it in
    the column may be wider."""
    end = max(row.right for row in rows)
    full = sum(end - row.right < _RAGGED * (end - row.left) for row in rows)
    return (extent[0], end) if full >= _FULL_LINES else extent


# ── from parts to elements ──────────────────────────────────────────────────────────────────────


def _elements(
    parts: Sequence[Part], levels: dict[int, int], words: Vocabulary
) -> Iterator[Element]:
    waiting: list[Paragraph] = []

    def prose() -> Iterator[Element]:
        for paragraph in joined_across(waiting, words):
            page = paragraph.rows[0].page
            kind: ElementKind = "list_item" if paragraph.marker else "prose"
            yield Element(kind, paragraph.text, level=paragraph.level, page=page)
        waiting.clear()

    for part in parts:
        if isinstance(part, Code):
            yield from prose()
            yield Element("code", "\n".join(part.lines), page=part.page)
        elif isinstance(part, Table):
            yield from prose()
            text = "\n".join(part.lines)
            yield Element(
                "table", text, page=part.page, head_rows=part.head_rows, continues=part.continues
            )
        elif id(part) in levels:
            yield from prose()
            yield Element("heading", part.text, level=levels[id(part)], page=part.rows[0].page)
        else:
            waiting.append(part)
    yield from prose()


# ── what the document says of itself ────────────────────────────────────────────────────────────


def _title(
    file: PdfFile, stem: str, prose: Sequence[Paragraph], levels: dict[int, int], size: float
) -> str:
    """The title that the file states, else a large line of the first page, else its name.

    Programs put file names, numbers and abbreviations there: a title has words.
    """
    stated = properties.usable_title(file.information.get("Title", ""))
    if _is_title(stated):
        return stated
    large = [
        paragraph
        for paragraph in prose
        if paragraph.rows[0].page == 1
        and id(paragraph) in levels
        and paragraph.size >= _TITLE_SIZE * size
    ]
    largest = max(large, key=lambda paragraph: paragraph.size, default=None)
    if largest is not None and _is_title(largest.text):
        return largest.text
    return _NAME_JOINTS.sub(" ", stem).strip() or stem


def _is_title(text: str) -> bool:
    if not text or len(text) > _MAX_TITLE or _GENERATED_TITLE.fullmatch(text):
        return False
    words = [word for word in text.split() if any(letter.isalpha() for letter in word)]
    if text.upper() == text.lower():
        return sum(letter.isalpha() for letter in text) >= 2 * _TITLE_WORDS
    return len(words) >= _TITLE_WORDS and text != text.upper()


def _properties(file: PdfFile) -> dict[str, MetadataValue]:
    given = file.information
    found = properties.collect(
        author=properties.authors(given.get("Author", "")),
        date=given.get("CreationDate"),
        modified=given.get("ModDate"),
        subject=given.get("Subject"),
        keywords=given.get("Keywords"),
    )
    return {**found, "pages": file.page_count}
