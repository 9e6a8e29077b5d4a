"""The parser of HTML, Markdown and plain text, with ``unstructured`` as the judge of elements.

A page is decoded, cleaned of boilerplate (``html_clean``) and taken apart (``html_walk``,
``plain_text``); then unstructured's partitioners say what each piece is. The pieces are not left to
them because they lose text: see ``html_walk``.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lxml import etree

from leanrag.adapters import html_clean, html_site, html_walk, plain_text, unstructured_kinds
from leanrag.adapters.decode import decode
from leanrag.adapters.markdown import split_front_matter, to_html
from leanrag.errors import DocumentError, InputError
from leanrag.metadata import clean_metadata
from leanrag.types import Element, Metadata, ParsedDocument

_HTML = frozenset((".html", ".htm", ".xhtml"))
_MARKDOWN = frozenset((".md", ".markdown"))
_TEXT = frozenset((".txt", ".text", ".rst", ""))
_MAX_BYTES = 256 << 20
_BULLET = re.compile(r"[-–*•‣◦·●○]\s+(?=\S)")
_LOOKS_LIKE_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s")
_MAX_TITLE = 80
_CRASHES = (
    ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError,
    etree.LxmlError,
)  # fmt: skip
"""What hostile input makes lxml, markdown-it and unstructured raise."""


class UnstructuredParser:
    """Parses one file at a time; implements ``Parser``. Imports unstructured at first use."""

    version = "2"
    """Changes when the same bytes give other elements, so that documents are read again."""

    suffixes = _HTML | _MARKDOWN | _TEXT
    """The file name endings that it reads, in lower case; "" is a name without one."""

    def __init__(self, *, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes

    def parse(self, path: Path, source: str) -> ParsedDocument:
        """The structure of the file at ``path``; a page of links alone has no elements.

        Raises:
            DocumentError: the file cannot be read, is empty, binary or of an unknown type, or
                cannot be parsed.
        """
        suffix = path.suffix.lower()
        if suffix not in self.suffixes:
            known = " ".join(sorted(self.suffixes - {""}))
            raise DocumentError(source, f"unsupported file type {suffix!r}; supported: {known}")
        data = self._read(path, source)
        try:
            document = _parse(data, suffix, source, path)
        except DocumentError:
            raise
        except _CRASHES as error:
            name = type(error).__name__
            raise DocumentError(source, f"cannot be parsed: {name}: {error}") from error
        return document

    def parse_text(self, text: str, source: str) -> ParsedDocument:
        """The structure of a plain text that is no file. Raises ``DocumentError``."""
        try:
            document = _parse_text(_unix_lines(text), source)
        except _CRASHES as error:
            name = type(error).__name__
            raise DocumentError(source, f"cannot be parsed: {name}: {error}") from error
        return _with_text(document, source)

    def _read(self, path: Path, source: str) -> bytes:
        try:
            size = path.stat().st_size
            if size > self._max_bytes:
                raise DocumentError(
                    source, f"{size:,} bytes are over the limit of {self._max_bytes:,}; split it"
                )
            return path.read_bytes()
        except OSError as error:
            raise DocumentError(source, f"cannot be read: {error.strerror or error}") from error


def _parse(data: bytes, suffix: str, source: str, path: Path) -> ParsedDocument:
    text = decode(data, source, markup=suffix in _HTML)
    if suffix in _HTML or (suffix == "" and _LOOKS_LIKE_HTML.match(text)):
        return _parse_html(text, source, path)
    text = _unix_lines(text)
    if suffix in _MARKDOWN:
        front, body = split_front_matter(text, source)
        if not body.strip():
            raise DocumentError(source, "holds no text after its front matter")
        parsed = _parse_html(to_html(body, source), source, path)
        title = front.pop("title", None)
        language = front.pop("language", None) or front.pop("lang", None)
        return replace(
            parsed,
            title=str(title).strip() if title else parsed.title,
            language=str(language).split("-")[0].lower() if language else None,
            metadata=_declared(front, source),
        )
    return _with_text(_parse_text(text, path.stem), source)


def _with_text(document: ParsedDocument, source: str) -> ParsedDocument:
    if not any(element.text.strip() for element in document.elements):
        raise DocumentError(source, "holds no text")
    return document


def _declared(front: dict[str, Any], source: str) -> Metadata:
    try:
        return clean_metadata(front)
    except InputError as error:
        raise DocumentError(source, f"its front matter: {error}") from error


def _parse_html(text: str, source: str, path: Path) -> ParsedDocument:
    page = html_clean.clean(html_clean.parse(text, source), path.name)
    html_site.take_frame(page.content, path)
    elements = html_walk.walk(page.content)
    if page.listed and all(element.kind == "heading" for element in elements):
        return ParsedDocument(_html_title(page, elements, path), (), {}, page.language)
    kinds = unstructured_kinds.html_kinds(elements)
    elements = [_settle(element, kind) for element, kind in zip(elements, kinds, strict=True)]
    title = _html_title(page, elements, path)
    return _with_text(ParsedDocument(title, tuple(elements), {}, page.language), source)


def _settle(element: Element, kind: str) -> Element:
    """Turns a paragraph that unstructured recognises as a bulleted item into one."""
    if element.kind == "prose" and kind == "ListItem":
        bullet = _BULLET.match(element.text)
        if bullet:
            return replace(element, kind="list_item", text=element.text[bullet.end() :])
    return element


def _html_title(page: html_clean.Page, elements: Sequence[Element], path: Path) -> str:
    if page.heading:
        return page.heading
    first = next((element.text for element in elements if element.kind == "heading"), "")
    if first and page.title.startswith(first):  # the rest names the site
        return first
    return page.title or _leading(elements) or path.stem


def _leading(elements: Sequence[Element]) -> str:
    """The first heading where it names the whole: at the top, or of the first level."""
    for number, element in enumerate(elements):
        if element.kind == "heading":
            return element.text if number == 0 or element.level == 1 else ""
    return ""


def _parse_text(text: str, name: str) -> ParsedDocument:
    elements = plain_text.read(text)
    if not any(element.kind == "heading" for element in elements):
        elements = _with_titles(elements)
    return ParsedDocument(_leading(elements) or name, tuple(elements))


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_titles(elements: list[Element]) -> list[Element]:
    """Headings of a text without underlines: short lines of their own that unstructured calls
    titles, above a paragraph. A section number tells the level."""
    paragraphs = [n for n, element in enumerate(elements) if element.kind == "prose"]
    kinds = unstructured_kinds.text_kinds([elements[n].text for n in paragraphs])
    out = list(elements)
    for n, kind in zip(paragraphs, kinds, strict=True):
        text = elements[n].text
        following = elements[n + 1] if n + 1 < len(elements) else None
        if (
            kind == "Title"
            and elements[n].depth == 0
            and len(text) <= _MAX_TITLE
            and "\n" not in text
            and (text[0].isupper() or text[0].isdigit() or not text[0].isascii())
            and (text[-1].isalnum() or text[-1] in ")]\"'”’")
            and following is not None
            and following.kind == "prose"
            and len(following.text) > len(text)
        ):
            number = _NUMBERED.match(text)
            level = number[1].count(".") + 1 if number else 1
            out[n] = Element("heading", text, level=level)
    return out
