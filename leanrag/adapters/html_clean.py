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
    "modindex-jumpbox navheader navfooter indexdiv-quicklinks "
    "breadcrumb breadcrumbs skip-link skip-to-content skipnav pagination"
)
_SKIP_LINK_CLASSES = names("sr-only visually-hidden screen-reader-text")
_INDEX_CLASSES = names("genindex-jumpbox indextable indexdiv")
_CONTENTS_CLASSES = names(
    "toc contents table-of-contents localtoc this-page-menu toctree-wrapper tableofcontents"
)
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
_ALL_LINKS = 0.9
_INDEX_LINKS = 30
_SENTENCE = re.compile(r"\w+\W+\w+\W+\w+\W+\w+[^.!?。！？]*[.!?。！？](?:\s|\Z)")


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
    listed = False
    for element in [e for e in root.iter(etree.Element) if _is_boilerplate(e)]:
        element.clear(keep_tail=True)
    for element in [e for e in root.iter(etree.Element) if _is_listing(e, file_name)]:
        listed = True
        element.clear(keep_tail=True)
    _rewrite(root)
    body = root.find(".//body")
    body = root if body is None else body
    content = _main(body)
    heading = _first_heading(content) or _first_heading(body)
    if _is_search(content) or _is_index(content):
        listed = True
        content.clear()
    language = language.split("-")[0].lower() if language else None
    return Page(content, title, heading, language, listed)


def _is_boilerplate(element: Any) -> bool:
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
    return (element.get("aria-label") or "").lower() in ("breadcrumb", "breadcrumbs")


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


def _is_listing(element: Any, file_name: str) -> bool:
    """Whether an element is an index, a table of contents, or an aside that is mostly links."""
    if element.tag in ("ul", "ol"):
        return _is_contents(element, file_name)
    name = element.get("class")
    if not name and element.tag != "aside":
        return False
    classes = set((name or "").split())
    if element.tag == "aside":
        if any("note" in (element.get(key) or "") for key in ("class", "role")):
            return False  # footnotes, which are links in many texts
        return _linked(element) > _LINK_SHARE * length(element)
    if not classes.isdisjoint(_INDEX_CLASSES):
        # an index of modules says a word about each
        return "modindextable" not in classes and next(element.iter("a"), None) is not None
    if classes.isdisjoint(_CONTENTS_CLASSES):
        return False
    return _links_stay(element, file_name) or _all_links(element)


def _is_contents(element: Any, file_name: str) -> bool:
    """Whether a list is the table of contents that the line above it says it is."""
    before = element.getprevious()
    if before is None or flat("".join(before.itertext())).strip(" :").lower() not in _CONTENTS:
        return False
    if not _links_stay(element, file_name) or _linked(element) < length(element):
        return False
    before.clear(keep_tail=True)
    return True


def _all_links(element: Any) -> bool:
    """Whether an element holds links and hardly a word besides, its title left out."""
    linked, total = _linked(element), length(element)
    title = next(element.iter("p", "caption", *_HEADINGS), None)
    if title is not None and _linked(title) == 0 and not _says(title):
        total -= length(title)
    return linked > 0 and linked >= _ALL_LINKS * total


def _says(element: Any) -> bool:
    """Whether there is a sentence in the text."""
    return _SENTENCE.search(flat(" ".join(element.itertext()))) is not None


def _is_search(content: Any) -> bool:
    """Whether a page is a search form, by where its results go."""
    return next(content.iterfind(".//*[@id='search-results']"), None) is not None


def _is_index(content: Any) -> bool:
    """Whether a page is a list of links to other pages of the site, without a sentence."""
    hrefs = [anchor.get("href") or "" for anchor in content.iter("a")]
    inner = sum(bool(href) and "://" not in href and not href.startswith("#") for href in hrefs)
    if inner < _INDEX_LINKS or inner < _ALL_LINKS * sum(map(bool, hrefs)):
        return False
    return _linked(content) >= _ALL_LINKS * length(content) and not _says(content)


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
