"""Parses an HTML page safely and leaves of it what a reader came for.

Navigation, page headers and footers, permalinks, scripts, forms' controls and hidden parts cost
tokens and answer nothing. What is removed is emptied in place, so that a page of any size takes
linear time, and everything that is not listed here stays: no sentence of the body is lost.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from leanrag.errors import DocumentError
from leanrag.readers.html import controls, folded
from leanrag.readers.html.listings import (
    LISTING_CLASSES,
    LISTING_TAGS,
    is_link_page,
    listings,
)
from leanrag.readers.html.text import BLOCKS, HEADINGS, LINE_MARK, flat, length, names
from leanrag.readers.raised import lowered, raised

_DROPPED_TAGS = names(
    "script style template noscript nav button select textarea input datalist canvas audio video "
    "iframe object embed svg img picture map link meta base del dialog noframes"
)
_DROPPED_ROLES = names("navigation banner contentinfo search menu menubar toolbar")
_DROPPED_CLASSES = names(
    # Sphinx and its themes, DocBook, then what sites in general use
    "headerlink sphinxsidebar related mobile-nav inline-search viewcode-link viewcode-back "
    "backrefs linenos lineno linenodiv prev-next-area copybtn edit-this-page "
    "modindex-jumpbox navheader navfooter indexdiv-quicklinks "
    "breadcrumb breadcrumbs skip-link skip-to-content skipnav pagination"
)
_SKIP_LINK_CLASSES = names("sr-only visually-hidden screen-reader-text")
_SECTIONING = ("article", "aside", "main", "section")
_PERMALINK_TEXTS = frozenset(("¶", "#", "§", "🔗", "link", ""))
_SIGNS = frozenset("¶§🔗")
_PERMALINK_CLASSES = names(
    "permalink anchor anchorjs-link anchor-link hash-link id_link header-anchor heading-anchor"
)
_TELLING = names("role aria-label hidden aria-hidden style")
"""The attributes that say that an element is hidden, or what it is."""
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_MAX_INLINE = 5
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MAIN_ROLE = etree.XPath(".//*[@role='main']")
_MAIN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Page:
    """A cleaned page: the element that holds its content, its titles and declared language.

    ``listed`` says that an index or a table of contents was taken out of it.
    """

    content: Any
    title: str
    heading: str
    language: str | None
    listed: bool = False


def parse(text: str, source: str) -> Any:
    """The root element of a page. Nothing is fetched and no entity of the page is expanded.

    Raises:
        DocumentError: the page has no content, or its elements are nested too deep to be read.
    """
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, no_network=True
    )
    data = _CONTROLS.sub(" ", text).encode("utf-8", "replace")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise DocumentError(source, "holds no HTML content") from error
    if root is None:
        raise DocumentError(source, "holds no HTML content")
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise DocumentError(source, "HTML elements are nested too deep (over 2,000 levels)")
    return root


def clean(root: Any, file_name: str = "") -> Page:
    """Removes boilerplate from ``root``, in place, and finds the content and its title.

    Tables of contents and indexes go where they hold nothing but links; one that says a word
    about what it lists stays. ``file_name`` is the page's own, by which links to the page itself
    are recognised. A search form, and a page that is a list of links to its neighbours and
    nothing else, is left empty.
    """
    title = flat(root.findtext(".//title") or "")
    language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    for head in root.iter("head", "title"):
        head.clear(keep_tail=True)
    dropped, undecided, candidates = _sorted_out(root)
    for element in dropped:
        element.clear(keep_tail=True)
    for element in folded.without_content(root, undecided, title):
        element.clear(keep_tail=True)
    controls.name_panels(root)
    found = list(listings(candidates, file_name))
    listed = sum(map(length, found))
    for element in found:
        element.clear(keep_tail=True)
    _rewrite(root)
    body = root.find(".//body")
    body = root if body is None else body
    content = _main(body)
    heading = _first_heading(content) or _first_heading(body)
    link_page = is_link_page(content, listed=listed)
    if link_page:
        content.clear()
    language = language.split("-")[0].lower() if language else None
    return Page(content, title, heading, language, listed > 0 or link_page)


def _sorted_out(root: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """The elements that are boilerplate, that seem to be, and that may be a list of links."""
    dropped: list[Any] = []
    undecided: list[Any] = []
    candidates: list[Any] = []
    known: dict[tuple[str, str], tuple[bool, bool]] = {}
    for element in root.iter(etree.Element):
        tag = element.tag
        if tag in _DROPPED_TAGS:
            (undecided if tag in folded.JUDGED_TAGS else dropped).append(element)
            continue
        if tag in ("header", "footer") and next(element.iterancestors(*_SECTIONING), None) is None:
            undecided.append(element)
            continue
        boilerplate, listing = False, tag in LISTING_TAGS
        attributes = element.items()
        if attributes:
            given = dict(attributes)
            names = given.get("class", "")
            verdict = known.get((tag, names))
            if verdict is None:
                verdict = known[tag, names] = _verdict(tag, names.split())
            listing = listing or verdict[1]
            boilerplate = verdict[0] or (tag == "a" and _is_permalink(element, given))
            if not boilerplate and not _TELLING.isdisjoint(given):
                if _is_named_boilerplate(tag, given):
                    boilerplate = True
                elif _is_hidden(given):
                    undecided.append(element)
                    continue
        if boilerplate:
            dropped.append(element)
        elif listing:
            candidates.append(element)
    return dropped, undecided, candidates


def _verdict(tag: str, classes: Sequence[str]) -> tuple[bool, bool]:
    """Whether an element of these classes is boilerplate, and whether it may be a list of links."""
    boilerplate = not _DROPPED_CLASSES.isdisjoint(classes) or (tag == "div" and "footer" in classes)
    return boilerplate, not LISTING_CLASSES.isdisjoint(classes)


def _is_named_boilerplate(tag: str, given: Mapping[str, str]) -> bool:
    """Whether an element's role or label says so."""
    if tag in ("header", "footer"):
        return False  # of an article or section
    if given.get("role") in _DROPPED_ROLES:
        return True
    return given.get("aria-label", "").lower() in ("breadcrumb", "breadcrumbs")


