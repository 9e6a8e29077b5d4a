"""Parses an HTML page safely and leaves of it what a reader came for.

Navigation, page headers and footers, permalinks, scripts, forms' controls and hidden parts cost
tokens and answer nothing. What is removed is emptied in place, so that a page of any size takes
linear time, and everything that is not listed here stays: no sentence of the body is lost.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from leanrag.errors import DocumentError

LINE_MARK = "\u2028"
"""Stands for a line break in the text of a cleaned page."""
BLOCK_MARK = "\u2029"
"""Stands for a paragraph break where a text is taken as one."""


def names(text: str) -> frozenset[str]:
    """The words of ``text`` as a set."""
    return frozenset(text.split())


_DROPPED_TAGS = names(
    "script style template noscript nav button select textarea input datalist canvas audio video "
    "iframe object embed svg img picture map link meta base del dialog noframes"
)
_DROPPED_ROLES = names("navigation banner contentinfo search menu menubar toolbar")
_DROPPED_CLASSES = names(
    # Sphinx and its themes, DocBook, then what sites in general use
    "headerlink sphinxsidebar related mobile-nav inline-search viewcode-link viewcode-back "
    "backrefs linenos lineno linenodiv prev-next-area copybtn edit-this-page "
    "genindex-jumpbox modindex-jumpbox navheader navfooter indexdiv-quicklinks "
    "breadcrumb breadcrumbs skip-link skip-to-content skipnav pagination"
)
_SKIP_LINK_CLASSES = names("sr-only visually-hidden screen-reader-text")
_CONTENTS_CLASSES = names("toc contents table-of-contents localtoc this-page-menu")
_CONTENTS = frozenset(
    ("contents", "table of contents", "toc", "on this page", "in this article", "目录", "目錄")
)
_SECTIONING = ("article", "aside", "main", "section")
_PERMALINK_TEXTS = frozenset(("¶", "#", "§", "🔗", "link", ""))
_SIGNS = frozenset("¶§🔗")
_PERMALINK_CLASSES = names(
    "permalink anchor anchorjs-link anchor-link hash-link id_link header-anchor heading-anchor"
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_EXPONENT = re.compile(r"[-+−–]?(?:\d+|[a-z])")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MAIN_SHARE = 0.5
_LINK_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Page:
    """A cleaned page: the element that holds its content, its titles and declared language."""

    content: Any
    title: str
    heading: str
    language: str | None


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

    ``file_name`` is the page's own, by which links to the page itself are recognised: a table
    of contents that only lists headings of the same page goes, one that lists other pages stays.
    """
    title = flat(root.findtext(".//title") or "")
    language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    for head in root.iter("head", "title"):
        head.clear(keep_tail=True)
    for element in [e for e in root.iter(etree.Element) if _is_boilerplate(e, file_name)]:
        element.clear(keep_tail=True)
    for element in [e for e in root.iter("aside", "ul", "ol") if _is_links(e, file_name)]:
        element.clear(keep_tail=True)
    _rewrite(root)
    body = root.find(".//body")
    body = root if body is None else body
    content = _main(body)
    heading = _first_heading(content) or _first_heading(body)
    return Page(content, title, heading, language.split("-")[0].lower() if language else None)


def _is_boilerplate(element: Any, file_name: str) -> bool:
    tag = element.tag
    if tag in _DROPPED_TAGS:
        return True
    if tag in ("header", "footer"):
        return next(element.iterancestors(*_SECTIONING), None) is None
    if not element.attrib:
        return False
    classes = set((element.get("class") or "").split())
    if not classes.isdisjoint(_DROPPED_CLASSES) or (tag == "div" and "footer" in classes):
        return True
    if element.get("role") in _DROPPED_ROLES or _is_hidden(element):
        return True
    if tag == "a":
        return _is_permalink(element, classes)
    if (element.get("aria-label") or "").lower() in ("breadcrumb", "breadcrumbs"):
        return True
    return not classes.isdisjoint(_CONTENTS_CLASSES) and _links_stay(element, file_name)


def _is_hidden(element: Any) -> bool:
    if element.get("role") == "tabpanel":  # the panels behind the front one are content
        return False
    hidden = element.get("hidden")
    if (hidden is not None and hidden != "until-found") or element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and _HIDDEN_STYLE.search(style) is not None


def _is_permalink(anchor: Any, classes: set[str]) -> bool:
    href = anchor.get("href") or ""
    if not href:
        return False
    if not classes.isdisjoint(_SKIP_LINK_CLASSES):
        return bool(href.startswith("#"))
    text = "".join(anchor.itertext()).strip()
    if text not in _PERMALINK_TEXTS:
        return False
    if text in _SIGNS or not classes.isdisjoint(_PERMALINK_CLASSES):
        return True
    return "#" in href and next(anchor.iterancestors(*_HEADINGS), None) is not None


def _is_links(element: Any, file_name: str) -> bool:
    """Whether an aside is mostly links, or a list is the page's own table of contents."""
    if element.tag == "aside":
        if "note" in (element.get("class") or "") or "note" in (element.get("role") or ""):
            return False  # footnotes, which are links in many texts
        return _linked(element) > _LINK_SHARE * length(element)
    before = element.getprevious()
    if before is None or flat("".join(before.itertext())).strip(" :").lower() not in _CONTENTS:
        return False
    if not _links_stay(element, file_name) or _linked(element) < length(element):
        return False
    before.clear(keep_tail=True)
    return True


def _linked(element: Any) -> int:
    return sum(length(anchor) for anchor in element.iter("a"))


def _links_stay(element: Any, file_name: str) -> bool:
    hrefs = [anchor.get("href") for anchor in element.iter("a") if anchor.get("href")]
    own = tuple(prefix for prefix in ("#", file_name and f"{file_name}#") if prefix)
    return bool(hrefs) and all(href.startswith(own) for href in hrefs)


def _rewrite(root: Any) -> None:
    """Puts into the text what only the rendering shows: line breaks, exponents, formulas."""
    for element in root.iter("br"):
        element.tail = LINE_MARK + (element.tail or "")
    for element in root.iter("div"):
        if element.get("class") == "line":
            element.tag = "span"
            element.tail = LINE_MARK + (element.tail or "")
    for element in root.iter("sup"):
        # 2<sup>64</sup> must not become 264
        if _EXPONENT.fullmatch(flat("".join(element.itertext()))) and not len(element):
            element.text = "^" + (element.text or "").strip()
    for element in root.iter("math"):
        formula = next(
            (a.text for a in element.iter("annotation") if "tex" in (a.get("encoding") or "")),
            element.get("alttext"),
        )
        if formula:
            element.clear(keep_tail=True)
            element.text = formula


def _main(body: Any) -> Any:
    """The element marked as the main content where it holds most of the text, else the body."""
    total = length(body)
    for candidate in _candidates(body):
        if length(candidate) >= _MAIN_SHARE * total:
            return candidate
    return body


def _candidates(body: Any) -> Iterator[Any]:
    yield from body.iter("main")
    yield from body.iterfind(".//*[@role='main']")
    articles = list(body.iter("article"))
    if len(articles) == 1:
        yield articles[0]


def _first_heading(element: Any) -> str:
    for heading in element.iter("h1"):
        text = flat("".join(heading.itertext()))
        if text:
            return text
    return ""


def length(element: Any) -> int:
    """The characters of an element's text, without the white space around each piece."""
    return sum(len(text.strip()) for text in element.itertext())


def flat(text: str) -> str:
    """``text`` on one line, white space collapsed as a browser does."""
    return " ".join(text.replace(LINE_MARK, " ").split())
