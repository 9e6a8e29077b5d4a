"""Jupyter notebooks: their Markdown and code cells in order, what they put out on request."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape
from typing import Any

from lxml import etree

from leanrag.errors import DocumentError
from leanrag.readers.text import front_matter
from leanrag.types import ParsedDocument

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PLACEHOLDER = re.compile(r"\s*<[^<>\n]*>\s*")
"""What stands for a picture in plain text."""


def is_notebook(text: str) -> bool:
    """Whether a JSON text is a notebook."""
    return '"nbformat"' in text and _cells(_loaded(text)) is not None


def read(text: str, source: str, name: str, *, outputs: bool = False) -> ParsedDocument:
    """The document of a notebook in a file of this name; one of empty cells has no elements.

    Front matter in its first cell is its metadata.

    Raises:
        DocumentError: it is no notebook, or its Markdown is nested too deep.
    """
    from leanrag.readers.html.unstructured import NO_TEXT, parse_html

    cells = _cells(_loaded(text))
    if cells is None:
        raise DocumentError(source, "is not a notebook: it is no JSON with cells")
    front, parts = None, list[str]()
    for number, cell in enumerate(cells):
        kind, words = cell.get("cell_type"), _joined(cell.get("source", cell.get("input")))
        if number == 0 and kind in ("raw", "markdown") and (front := front_matter.split(words)):
            words = front.body
        if kind == "markdown":
            parts.append(_markdown(words, source))
        elif kind == "heading":  # until nbformat 4
            level = cell.get("level") if cell.get("level") in range(1, 7) else 1
            parts.append(f"<h{level}>{escape(words)}</h{level}>")
        elif words.strip():
            parts.append(_code(words))
        if outputs and kind == "code":
            parts.extend(_outputs(cell.get("outputs"), source))
    body = "\n".join(part for part in parts if part.strip())
    document = ParsedDocument(name.rpartition(".")[0] or name, ())
    if body:
        try:
            document = parse_html(f"<html><body>{body}</body></html>", source, name)
        except DocumentError as error:
            if error.reason not in NO_TEXT:
                raise
    if front is None:
        return document
    return replace(
        document,
        title=front.title or document.title,
        metadata=front.fields,
        warnings=(*front.warnings, *document.warnings),
    )


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _cells(value: Any) -> list[Mapping[str, Any]] | None:
    """The cells of a notebook of any version, None for any other value."""
    if not isinstance(value, dict):
        return None
    cells = value.get("cells")
    if cells is None and isinstance(value.get("worksheets"), list):
        sheets = [sheet for sheet in value["worksheets"] if isinstance(sheet, dict)]
        lists = [sheet.get("cells") for sheet in sheets]
        cells = [cell for one in lists if isinstance(one, list) for cell in one]
    if not isinstance(cells, list):
        return None
    return [cell for cell in cells if isinstance(cell, dict)]


def _joined(lines: Any) -> str:
    if isinstance(lines, str):
        return lines
    if isinstance(lines, list):
        return "".join(line for line in lines if isinstance(line, str))
    return ""


def _markdown(text: str, source: str) -> str:
    from leanrag.readers.html.markdown import to_html

    return _closed(to_html(text, source), source) if text.strip() else ""


def _closed(page: str, source: str) -> str:
    """The content of a page, so that what it leaves open ends with it."""
    from leanrag.readers.html import clean

    body = clean.parse(page, source).find(".//body")
    if body is None:
        return ""
    inner: str = etree.tostring(body, encoding="unicode", method="html", with_tail=False)
    return f"<div>{inner.removeprefix('<body>').removesuffix('</body>')}</div>"


def _code(text: str) -> str:
    return f"<pre>\n{escape(text)}</pre>"


def _outputs(outputs: Any, source: str) -> Iterator[str]:
    for output in outputs if isinstance(outputs, list) else ():
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream":
            yield _shown(_joined(output.get("text")))
        elif kind in ("error", "pyerr"):
            yield _shown(f"{output.get('ename', 'Error')}: {output.get('evalue', '')}")
        elif isinstance(data := output.get("data", output), dict):
            yield _displayed(data, source)


def _displayed(data: Mapping[str, Any], source: str) -> str:
    """What a value is displayed as: a table as one, else its text; pictures have none."""
    page = _joined(data.get("text/html", data.get("html")))
    if "<table" in page:
        return _closed(f"<html><body>{page}</body></html>", source)
    if words := _joined(data.get("text/markdown")):
        return _markdown(words, source)
    plain = _joined(data.get("text/plain", data.get("text")))
    if any(str(name).startswith(("image", "application")) for name in data):
        plain = "" if _PLACEHOLDER.fullmatch(plain) else plain
    return _shown(plain)


def _shown(text: str) -> str:
    plain = _ANSI.sub("", text)
    return _code(plain) if plain.strip() else ""
