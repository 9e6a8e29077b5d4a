"""Measures in one pass what a page holds, in sight and in the parts that are to be judged."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from leanrag.readers.html.text import flat

_END = re.compile(r"[.!?…؟।۔](?=[\s\"'”’»)\]]|\Z)|[。！？]")
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{5}")
_THAI = re.compile("[\u0e00-\u0e7f]{20}")
_MIN_WORDS = 4
_CONTROLS = etree.XPath(
    "//*[@aria-controls or @data-target or @data-bs-target"
    " or @href and (@role='tab' or @data-toggle or @data-bs-toggle or @aria-expanded)]"
)
NAMED = etree.XPath("//*[@id]")
OPENS = ("aria-controls", "data-target", "data-bs-target", "href")
"""The attributes by which a control names what it opens."""
MIN_COPIED = 8
"""Shorter texts stand twice on a page without being copies."""
_SAMPLE = 4000


@dataclass(slots=True)
class Sizes:
    """Characters inside an element: all, and those in links; whether a form is inside."""

    text: int = 0
    links: int = 0
    form: bool = False
    nested: bool = False

    @property
    def own(self) -> int:
        """The characters that stand in no link."""
        return self.text - self.links


@dataclass(slots=True)
class Survey:
    """The sizes of the elements that are judged and of the page; the texts that are in sight."""

    sizes: dict[Any, Sizes] = field(default_factory=dict)
    page: Sizes = field(default_factory=Sizes)
    seen: set[str] = field(default_factory=set)
    opened: dict[str, Any] = field(default_factory=dict)
    """What the page's controls name as opened by them, by id; None for what is not there."""


def has_text(element: Any) -> bool:
    """Whether an element holds more than white space."""
    return any(text and not text.isspace() for text in element.itertext())


def says(element: Any) -> bool:
    """Whether there is a sentence in the text of an element, near its start."""
    text = start_of(element)
    ended = _END.split(text)[:-1]
    return _THAI.search(text) is not None or any(
        len(_WORD.findall(part)) >= _MIN_WORDS or _UNSPACED.search(part) for part in ended
    )


def start_of(element: Any) -> str:
    """The beginning of an element's text, on one line."""
    parts: list[str] = []
    size = 0
    for text in element.itertext():
        parts.append(text)
        size += len(text)
        if size > _SAMPLE:
            break
    return flat(" ".join(parts))


def surveyed(root: Any, judged: Iterable[Any]) -> Survey:
    """Measures the page in one pass, whatever is nested in what."""
    survey = Survey(sizes={element: Sizes() for element in judged})
    for control in _CONTROLS(root):
        for key in OPENS:
            for name in (control.get(key) or "").split():
                survey.opened[name.lstrip("#")] = None
    for target in NAMED(root) if survey.opened else ():
        if target.get("id") in survey.opened:
            survey.opened[target.get("id")] = target
    page, sizes = survey.page, survey.sizes
    opened: list[tuple[Any, int, int, int]] = []
    in_link = forms = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            if node in sizes:
                sizes[node].nested = bool(opened)
                opened.append((node, page.text, page.links, forms))
            in_link += node.tag == "a"
            forms += node.tag in ("form", "textarea", "select")
            text = (node.text or "").strip()
        else:
            in_link -= node.tag == "a"
            if opened and opened[-1][0] is node:
                _, before, links, forms_before = opened.pop()
                size = sizes[node]
                size.text, size.links = page.text - before, page.links - links
                size.form = forms > forms_before
            text = (node.tail or "").strip()
        if text:
            page.text += len(text)
            page.links += len(text) if in_link else 0
            if not opened and len(text) >= MIN_COPIED:
                survey.seen.add(text)
    return survey
