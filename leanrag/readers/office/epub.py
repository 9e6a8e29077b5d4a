"""Electronic books: the chapters in the order of the spine, the book's own metadata."""

import posixpath
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from leanrag.errors import DocumentError
from leanrag.readers import decode, properties
from leanrag.readers.archive import Archive
from leanrag.types import Element, MetadataValue, ParsedDocument

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_PAGES = frozenset(("application/xhtml+xml", "text/html", "application/xml", "text/xml"))

_MARKUP = re.compile(rb"<(head|style|script|svg)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_SAMPLE = 1 << 16

ParseHtml = Callable[[str, str, str], ParsedDocument]


def read(archive: Archive, stem: str, parse_html: ParseHtml) -> ParsedDocument:
    """The book in an opened archive; ``parse_html`` reads a chapter from text, source and name.

    Raises:
        DocumentError: it is damaged, or its chapters are encrypted.
    """
    package_name = _package_name(archive)
    package = archive.xml(package_name)
    locked = _encrypted(archive)
    elements: list[Element] = []
    warnings: list[str] = []
    refused: DocumentError | None = None
    for name in _chapters(package, posixpath.dirname(package_name)):
        if name not in archive.names:
            continue  # a gap in the spine, as readers pass over it
        if name in locked:
            raise DocumentError(archive.source, "its chapters are encrypted (DRM)")
        data = archive.read(name)
        try:
            text = decode.read(data, archive.source, markup=True)
            chapter = parse_html(text.text, archive.source, posixpath.basename(name))
        except DocumentError as error:
            if _has_text(data):  # a cover or a plate has none, which is no fault
                warnings.append(f"{name}: {error.reason}")
                refused = error
            continue
        elements += chapter.elements
        warnings += (f"{name}: {warning}" for warning in (*text.warnings, *chapter.warnings))
    if refused is not None and not elements:
        raise refused
    title, language, found = _described(package)
    return ParsedDocument(
        title or stem,
        tuple(elements),
        language=language,
        properties=found,
        warnings=tuple(warnings),
    )


def _has_text(data: bytes) -> bool:
    """Whether anything but markup stands in the body of a chapter."""
    return bool(_MARKUP.sub(b"", data[:_SAMPLE]).strip())


def _package_name(archive: Archive) -> str:
    for node in archive.xml(_CONTAINER).iter("{*}rootfile"):
        name = node.get("full-path")
        if name:
            return str(name)
    raise DocumentError(archive.source, "is damaged: its container names no package")


def _chapters(package: Any, folder: str) -> list[str]:
    """The parts to read, in reading order, each once; navigation is left out."""
    items = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    order = [items.get(ref.get("idref")) for ref in package.iter(f"{_OPF}itemref")]
    if not order:  # a book without a spine
        order = list(items.values())
    names: dict[str, None] = {}
    for item in order:
        if item is None or item.get("media-type") not in _PAGES:
            continue
        if "nav" in (item.get("properties") or "").split():
            continue
        href = unquote((item.get("href") or "").partition("#")[0])
        names.setdefault(posixpath.normpath(posixpath.join(folder, href)))
    return list(names)


def _encrypted(archive: Archive) -> set[str]:
    """The names of encrypted parts; scrambled fonts are among them in honest books."""
    root = archive.optional_xml(_ENCRYPTION)
    if root is None:
        return set()
    return {unquote(node.get("URI") or "") for node in root.iter("{*}CipherReference")}


def _described(package: Any) -> tuple[str, str | None, dict[str, MetadataValue]]:
    def texts(name: str) -> list[str]:
        return [node.text or "" for node in package.iter(f"{_DC}{name}")]

    title = properties.usable_title(next(iter(texts("title")), ""))
    language = next(iter(texts("language")), "").split("-")[0].strip().lower() or None
    modified = [
        node.text or ""
        for node in package.iter(f"{_OPF}meta")
        if node.get("property") == "dcterms:modified"
    ]
    found = properties.collect(
        author=texts("creator"),
        date=next(iter(texts("date")), ""),
        modified=next(iter(modified), ""),
        publisher=texts("publisher"),
        description=next(iter(texts("description")), ""),
        keywords=texts("subject"),
    )
    return title, language, found