def _is_hidden(given: Mapping[str, str]) -> bool:
    if given.get("role") == "tabpanel":  # the panels behind the front one are content
        return False
    if given.get("hidden", "until-found") != "until-found" or given.get("aria-hidden") == "true":
        return True
    return "style" in given and _HIDDEN_STYLE.search(given["style"]) is not None


def _is_permalink(anchor: Any, given: Mapping[str, str]) -> bool:
    href = given.get("href")
    if not href:
        return False
    classes = set(given.get("class", "").split())
    if not classes.isdisjoint(_SKIP_LINK_CLASSES):
        return bool(href.startswith("#"))
    text = "".join(anchor.itertext()).strip()
    if text not in _PERMALINK_TEXTS:
        return False
    if text in _SIGNS or not classes.isdisjoint(_PERMALINK_CLASSES):
        return True
    return "#" in href and next(anchor.iterancestors(*HEADINGS), None) is not None


def _rewrite(root: Any) -> None:
    """Puts into the text what only the rendering shows: line breaks, exponents, formulas."""
    for element in root.iter("br"):
        element.tail = LINE_MARK + (element.tail or "")
    for element in root.iter("div"):
        if element.get("class") == "line":
            element.tag = "span"
            element.tail = LINE_MARK + (element.tail or "")
    for element in root.iter("rt", "rp", "rtc"):  # how a word sounds, between its characters
        element.clear(keep_tail=True)
    for element in root.iter("sup", "sub"):
        _put_on_the_line(element)
    for element in root.iter("math"):
        formula = next(
            (a.text for a in element.iter("annotation") if "tex" in (a.get("encoding") or "")),
            element.get("alttext"),
        )
        if formula:
            element.clear(keep_tail=True)
            element.text = formula


def _put_on_the_line(element: Any) -> None:
    """Makes a raised or lowered text one that keeps its value: 2<sup>64</sup> is not 264."""
    text = "".join(element.itertext())
    before, after = _character_before(element), (element.tail or "")[:1]
    if element.tag == "sub":
        shown = lowered(text, before=before, after=after)
    else:
        inside = next(element.iter("a"), None) is not None
        if inside and not before.isdecimal():
            return
        note = inside or element.getparent().tag == "a"
        shown = raised(text, before=before, after=after, note=note)
    if shown != text:
        element.clear(keep_tail=True)
        element.text = shown


def _character_before(element: Any) -> str:
    """The character that stands directly before an inline element."""
    for _ in range(_MAX_INLINE):
        previous = element.getprevious()
        parent = element.getparent()
        if parent is None:
            return ""
        text = (previous.tail or "") if previous is not None else (parent.text or "")
        if not text and previous is not None and previous.tag not in BLOCKS:
            text = "".join(previous.itertext())
        if text or parent.tag in BLOCKS:
            return text[-1:]
        element = parent if previous is None else previous
    return ""


def _main(body: Any) -> Any:
    """The element marked as the main content where it holds most of the text, else the body."""
    total = -1
    for candidate in _candidates(body):
        total = length(body) if total < 0 else total
        if length(candidate) >= _MAIN_SHARE * total:
            return candidate
    return body


def _candidates(body: Any) -> Iterator[Any]:
    yield from body.iter("main")
    yield from _MAIN_ROLE(body)
    articles = list(body.iter("article"))
    if len(articles) == 1:
        yield articles[0]


def _first_heading(element: Any) -> str:
    for heading in element.iter("h1"):
        text = flat("".join(heading.itertext()))
        if text:
            return text
    return ""
