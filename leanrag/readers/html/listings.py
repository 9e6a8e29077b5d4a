"""Recognises what lists links and says nothing: tables of contents, indexes, search forms."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from leanrag.readers.html.text import HEADINGS, flat, length, linked, names

_INDEX_CLASSES = names("genindex-jumpbox indextable indexdiv")
_CONTENTS_CLASSES = names(
    "toc contents table-of-contents localtoc this-page-menu toctree-wrapper tableofcontents"
)
_CONTENTS = frozenset(
    ("contents", "table of contents", "toc", "on this page", "in this article", "目录", "目錄")
)
LISTING_CLASSES = _INDEX_CLASSES | _CONTENTS_CLASSES
LISTING_TAGS = frozenset(("aside", "ul", "ol"))
_LINK_SHARE = 0.6
_ALL_LINKS = 0.9
_INDEX_LINKS = 30
_MAX_REST = 80
_SENTENCE = re.compile(r"\w+\W+\w+\W+\w+\W+\w+[^.!?。！？]*[.!?。！？](?:\s|\Z)")
_RESULTS = etree.XPath("boolean(.//*[@id='search-results'])")


def listings(candidates: Iterable[Any], file_name: str) -> Iterator[Any]:
    """Those of the elements that are an index, a table of contents, or an aside of links.

    ``candidates`` have one of ``LISTING_TAGS`` or ``LISTING_CLASSES``. ``file_name`` is the
    page's own, by which links to the page itself are recognised.
    """
    return (element for element in candidates if _is_listing(element, file_name))


def is_link_page(content: Any, *, listed: int) -> bool:
    """Whether a page is a search form, or a list of links to its neighbours and nothing else.

    ``listed`` are the characters of the lists of links that have been taken out of it.
    """
    if _RESULTS(content) or _is_index(content):
        return True
    return 0 < listed >= length(content) <= _MAX_REST and not _says(content)


def _is_listing(element: Any, file_name: str) -> bool:
    """Whether an element is an index, a table of contents, or an aside that is mostly links."""
    if element.tag in ("ul", "ol") and _is_contents(element):
        return True
    classes = set((element.get("class") or "").split())
    if element.tag == "aside":
        if any("note" in (element.get(key) or "") for key in ("class", "role")):
            return False  # footnotes, which are links in many texts
        return linked(element) > _LINK_SHARE * length(element)
    if not classes.isdisjoint(_INDEX_CLASSES):
        # an index of modules says a word about each
        return "modindextable" not in classes and next(element.iter("a"), None) is not None
    if classes.isdisjoint(_CONTENTS_CLASSES):
        return False
    return _links_stay(element, file_name) or _all_links(element)


def _is_contents(element: Any) -> bool:
    """Whether a list is the table of contents that the line above it says it is."""
    before = element.getprevious()
    if before is None or flat("".join(before.itertext())).strip(" :").lower() not in _CONTENTS:
        return False
    if linked(element) < max(1, length(element)):
        return False
    before.clear(keep_tail=True)
    return True


def _all_links(element: Any) -> bool:
    """Whether an element holds links and hardly a word besides, its title left out."""
    links, total = linked(element), length(element)
    title = next(element.iter("p", "caption", *HEADINGS), None)
    if title is not None and linked(title) == 0 and not _says(title):
        total -= length(title)
    return links > 0 and links >= _ALL_LINKS * total


def _says(element: Any) -> bool:
    """Whether there is a sentence in the text."""
    return _SENTENCE.search(flat(" ".join(element.itertext()))) is not None


def _is_index(content: Any) -> bool:
    """Whether a page is a list of links to other pages of the site, without a sentence."""
    hrefs = [anchor.get("href") or "" for anchor in content.iter("a")]
    inner = sum(bool(href) and "://" not in href and not href.startswith("#") for href in hrefs)
    if inner < _INDEX_LINKS or inner < _ALL_LINKS * sum(map(bool, hrefs)):
        return False
    return linked(content) >= _ALL_LINKS * length(content) and not _says(content)


def _links_stay(element: Any, file_name: str) -> bool:
    hrefs = [anchor.get("href") for anchor in element.iter("a") if anchor.get("href")]
    own = tuple(prefix for prefix in ("#", file_name and f"{file_name}#") if prefix)
    return bool(hrefs) and all(href.startswith(own) for href in hrefs)
