"""Opens ZIP-based documents (Office, EPUB) so that no archive can harm: sizes, ratio, XML.

What an archive declares is checked before anything is unpacked, and a part never gives more than
it declared, since the standard library stops there.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

from lxml import etree

from leanrag.errors import DocumentError

MIB = 1 << 20
MAX_PARTS = 20_000
MAX_UNPACKED = 512 * MIB
MAX_RATIO = 150
"""Real office documents reach 60; a bomb has 1,000 and more."""
_RATIO_FROM = 32 * MIB
_WIDE_DTD = rb"<\x00!\x00(?:D\x00O\x00C|E\x00N\x00T)|\x00<\x00!\x00(?:D\x00O|E\x00N)"
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)|" + _WIDE_DTD)
_ENTITIES = re.compile(rb"<!ENTITY|<!DOCTYPE[^>\[]*\[|" + _WIDE_DTD)
_DTD_WITHIN = 1 << 16
_STRICT = (
    (
        b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
)


@dataclass(frozen=True, slots=True)
class Archive:
    """An opened archive whose sizes are known to be sane."""

    zip: zipfile.ZipFile
    source: str
    names: frozenset[str]

    def read(self, name: str) -> bytes:
        """The bytes of a part. Raises ``DocumentError`` where it is missing or damaged."""
        try:
            return self.zip.read(name)
        except KeyError as error:
            raise DocumentError(self.source, f"is damaged: it has no part {name!r}") from error
        except (*DAMAGE, RuntimeError) as error:
            raise DocumentError(
                self.source, f"is damaged: its part {name!r} cannot be unpacked: {error}"
            ) from error

    def xml(self, name: str) -> Any:
        """The root element of an XML part; strict Open XML is read as the common kind."""
        data = self.read(name)
        for strict, common in _STRICT:
            data = data.replace(strict, common)
        return parse_xml(data, self.source, name)

    def optional_xml(self, name: str) -> Any:
        """The root element of an XML part, None where there is no such part."""
        return self.xml(name) if name in self.names else None


DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError)
"""What the standard library raises at damaged archives."""


def open_archive(data: bytes, source: str) -> Archive:
    """The archive in ``data``.

    Raises:
        DocumentError: it is damaged or encrypted, or unpacks to more than any document does.
    """
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGE as error:
        raise DocumentError(source, f"is damaged: not a valid ZIP archive: {error}") from error
    parts = opened.infolist()
    if len(parts) > MAX_PARTS:
        raise DocumentError(source, f"has {len(parts):,} parts, over the limit of {MAX_PARTS:,}")
    if any(part.flag_bits & 1 for part in parts):
        raise DocumentError(source, "is encrypted; save it without a password")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED:
        raise DocumentError(
            source,
            f"unpacks to {unpacked:,} bytes, over the limit of {MAX_UNPACKED:,}; split it",
        )
    if unpacked > _RATIO_FROM and unpacked > MAX_RATIO * len(data):
        raise DocumentError(
            source,
            f"unpacks to {unpacked // max(len(data), 1):,} times its size, as only a ZIP bomb does",
        )
    return Archive(opened, source, frozenset(part.filename for part in parts))


def refuse_entities(archive: Archive) -> None:
    """Makes sure that no XML part declares a document type, for libraries that would follow it."""
    for name in archive.names:
        if name.endswith((".xml", ".rels", ".vml")):
            try:
                with archive.zip.open(name) as part:
                    head = part.read(_DTD_WITHIN)
            except (*DAMAGE, RuntimeError) as error:
                raise DocumentError(
                    archive.source, f"is damaged: its part {name!r} cannot be unpacked: {error}"
                ) from error
            _refuse(_DTD, head, archive.source, name)


def parse_xml(data: bytes, source: str, name: str) -> Any:
    """The root element of an XML text; nothing is fetched and no entity expanded.

    Raises:
        DocumentError: it is not well-formed, nested too deep, or declares entities. A document
            type that is only named does no harm, since it is not fetched.
    """
    _refuse(_ENTITIES, data[:_DTD_WITHIN], source, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DocumentError(source, f"is damaged: {name}: not valid XML: {error}") from error
    if root is None:
        raise DocumentError(source, f"is damaged: {name}: no XML content")
    return root


def _refuse(pattern: re.Pattern[bytes], data: bytes, source: str, name: str) -> None:
    if pattern.search(data):
        raise DocumentError(
            source, f"{name}: declares a document type or entities, which are refused"
        )
