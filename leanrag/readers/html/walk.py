"""Walks a cleaned HTML page into elements, in reading order, without losing a word.

unstructured's own walk drops single characters and ``details``, cuts a leading ``*`` or ``-`` off
a paragraph, puts blanks around inline code in table cells, and forgets which list item, term or
column a text belongs to. So the words and their place come from here; ``unstructured`` then says
what kind each piece is. The walk is a loop over events: nesting costs no stack.
"""

from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from leanrag.readers.html import table as html_table
from leanrag.readers.html.text import BLOCKS, LINE_MARK, flat, has_block, names
from leanrag.types import Element, ElementKind

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BOX_TAGS = frozenset(("div", "aside", "section", "blockquote"))
_BOX_CLASSES = names(
    "admonition note warning tip caution important attention danger error hint seealso "
    "callout alert"
)
_BOX_TITLES = names("admonition-title callout-title alert-heading sidebar-title topic-title")
_NOTE_CLASSES = frozenset(("footnote", "citation"))
_MAX_LABEL = 40
_ENDS = (".", ":", "!", "?", "…", "。", "：", "！", "？")


@dataclass(slots=True)
class _Scope:
    """An open HTML element that decides what the text inside it becomes."""

    node: Any
    role: str
    marker: str = ""
    level: int = 0
    index: int = -1
    ordered: bool = False
    count: int = 1
    described: bool = False


def walk(content: Any) -> list[Element]:
    """The elements of ``content``: the words of the page, each once, in order."""
    walker = _Walker()
    events = etree.iterwalk(content, events=("start", "end"))
    for event, node in events:
        if event == "start":
            if walker.start(node):
                events.skip_subtree()
        else:
            walker.end(node)
            if node is not content:
                walker.text.append(node.tail or "")
    walker.flush()
    walker.flush_label()
    return walker.out


