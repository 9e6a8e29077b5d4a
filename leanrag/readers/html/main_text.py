"""Tells the text of a single web page from what stands around it, with trafilatura as the judge.

On a page of the open web half of the words are menus, teasers, share buttons and boxes about
other pages, and nothing marks them. The judge says where the text stands, not what of it stays: it
also drops standfirsts, captions, lists and code. So what it names and all that stands among that
stays, but for links and for boxes whose names say what they are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from lxml import etree

from leanrag.readers.html import table as html_table
from leanrag.readers.html.text import BLOCKS, HEADINGS, flat, has_block, length, linked, names
from leanrag.text.words import UNSPACED

_MAX_CHARACTERS = 2_000_000
"""A longer page is no article; the judge takes its time over it."""
_SHARE = 0.9
"""Of the words that the judge names, how much stands in the element that holds the text."""
_TRUSTED = 0.25
"""Of the words in sentences, how much the judge must name to be believed."""
_FEWEST = 100
"""Words of a page of which the judge can tell its text."""
_SENTENCE_WORDS, _SENTENCE_LINKED = 10, 0.3
_LINKED = 0.5
_HALF = 0.5
_TITLES = frozenset(HEADINGS)
_BOXES = names(
    "share sharing shares social related recommended recommendation recommendations recirc promo "
    "promos promotion promoted sponsor sponsored advert advertisement advertisements ads ad "
    "newsletter newsletters subscribe subscription signup login signin cookie cookies consent gdpr "
    "popular trending outbrain taboola disqus breadcrumb breadcrumbs footer sidebar nav navbar "
    "navigation menu submenu pager pagination widget widgets teaser teasers toolbar "
    "respond byline tags tagcloud"
)
_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_NOT_A_WORD = re.compile(r"\W+")
_GENERATORS = re.compile(
    r"docutils|sphinx|docbook|mkdocs|docusaurus|doxygen|javadoc|asciidoc|antora|gitbook|mdbook|"
    r"rustdoc|pdoc|vuepress|vitepress|texinfo|makeinfo|pandoc|latex|hevea|jsdoc|exdoc|yard|"
    r"godoc|yelp|starlight|docsify|hugo.*docsy|pod2html|groff|tex4ht",
    re.IGNORECASE,
)
_DOCUMENTATION = etree.XPath(
    "boolean(.//*[@class='sphinxsidebar' or @class='navheader' or @class='navfooter'"
    " or @id='mkdocs-search-query' or @class='wy-nav-side' or @class='bd-sidebar-primary'"
    " or @id='mdbook-sidebar'])"
)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What stays or goes as one: a block such as a paragraph, or a run of text beside blocks.

    ``node`` is the block, or what holds the run; ``run`` are the pieces of a run, each an
    element, or the text at the start (``text``) or behind (``tail``) one.
    """

    node: Any
    words: int
    linked: float
    named: bool
    run: tuple[tuple[Any, str], ...] = ()

    def empty(self) -> None:
        """Takes the text away; what stands behind it stays."""
        if not self.run:
            self.node.clear(keep_tail=True)
        for element, part in self.run:
            if part == "node":
                element.clear(keep_tail=True)
            else:
                setattr(element, part, None)

    @property
    def says(self) -> bool:
        """Whether it is running text."""
        return self.words >= _SENTENCE_WORDS and self.linked < _SENTENCE_LINKED


def is_documentation(root: Any) -> bool:
    """Whether a tool for documentation made the page; call it before cleaning.

    Such a page marks its frame up, and its lists, tables and signatures are what it says.
    """
    generators = (
        meta.get("content") or ""
        for meta in root.iter("meta")
        if (meta.get("name") or "").lower() == "generator"
    )
    return any(map(_GENERATORS.search, generators)) or bool(_DOCUMENTATION(root))


def take_surroundings(content: Any, page: str) -> None:
    """Empties the blocks of ``content`` that are not of the page's text.

    Nothing goes where the judge finds no text, or so little that the page is no article: a
    forum, a list of products, a page of links.

    Args:
        content: the cleaned page, changed in place.
        page: the HTML as it came.
    """
    said = _named(page)
    if not said:
        return
    units = list(_units(content, said))
    named = [unit for unit in units if unit.named]
    sentences = sum(unit.words for unit in units if unit.says)
    if sum(unit.words for unit in units) < _FEWEST or not named:
        return
    if sum(unit.words for unit in named) < _TRUSTED * sentences:
        return
    home = _home(named)
    inside = set(home.iter())
    lists = {one for unit in named for one in unit.node.iterancestors("ul", "ol")} & inside
    stays = [unit.named or (unit.node in inside and _belongs(unit, home, lists)) for unit in units]
    for unit, kept in zip(units, _with_titles(units, stays, inside), strict=True):
        if not kept:
            unit.empty()


