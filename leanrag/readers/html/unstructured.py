"""Readers of HTML, Markdown and plain text.

A page is decoded, cleaned of boilerplate (``html_clean``) and taken apart (``html_walk``,
``plain_text``). The pieces are not left to unstructured's partitioners because they lose text (see
``html_walk``); its rules say which lines of a plain text are titles.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from leanrag.errors import DocumentError
from leanrag.readers.html import clean as html_clean
from leanrag.readers.html import main_text, unstructured_kinds
from leanrag.readers.html import meta as html_meta
from leanrag.readers.html import site as html_site
from leanrag.readers.html import walk as html_walk
from leanrag.readers.html.markdown import to_html
from leanrag.readers.text import plain_text, transcript
from leanrag.types import Element, ParsedDocument

_BULLET = re.compile(r"[-*•‣◦·●○▪]\s+(?=[^\s\d])|[•‣◦●○▪]\s+(?=\d)")
_HYPHENS = frozenset("-*")
_DASHED = re.compile(r"[-*]\s+[^\W\d_].*[^.!?…。！？\"'”’»“]", re.DOTALL)
_MIN_DASHED = 2
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*)\.?\s")
_MAX_TITLE = 80
NO_TEXT = frozenset(("holds no text", "holds no HTML content"))
"""The reasons of errors that say of a page that there is nothing in it."""


def parse_markdown(text: str, source: str, name: str) -> ParsedDocument:
    """The document of a Markdown text, without front matter, in a file of this name.

    Raises:
        DocumentError: it holds no text, or is nested too deep.
    """
    return parse_html(to_html(text, source), source, name)


def _with_text(document: ParsedDocument, source: str) -> ParsedDocument:
    if not any(element.text.strip() for element in document.elements):
        raise DocumentError(source, "holds no text")
    return document


def parse_html(text: str, source: str, name: str, path: Path | None = None) -> ParsedDocument:
    """The document of an HTML text in a file of this name; ``path`` where it stands on disk.

    A page of links alone has no elements.

    Raises:
        DocumentError: it holds no text, or is nested too deep.
    """
    root = html_clean.parse(text, source)
    stated = html_meta.read(root)
    documented = main_text.is_documentation(root)
    page = html_clean.clean(root, name)
    if path is not None and not html_site.take_frame(page.content, path) and not documented:
        main_text.take_surroundings(page.content, text)
    elements = html_walk.walk(page.content)
    if page.listed and all(element.kind == "heading" for element in elements):
        elements = []
    elements = _with_bulleted_items(elements)
    title = _html_title(page, elements, PurePath(name).stem)
    document = ParsedDocument(title, tuple(elements), language=page.language, properties=stated)
    return document if page.listed else _with_text(document, source)


def _with_bulleted_items(elements: list[Element]) -> list[Element]:
    """Turns each paragraph with a bullet in front into an item of a list.

    A hyphen or an asterisk is one where several follow each other and none of them is a sentence:
    else it may be a minus, or open what somebody says, as longer dashes do.
    """
    marks = [
        match[0].strip() if e.kind == "prose" and (match := _BULLET.match(e.text)) else ""
        for e in elements
    ]
    dashed = _dashed_items(elements)
    out = list(elements)
    for n, mark in enumerate(marks):
        if mark and (mark not in _HYPHENS or n in dashed):
            text = elements[n].text[len(mark) :].lstrip()
            out[n] = replace(elements[n], kind="list_item", text=text)
    return out


def _dashed_items(elements: Sequence[Element]) -> set[int]:
    """The paragraphs that begin with a dash or an asterisk and stand together as a list does."""
    found: set[int] = set()
    run: list[int] = []
    for number, element in enumerate((*elements, Element("prose", ""))):
        if element.kind == "prose" and _DASHED.fullmatch(element.text):
            run.append(number)
            continue
        if len(run) >= _MIN_DASHED:
            found.update(run)
        run = []
    return found


def _html_title(page: html_clean.Page, elements: Sequence[Element], stem: str) -> str:
    if page.heading:
        return page.heading
    first = next((element.text for element in elements if element.kind == "heading"), "")
    if first and page.title.startswith(first):  # the rest names the site
        return first
    return page.title or _leading(elements) or stem


def _leading(elements: Sequence[Element]) -> str:
    """The first heading where it names the whole: at the top, or of the first level."""
    for number, element in enumerate(elements):
        if element.kind == "heading":
            return element.text if number == 0 or element.level == 1 else ""
    return ""


def parse_text(text: str, name: str) -> ParsedDocument:
    """The document of a plain text; ``name`` is its title where it has none."""
    elements = transcript.read(text) or plain_text.read(text)
    if not any(element.kind == "heading" for element in elements):
        elements = _with_titles(elements)
    return ParsedDocument(_leading(elements) or name, tuple(elements))


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
