"""Word documents: headings, lists with their numbers, tables, notes, code, pages.

Read from the XML itself: python-docx, and unstructured which is built on it, leave out content
controls, tracked insertions, notes and text boxes, and give lists without their numbers.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from leanrag.readers import properties, tables
from leanrag.readers.archive import Archive
from leanrag.readers.office.docx_styles import Numbering, Styles, W, outline_level, whole
from leanrag.readers.raised import aside, on_the_line
from leanrag.types import Element, MetadataValue, ParsedDocument

_MAIN = "word/document.xml"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CORE = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_TERMS = "{http://purl.org/dc/terms/}"
_SKIPPED = frozenset(
    (
        f"{W}pPr",
        f"{W}rPr",
        f"{W}del",
        f"{W}moveFrom",
        f"{W}instrText",
        f"{W}sdtPr",
        f"{W}rt",
        f"{W}rubyPr",
        _FALLBACK,
    )
)
_WRAPPERS = frozenset(
    (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag")
)
_MAX_FAKE_HEADING = 80
_MAX_NESTING = 256
"""As deep as the XML parser goes."""


def read(archive: Archive, stem: str) -> ParsedDocument:
    """The document in an opened archive. Raises ``DocumentError`` where it is damaged."""
    reader = _Reader(archive)
    root = archive.xml(_main_part(archive))
    body = root.find(f"{W}body")
    reader.blocks(body if body is not None else root)
    elements = reader.finish()
    stated, found = core_properties(archive)
    first = next((e for e in elements if e.kind == "heading"), None)
    leading = first.text if first is not None and (first is elements[0] or first.level == 1) else ""
    return ParsedDocument(
        reader.title or stated or leading or stem, tuple(elements), properties=found
    )


def _main_part(archive: Archive) -> str:
    """The part that holds the text; most, but not all programs call it ``document.xml``."""
    links = archive.optional_xml("_rels/.rels")
    for link in links if links is not None else ():
        if str(link.get("Type", "")).endswith("/officeDocument"):
            return str(link.get("Target", "")).lstrip("/")
    return _MAIN


def core_properties(archive: Archive) -> tuple[str, dict[str, MetadataValue]]:
    """The stated title, "" where there is none, and the other properties of an Office file."""
    core = archive.optional_xml("docProps/core.xml")
    if core is None:
        return "", {}

    def text(name: str) -> str:
        return core.findtext(name) or ""

    about = text(f"{_DC}description")
    found = properties.collect(
        author=properties.authors(text(f"{_DC}creator")),
        date=text(f"{_TERMS}created"),
        modified=text(f"{_TERMS}modified"),
        description="" if properties.written_by_program(about) else about,
        keywords=text(f"{_CORE}keywords"),
        subject=text(f"{_DC}subject"),
    )
    return properties.usable_title(text(f"{_DC}title")), found


class _Reader:
    def __init__(self, archive: Archive) -> None:
        self.out: list[Element] = []
        self.title = ""
        self.styles = Styles(archive.optional_xml("word/styles.xml"))
        self.numbering = Numbering(archive.optional_xml("word/numbering.xml"))
        self.notes = {
            (kind, note.get(f"{W}id", "")): note
            for kind in ("footnote", "endnote")
            for root in (archive.optional_xml(f"word/{kind}s.xml"),)
            if root is not None
            for note in root.iter(f"{W}{kind}")
            if note.get(f"{W}type") is None
        }
        self.cited: list[tuple[str, Any]] = []
        self.noted = 0
        self.boxes: list[Any] = []
        self.page = 1
        self.began: int | None = None
        self.paged = False
        self.bold: set[int] = set()

    def finish(self) -> list[Element]:
        """The elements; bold lines stand in for headings in a document without any."""
        elements = self.out
        if not any(element.kind == "heading" for element in elements):
            elements = [
                replace(element, kind="heading", level=1) if number in self.bold else element
                for number, element in enumerate(elements)
            ]
        if not self.paged:
            elements = [replace(element, page=None) for element in elements]
        return elements

    def blocks(self, parent: Any, nesting: int = 0) -> None:
        """The paragraphs and tables below ``parent``, in order."""
        for node in parent:
            if node.tag == f"{W}p":
                self.paragraph(node)
            elif node.tag == f"{W}tbl":
                self.table(node, nesting)
            elif node.tag in _WRAPPERS and nesting < _MAX_NESTING:
                self.blocks(node, nesting + 1)
            self.attachments(nesting)

    def attachments(self, nesting: int) -> None:
        """The text boxes and notes of what was just read, after it."""
        boxes, self.boxes = self.boxes, []
        for box in boxes:
            if nesting < _MAX_NESTING:
                self.blocks(box, nesting + 1)
        cited, self.cited = self.cited, []
        for marker, note in cited:
            text = " ".join(self.text(part).strip() for part in note.iter(f"{W}p"))
            if text.strip():
                self.emit("prose", f"{marker} {text.strip()}")

    def paragraph(self, node: Any) -> None:
        marks = node.find(f"{W}pPr")
        style = _child_value(marks, "pStyle")
        self.began = None
        text = self.text(node)
        page = self.began
        if self.styles.is_contents(style) or not text.strip():
            return
        if self.styles.is_code(style):
            if self.out and self.out[-1].kind == "code":
                last = self.out[-1]
                self.out[-1] = replace(last, text=f"{last.text}\n{text.rstrip()}")
            else:
                self.emit("code", text.rstrip(), page=page)
            return
        text = text.strip()
        level = self.heading_level(marks, style)
        marker, depth = self.marker(marks, style)
        if self.styles.is_title(style) and not self.title:
            self.title = " ".join(text.split())
            self.emit("heading", text, level=1, page=page)
        elif level:
            self.emit("heading", (marker or "") + text, level=level, page=page)
        elif marker is not None:
            self.emit("list_item", marker + text, level=depth, page=page)
        else:
            if len(text) <= _MAX_FAKE_HEADING and text[-1].isalnum() and _all_bold(node):
                self.bold.add(len(self.out))
            self.emit("prose", text, page=page)

    def heading_level(self, marks: Any, style: str) -> int:
        outline = marks.find(f"{W}outlineLvl") if marks is not None else None
        return outline_level(outline) if outline is not None else self.styles.level(style)

    def marker(self, marks: Any, style: str) -> tuple[str | None, int]:
        own = marks.find(f"{W}numPr") if marks is not None else None
        inherited = self.styles.numbering(style)
        number = _child_value(own, "numId") or _child_value(inherited, "numId")
        level = whole(_child_value(own, "ilvl") or _child_value(inherited, "ilvl"))
        return (self.numbering.marker(number, level) if number else None), level

    def table(self, node: Any, nesting: int) -> None:
        """A table; one that only frames its content is read as that content."""
        rows = list(_rows(node))
        cells = [cell for row in rows for cell in row.iter(f"{W}tc")]
        if max((len(list(_cells(row))) for row in rows), default=0) <= 1:
            for cell in cells if nesting < _MAX_NESTING else ():
                if next(cell.iterancestors(f"{W}tbl")) is node:
                    self.blocks(cell, nesting + 1)
            return
        page = self.page
        lines = [self.row(row) for row in rows]
        heads = 0
        while heads < len(rows) and rows[heads].find(f"{W}trPr/{W}tblHeader") is not None:
            heads += 1
        found = tables.table(lines, head_rows=heads or None, page=page)
        if found is not None:
            self.out.append(found)

    def row(self, row: Any) -> list[str]:
        texts: list[str] = []
        for cell in _cells(row):
            marks = cell.find(f"{W}tcPr")
            merged = marks.find(f"{W}vMerge") if marks is not None else None
            goes_on = merged is not None and merged.get(f"{W}val") != "restart"
            width = min(max(whole(_child_value(marks, "gridSpan")), 1), 100)
            parts = (self.text(part).strip() for part in cell.iter(f"{W}p"))
            texts.append("" if goes_on else " ".join(part for part in parts if part))
            texts.extend([""] * (width - 1))
        return texts

    def text(self, node: Any) -> str:
        """The visible words below ``node``; breaks, tabs and notes in their places."""
        parts: list[str] = []
        stack = [iter(node)]
        while stack:
            child = next(stack[-1], None)
            if child is None:
                stack.pop()
                continue
            tag = child.tag
            if tag in _SKIPPED:
                continue
            if tag in (f"{W}t", _MATH_TEXT):
                parts.append(child.text or "")
                self.began = self.began or self.page
            elif tag == f"{W}r" and _is_hidden(child):
                continue
            elif tag == f"{W}r" and (side := _side(child)):
                parts.append(aside(side, self.text(child)))
            elif tag == f"{W}txbxContent":
                self.boxes.append(child)
            elif not self.sign(child, parts):
                stack.append(iter(child))
        return on_the_line("".join(parts))

    def sign(self, node: Any, parts: list[str]) -> bool:
        """What stands in the text without being text; whether ``node`` was such a thing."""
        tag = node.tag.removeprefix(W)
        if tag == "tab":
            parts.append("\t")
        elif tag == "noBreakHyphen":
            parts.append("-")
        elif tag == "lastRenderedPageBreak":
            self.page, self.paged = self.page + 1, True
        elif tag in ("br", "cr"):
            parts.append("\n")
        elif tag in ("footnoteReference", "endnoteReference"):
            note = self.notes.get((tag.removesuffix("Reference"), node.get(f"{W}id", "")))
            if note is not None:
                self.noted += 1
                parts.append(f"[{self.noted}]")
                self.cited.append((f"[{self.noted}]", note))
        else:
            return False
        return True

    def emit(self, kind: Any, text: str, *, level: int = 0, page: int | None = None) -> None:
        self.out.append(Element(kind, text, level=level, page=page or self.page))


def _rows(table: Any) -> Iterator[Any]:
    for node in table:
        if node.tag == f"{W}tr":
            yield node
        elif node.tag in _WRAPPERS:
            yield from _rows(node)


def _cells(row: Any) -> Iterator[Any]:
    for node in row:
        if node.tag == f"{W}tc":
            yield node
        elif node.tag in _WRAPPERS:
            yield from _cells(node)


def _child_value(node: Any, name: str) -> str:
    child = node.find(f"{W}{name}") if node is not None else None
    return child.get(f"{W}val", "") if child is not None else ""


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{W}rPr/{W}vanish")
    return vanish is not None and vanish.get(f"{W}val", "1") not in ("0", "false")


def _side(run: Any) -> str:
    """``superscript``, ``subscript``, or another word or "" for text on the line."""
    aligned = run.find(f"{W}rPr/{W}vertAlign")
    return aligned.get(f"{W}val", "") if aligned is not None else ""


def _all_bold(paragraph: Any) -> bool:
    runs = [run for run in paragraph.iter(f"{W}r") if run.find(f"{W}t") is not None]
    marks = [run.find(f"{W}rPr/{W}b") for run in runs]
    return bool(runs) and all(
        mark is not None and mark.get(f"{W}val", "1") not in ("0", "false") for mark in marks
    )