class _Walker:
    def __init__(self) -> None:
        self.out: list[Element] = []
        self.text: list[str] = []
        self.scopes: list[_Scope] = []
        self.depth = 0
        self.label = ""
        self.label_joint = ": "

    def start(self, node: Any) -> bool:
        """Opens an element; true where its whole subtree has been taken."""
        tag = node.tag
        block = tag in BLOCKS
        if block:
            self.flush()
            if tag == "pre":
                self.code(node)
                return True
            if tag == "table" and not html_table.is_layout(node):
                self.table(node)
                return True
            self.open(node, tag)
        if len(node) == 0 or not has_block(node):
            self.text.extend(node.itertext())
            return True
        self.text.append(node.text or "")
        return False

    def end(self, node: Any) -> None:
        """Closes an element."""
        if node.tag not in BLOCKS:
            return
        self.flush()
        if not self.scopes or self.scopes[-1].node is not node:
            return
        scope = self.scopes.pop()
        if scope.role == "box":
            self.flush_label()
        elif scope.role == "description":
            self.depth -= 1

    def open(self, node: Any, tag: str) -> None:
        """Remembers what the text inside ``node`` will be, where the tag says it."""
        scope: _Scope | None = None
        classes = set((node.get("class") or "").split())
        if tag in _HEADINGS:
            scope = _Scope(node, "label" if self.inside("box") else "heading", level=int(tag[1]))
        elif tag in ("ul", "ol", "menu", "dir"):
            start = node.get("start", "1")
            count = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1
            scope = _Scope(node, "list", ordered=tag == "ol", count=count)
        elif tag == "dl":
            scope = _Scope(node, "index" if _only_terms(node) else "terms")
        elif tag == "li":
            scope = self.item(node)
        elif tag == "dt":
            scope = self.term(node)
        elif tag == "dd":
            scope = self.description(node)
        elif not classes.isdisjoint(_BOX_TITLES):
            scope = _Scope(node, "label")
        elif tag in _BOX_TAGS and not classes.isdisjoint(_BOX_CLASSES):
            scope = _Scope(node, "box")
        elif tag in _BOX_TAGS and not classes.isdisjoint(_NOTE_CLASSES):
            scope = _Scope(node, "note")
        if scope is not None:
            self.scopes.append(scope)

    def inside(self, role: str) -> bool:
        return any(scope.role == role for scope in self.scopes[-4:])

    def item(self, node: Any) -> _Scope:
        lists = [scope for scope in self.scopes if scope.role in ("list", "index")]
        marker = ""
        if lists and lists[-1].ordered:
            value = node.get("value", "")
            if value.isascii() and value.isdigit() and len(value) < 9:
                lists[-1].count = int(value)
            marker = f"{lists[-1].count}. "
            lists[-1].count += 1
        return _Scope(node, "item", marker=marker, level=max(len(lists) - 1, 0))

    def term(self, node: Any) -> _Scope:
        owner = self.scopes[-1] if self.scopes else None
        if owner is not None and owner.role == "index":
            return self.item(node)
        if owner is not None and owner.role == "terms":
            owner.described = True
        return _Scope(node, "term")

    def description(self, node: Any) -> _Scope | None:
        owner = self.scopes[-1] if self.scopes else None
        if owner is None or owner.role != "terms" or not owner.described:
            return None
        owner.index = -1
        self.depth += 1
        return _Scope(node, "description")

    def code(self, node: Any) -> None:
        """A ``pre``, verbatim; blocks inside it are lines."""
        for inner in node.iterdescendants(*BLOCKS):
            inner.tail = LINE_MARK + (inner.tail or "")
        text = "".join(node.itertext()).replace(LINE_MARK, "\n").replace("\r\n", "\n")
        lines = [line.rstrip() for line in text.split("\n")]
        while lines and not lines[0]:
            del lines[0]
        while lines and not lines[-1]:
            lines.pop()
        if lines:
            self.emit("code", "\n".join(lines))

    def table(self, node: Any) -> None:
        """A table, or the list that stands in a table of one column without a head."""
        title = html_table.caption(node)
        if title:
            self.emit("prose", title)
        lines, head_rows = html_table.rows(node)
        if not lines:
            return
        if html_table.is_plain_list(node, head_rows):
            for line in lines:
                self.emit("list_item", line)
        else:
            self.emit("table", "\n".join(lines), head_rows=head_rows)

    def flush(self) -> None:
        """Ends the running text and makes an element of it."""
        raw = "".join(self.text)
        self.text.clear()
        if not raw or raw.isspace():
            return
        text = "\n".join(filter(None, map(flat, raw.split(LINE_MARK))))
        if not text:
            return
        scope = next((s for s in reversed(self.scopes) if s.role not in ("list", "terms")), None)
        role = scope.role if scope is not None else ""
        if scope is None or role in ("description", "box", "index"):
            self.emit("prose", text)
        elif role == "heading":
            self.emit("heading", flat(text), level=scope.level)
        elif role == "label":
            self.flush_label()
            self.label, self.label_joint = flat(text), ": "
        elif role == "item":
            self.emit_item(scope, text)
        elif role == "term":
            self.emit_term(text)
        elif role == "note" and scope.index < 0 and len(text) <= _MAX_LABEL:
            scope.index = 0
            self.flush_label()
            self.label, self.label_joint = flat(text), " "
        else:
            self.emit("prose", text)

    def emit_item(self, scope: _Scope, text: str) -> None:
        """The first text of a list item makes it; the paragraphs after it are its lines."""
        if scope.index < 0:
            self.emit("list_item", scope.marker + text, level=scope.level)
            scope.index = len(self.out) - 1
        elif scope.index == len(self.out) - 1 and not self.label:
            last = self.out[-1]
            self.out[-1] = replace(last, text=f"{last.text}\n{text}")
        else:
            self.emit("prose", text)

    def emit_term(self, text: str) -> None:
        """A term; several before one description are one entry."""
        owner = next((s for s in reversed(self.scopes) if s.role == "terms"), None)
        if owner is not None and owner.index == len(self.out) - 1 and owner.index >= 0:
            last = self.out[-1]
            self.out[-1] = replace(last, text=f"{last.text}\n{text}")
            return
        self.emit("entry", text)
        if owner is not None:
            owner.index = len(self.out) - 1

    def emit(self, kind: ElementKind, text: str, *, level: int = 0, head_rows: int = 0) -> None:
        """Adds an element; a waiting label becomes the start of a paragraph."""
        if self.label and kind == "prose":
            joint = " " if self.label.endswith(_ENDS) else self.label_joint
            text, self.label = f"{self.label}{joint}{text}", ""
        self.flush_label()
        self.out.append(Element(kind, text, level=level, head_rows=head_rows, depth=self.depth))

    def flush_label(self) -> None:
        """A label that no paragraph followed stands alone."""
        if self.label:
            label, self.label = self.label, ""
            self.out.append(Element("prose", label, depth=self.depth))


def _only_terms(node: Any) -> bool:
    """Whether a ``dl`` describes nothing: an index or a table of contents."""
    for part in node.iterchildren("dd"):
        if (part.text or "").strip() or any(
            child.tag != "dl" or (child.tail or "").strip() for child in part
        ):
            return False
    return True