def _named(page: str) -> str:
    """The letters and digits of the text that the judge finds, "" where it finds none."""
    if len(page) > _MAX_CHARACTERS:
        return ""
    from trafilatura import extract

    try:
        text = extract(page, include_comments=False, include_tables=True, favor_recall=True)
    except Exception:  # noqa: BLE001 - the page is hostile, the library large: the page stays whole
        return ""
    return _letters(text or "")


def _letters(text: str) -> str:
    return _NOT_A_WORD.sub("", text.casefold())


def _units(content: Any, said: str) -> Iterator[_Unit]:
    """The blocks without blocks inside, tables and listings whole, and runs of text, in order."""
    run: list[tuple[Any, str]] = []
    events = etree.iterwalk(content, events=("start", "end"))
    for event, node in events:
        if event == "end":
            if node is content:
                continue
            if node.tag in BLOCKS or has_block(node):
                yield from _of_run(run, said)
            run.append((node, "tail"))
        elif _is_unit(node):
            yield from _of_run(run, said)
            events.skip_subtree()
            yield from _of_block(node, said)
        elif has_block(node):
            yield from _of_run(run, said)
            run.append((node, "text"))
        else:
            run.append((node, "node"))
            events.skip_subtree()
    yield from _of_run(run, said)


def _is_unit(node: Any) -> bool:
    if node.tag not in BLOCKS:
        return False
    if node.tag == "table":
        return not html_table.is_layout(node)
    return node.tag == "pre" or not has_block(node)


def _of_block(node: Any, said: str) -> Iterator[_Unit]:
    """A block as a unit; none where it has no word."""
    if node.tag == "table":
        cells = [_letters("".join(cell.itertext())) for cell in node.iter("td", "th")]
        filled = [cell for cell in cells if cell]
        named = sum(cell in said for cell in filled) > _HALF * len(filled)
    else:
        letters = _letters("".join(node.itertext()))
        if not letters:
            return
        named = letters in said
    text = flat(" ".join(node.itertext()))
    yield _Unit(node, _words(text), linked(node) / max(1, length(node)), named)


def _of_run(run: list[tuple[Any, str]], said: str) -> Iterator[_Unit]:
    """The pieces of a run as a unit, which end it; none where it has no word."""
    pieces = tuple(run)
    run.clear()
    texts, links, holder = [], 0, None
    for element, part in pieces:
        text = "".join(element.itertext()) if part == "node" else getattr(element, part) or ""
        texts.append(text)
        if part == "node":
            links += len(text.strip()) if element.tag == "a" else linked(element)
        if holder is None and text.strip():
            holder = element if part == "text" else element.getparent()
    whole = "".join(texts)
    letters = _letters(whole)
    if letters:
        share = links / max(1, len(whole.strip()))
        yield _Unit(holder, _words(flat(whole)), share, letters in said, pieces)


def _words(text: str) -> int:
    """The words of a text; in a script that writes without spaces two characters make one."""
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2


def _home(named: Sequence[_Unit]) -> Any:
    """The innermost element that holds nearly all that the judge named."""
    words: Counter[Any] = Counter()
    for unit in named:
        for element in (unit.node, *unit.node.iterancestors()):
            words[element] += unit.words
    least = _SHARE * sum(unit.words for unit in named)
    holders = [element for element, held in words.items() if held >= least]
    return max(holders, key=lambda element: sum(1 for _ in element.iterancestors()))


def _belongs(unit: _Unit, home: Any, lists: Set[Any]) -> bool:
    """Whether a block beside the named ones is of the text: in no box of its own, and no link.

    Links in ``lists``, those of which an item is named, belong.
    """
    if unit.node.tag == "pre":
        return True
    path = [unit.node, *unit.node.iterancestors()]
    path = path[: path.index(home)] if home in path else path
    if unit.linked >= _LINKED and lists.isdisjoint(path):
        return False
    return not any(map(_is_box, path))


def _is_box(element: Any) -> bool:
    if element.tag == "aside":
        return True
    given = f"{element.get('class') or ''} {element.get('id') or ''}"
    return not _BOXES.isdisjoint(map(str.lower, _NAME.findall(given)))


def _with_titles(units: Sequence[_Unit], stays: Iterable[bool], inside: set[Any]) -> list[bool]:
    """What stays, once a heading that the judge did not name follows the block below it."""
    kept = list(stays)
    below = False
    for number in range(len(units) - 1, -1, -1):
        unit = units[number]
        if unit.run or unit.node.tag not in _TITLES:
            below = kept[number]
        elif not unit.named and unit.node in inside:
            kept[number] = below
        elif unit.node.tag == "h1":
            kept[number] = True
    return kept
