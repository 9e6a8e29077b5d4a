"""XML of any vocabulary, SVG included: its words in order, leaves under their names."""

from typing import Any

from lxml import etree

from leanrag.readers import properties
from leanrag.readers.archive import parse_xml
from leanrag.types import Element, ParsedDocument

_TITLES = frozenset(("title", "name"))
_HEADINGS = frozenset(("title", "head", "heading", "caption"))
_SILENT = frozenset(("style", "script", "metadata", "defs"))
_CODE = frozenset(("programlisting", "screen", "literallayout", "pre", "code", "synopsis"))
_ITEMS = frozenset(("listitem", "item", "li"))
_SVG = "http://www.w3.org/2000/svg"


def read(data: bytes, source: str, stem: str) -> ParsedDocument:
    """The document of an XML file.

    Raises:
        DocumentError: it is not well-formed, too deep, or declares a document type with entities.
    """
    root = parse_xml(data, source, "the file")
    elements: list[Element] = []
    _walk(root, elements, level=1)
    title = ""
    for node in root:
        if isinstance(node.tag, str) and _local(node) in _TITLES and not len(node):
            title = properties.usable_title(node.text)
            break
    return ParsedDocument(title or stem, tuple(elements))


def _walk(node: Any, out: list[Element], *, level: int) -> None:
    """Adds what stands below ``node``; the parser bounds how deep that is."""
    if not isinstance(node.tag, str):
        return
    name = _local(node)
    if name in _SILENT:
        return
    if name in _CODE:
        out.append(Element("code", "".join(node.itertext())))
    elif not len(node) or _is_mixed(node):
        text = " ".join("".join(node.itertext()).split())
        if not text:
            return
        if name in _HEADINGS and len(text) <= 200 and node.getparent() is not None:
            out.append(Element("heading", text, level=level))
        elif _is_prose(node, text):
            out.append(Element("prose", text))
        else:
            out.append(Element("list_item", f"{name}: {text}"))
    elif name in _ITEMS:
        text = " ".join("".join(node.itertext()).split())
        if text:
            out.append(Element("list_item", text))
    else:
        deeper = level + any(_local(child) in _HEADINGS for child in node if _is_element(child))
        for child in node:
            _walk(child, out, level=level if _local_of(child) in _HEADINGS else deeper)


def _is_mixed(node: Any) -> bool:
    """Whether words stand between the children."""
    return bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)


def _is_prose(node: Any, text: str) -> bool:
    return etree.QName(node).namespace == _SVG or len(node) > 0 or len(text.split()) > 8


def _is_element(node: Any) -> bool:
    return isinstance(node.tag, str)


def _local_of(node: Any) -> str:
    return _local(node) if _is_element(node) else ""


def _local(node: Any) -> str:
    return str(etree.QName(node).localname).lower()
