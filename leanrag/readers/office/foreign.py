"""Documents of other programs: told by their bytes, converted, and read as what they become.

Old Office files, OpenDocument, rich text and Org files are converted (``convert``), Outlook
messages become mails (``msg``).
"""

import html
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import TypeAlias

from leanrag.readers.archive import open_archive
from leanrag.readers.office import convert
from leanrag.types import ParsedDocument

OUTLOOK = "msg"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_STREAMS = (
    ("__substg1.0_", OUTLOOK), ("WordDocument", "doc"), ("PowerPoint Document", "ppt"),
    ("Workbook", "xls"), ("Book", "xls"),
)  # fmt: skip
"""The name of a stream that only such a document has, the more telling ones first."""

_OPEN_DOCUMENT = re.compile(
    rb"application/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)(?:-template)?\s*"
)
_OPEN_KINDS = {b"text": "odt", b"spreadsheet": "ods", b"presentation": "odp"}
_TITLE = re.compile(r'<h1 class="title">(.*?)</h1>', re.DOTALL)
_TAGS = re.compile(r"<[^>]*>")
_MAX_MIMETYPE = 200
_ALIASES = {".dot": ".doc", ".xlt": ".xls", ".pot": ".ppt", ".ott": ".odt"}
Parse: TypeAlias = Callable[[bytes, str], ParsedDocument]


def kind_of(data: bytes, suffix: str) -> str | None:
    """The kind of such a document by its bytes; that of an Org file, which is text, by its name."""
    if data.startswith(_OLE) and _ENCRYPTED not in data:
        names = ((name.encode("utf-16-le"), kind) for name, kind in _STREAMS)
        return next((kind for name, kind in names if name in data), None)
    if data.startswith(b"{\\rtf") or (suffix == ".rtf" and data.startswith(b"{\\")):
        return "rtf"
    if data.startswith(b"PK\x03\x04") and data[30:38] == b"mimetype":  # it has to stand first
        return _open_document(data)
    return "org" if suffix == ".org" and convert.can("org") else None


def _open_document(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as opened, opened.open("mimetype") as part:
            match = _OPEN_DOCUMENT.fullmatch(part.read(_MAX_MIMETYPE))
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError, zlib.error):
        return None
    return _OPEN_KINDS[match[1]] if match is not None else None


def suffixes() -> frozenset[str]:
    """The endings of the files that can be read with what is installed here."""
    kinds = {f".{kind}" for kind in convert.formats()}
    more = {alias for alias, of in _ALIASES.items() if of in kinds}
    return frozenset(kinds | more | {f".{OUTLOOK}"})


def read(data: bytes, kind: str, name: tuple[str, str], parse: Parse) -> ParsedDocument:
    """The document of such a file; ``name`` is its source and its stem.

    ``parse`` reads what it is converted to, from its bytes and a file name.

    Raises:
        DocumentError: the program that converts it is not installed or could not.
    """
    source, stem = name
    if kind in _OPEN_KINDS.values():
        open_archive(data, source)  # which refuses what unpacks to too much
    converted, suffix = convert.convert(data, kind, source)
    parsed = parse(converted, stem + suffix)
    title = (
        _TITLE.search(converted[:200_000].decode("utf-8", "replace")) if suffix == ".html" else None
    )
    if title is not None:
        parsed = replace(
            parsed, title=html.unescape(_TAGS.sub("", title[1])).strip() or parsed.title
        )
    return parsed
