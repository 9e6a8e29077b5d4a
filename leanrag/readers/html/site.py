"""Finds the frame that the pages of one folder share, and takes it off a page.

Headers, menus and footers of a site that marks nothing up tell themselves by standing on most of
its pages, before or behind the content. Some pages of the folder are read for that, always the
same ones, so that a page gives the same text whatever else is read with it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from leanrag.errors import DocumentError
from leanrag.readers.decode import decode
from leanrag.readers.html import clean as html_clean
from leanrag.readers.html.text import BLOCKS, HEADINGS, flat, has_block, length, linked, names

_SUFFIXES = (".html", ".htm", ".xhtml")
_MIN_PAGES = 5
_SAMPLE = 12
_LISTED = 20_000
_MAX_BYTES = 300_000
_SHARE = 0.6
"""Of the sampled pages, on which a text stands to be part of the frame."""
_MAX_TAKEN, _MAX_OF_VERSIONS = 0.9, 0.3
"""Of a page's text. Pages under one heading are versions of one another rather than a site."""
_MIN_WORDS = 4
_LINKED = 0.8
_NEVER = names("pre dt dd th td")
_DIGITS = re.compile(r"[\d.,/:-]+")


_UNREADABLE = (
    OSError, DocumentError, ValueError, TypeError, LookupError, AttributeError, RecursionError,
    etree.LxmlError,
)  # fmt: skip
"""What a hostile neighbour may raise: it must not cost the page that is read."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A block without blocks inside, and what it says; no node where its text is not apart."""

    node: Any
    text: str
    linked: bool


@dataclass(frozen=True, slots=True)
class _Frame:
    """The texts that stand on most pages of a folder, and the headings that most begin with."""

    texts: frozenset[str] = frozenset()
    headings: frozenset[str] = frozenset()


def take_frame(content: Any, path: Path) -> bool:
    """Empties the blocks at both ends of ``content`` that the page's neighbours have as well.

    Only what stands before the first or behind the last text of the page's own goes, never a
    heading or a block of the content in between, and nothing where it would be nearly the page.
    Returns whether the pages of the folder share a frame at all.
    """
    if path.suffix.lower() not in _SUFFIXES:
        return False
    try:
        frame = _frame(path.parent, path.parent.stat().st_mtime_ns)
    except OSError:
        return False
    if not frame.texts:
        return False
    runs = list(_runs(content))
    top = _edge(runs, frame.texts)
    if 0 < top < len(runs) and runs[top].linked:
        top += 1  # the trail to the page, which differs on each
    bottom = min(_edge(runs[::-1], frame.texts), len(runs) - top)
    taken = [*runs[:top], *runs[len(runs) - bottom :]]
    total = sum(len(run.text) for run in runs)
    limit = _MAX_OF_VERSIONS if _heading(runs) in frame.headings else _MAX_TAKEN
    if sum(len(run.text) for run in taken) <= limit * total:
        for run in taken:
            if run.node.tag not in _NEVER:
                run.node.clear(keep_tail=True)
    return True


def _edge(runs: list[_Run], shared: frozenset[str]) -> int:
    """How many blocks from the first are the frame: up to the last shared one before content.

    Between shared blocks may stand links and headings.
    """
    size = 0
    for number, run in enumerate(runs, start=1):
        if run.node is None:
            break
        if run.text in shared:
            size = number
        elif not run.linked and run.node.tag not in HEADINGS:
            break
    return size


@lru_cache(maxsize=256)
def _frame(folder: Path, changed_ns: int) -> _Frame:
    """What most of the sampled pages of a folder share, as the folder was at that time."""
    texts: Counter[str] = Counter()
    headings: Counter[str] = Counter()
    read = 0
    for page in _sample(folder):
        try:
            root = html_clean.parse(decode(page.read_bytes(), page.name, markup=True), page.name)
            content = html_clean.clean(root, page.name).content
        except _UNREADABLE:
            continue
        read += 1
        runs = list(_runs(content))
        texts.update({run.text for run in runs if _may_repeat(run)})
        headings[_heading(runs)] += 1
    if read < _MIN_PAGES:
        return _Frame()
    return _Frame(*(_common(counts, _SHARE * read) for counts in (texts, headings)))


def _common(counts: Counter[str], least: float) -> frozenset[str]:
    return frozenset(text for text, pages in counts.items() if pages >= least)


def _heading(runs: list[_Run]) -> str:
    """The first heading without its numbers and dates."""
    heading = next((r.text for r in runs if r.node is not None and r.node.tag in HEADINGS), "")
    return _DIGITS.sub("", heading)


def _sample(folder: Path) -> list[Path]:
    """Pages of the folder, evenly over their names; links and long pages are left out."""
    try:
        names = sorted(
            entry.name
            for entry in islice(folder.iterdir(), _LISTED)
            if entry.suffix.lower() in _SUFFIXES
        )
        wanted = names[:: max(1, len(names) // _SAMPLE)][:_SAMPLE] if names else []
        pages = [folder / name for name in wanted]
        return [
            page
            for page in pages
            if not page.is_symlink() and page.is_file() and page.stat().st_size <= _MAX_BYTES
        ]
    except OSError:
        return []


def _may_repeat(run: _Run) -> bool:
    """Whether a block that repeats is part of a frame: links, or words that say something.

    Short labels such as "Example:" repeat in the content of many pages.
    """
    if run.node is None or run.node.tag in _NEVER or run.node.tag in HEADINGS:
        return False
    return run.linked or len(run.text.split()) >= _MIN_WORDS


def _runs(content: Any) -> Iterator[_Run]:
    """The blocks of ``content`` that hold no other block, in order.

    Text that stands beside blocks inside another block has no element of its own: it is yielded
    without one, and ends a frame.
    """
    for event, node in etree.iterwalk(content, events=("start", "end")):
        if event == "end":
            if node is not content and node.tag in BLOCKS and (node.tail or "").strip():
                yield _Run(None, flat(node.tail), False)
            continue
        if node.tag not in BLOCKS:
            continue
        if not has_block(node):
            text = flat("".join(node.itertext()))
            if text:
                links = linked(node)
                yield _Run(node, text, links > 0 and links >= _LINKED * length(node))
        elif (node.text or "").strip():
            yield _Run(None, flat(node.text), False)
