"""Mails: the body, the headers as properties, and what is attached, under its name.

Of two forms of the body the plain one is read, since the other repeats it.
"""

import email
import email.policy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

from leanrag.errors import DocumentError
from leanrag.readers import decode, properties
from leanrag.types import Element, MetadataValue, ParsedDocument

_MAX_ATTACHMENTS = 100
_MAX_NESTING = 3
_MAX_HEADER = 4_000
_ADDRESSES = ("from", "to", "cc")
_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_BROKEN = (LookupError, ValueError, TypeError, AttributeError, AssertionError)
"""What the standard library raises at malformed headers and parts."""

_ESCAPED = re.compile("[\udc80-\udcff]")
_C1 = re.compile("[\x80-\x9f]")

ParsePart = Callable[[bytes, str], ParsedDocument]
"""Reads an attachment from its bytes and file name; raises ``DocumentError``."""


@dataclass(slots=True)
class _Found:
    """What comes up besides elements: the names of what is attached, damage to the mail's text."""

    names: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(data: bytes, source: str, stem: str, parse_part: ParsePart) -> ParsedDocument:
    """The mail in ``data``. Attachments that cannot be read are only named.

    Raises:
        DocumentError: it is no mail, or is nested too deep.
    """
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        _mend_headers(message)
        subject = properties.usable_title(_header(message, "Subject"))
        found = _Found()
        elements = tuple(_message(message, source, found, parse_part=parse_part))
        return ParsedDocument(
            subject or stem,
            elements,
            properties={**_headers(message), **_attached(found.names)},
            warnings=tuple(dict.fromkeys(found.warnings)),
        )
    except RecursionError as error:
        raise DocumentError(source, "its parts are nested too deep") from error


def _mend_headers(message: EmailMessage) -> None:
    """Cuts headers of absurd length, which the standard library takes minutes to parse, and
    decodes those that were sent as bytes that are no ASCII."""
    for part in message.walk():
        for name, value in list(part.raw_items()):
            text = value[:_MAX_HEADER]
            if _ESCAPED.search(text):
                text = _decoded(text.encode("utf-8", "surrogateescape"))
            if text != value:
                del part[name]
                part.set_raw(name, text)


def _decoded(header: bytes) -> str:
    try:
        return decode.decode(header, "")
    except DocumentError:  # it is no text at all
        return header.decode("ascii", "replace")


def _message(
    message: EmailMessage, source: str, found: _Found, *, parse_part: ParsePart, nesting: int = 0
) -> Iterator[Element]:
    """Headers, body and attachments as elements; what else there is goes into ``found``."""
    shown = [f"{name}: {text}" for name in _SHOWN if (text := _header(message, name))]
    if shown:
        yield Element("prose", "\n".join(shown))
    bodies, attachments = _parts(message)
    for part in bodies:
        plain = part.get_content_type() == "text/plain"
        for element in _parsed(_content(part, found), _body_name(part), parse_part):
            # Greetings and signatures stand alone as headings do, but are none.
            guessed = plain and element.kind == "heading"
            yield replace(element, kind="prose", level=0) if guessed else element
    for part in attachments[:_MAX_ATTACHMENTS]:
        name = _file_name(part)
        found.names.append(name)
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, EmailMessage) and nesting < _MAX_NESTING:
                inside = list(
                    _message(inner, source, found, parse_part=parse_part, nesting=nesting + 1)
                )
            else:
                inside = []
        else:
            inside = list(_parsed(_content(part, found), name, parse_part))
        if inside:
            yield Element("heading", f"Attachment: {name}", level=1)
            yield from (replace(e, level=e.level + 1) if e.kind == "heading" else e for e in inside)


def _parts(message: EmailMessage) -> tuple[list[EmailMessage], list[EmailMessage]]:
    """The parts of the body, and what is attached, pictures and signatures left out."""
    bodies: list[EmailMessage] = []
    attached: list[EmailMessage] = []
    stack: list[Any] = [message]
    while stack:
        part = stack.pop()
        kind = part.get_content_type()
        if kind == "multipart/alternative":
            options = [p for p in part.iter_parts() if not p.is_attachment()]
            best = next(
                (
                    option
                    for wanted in ("text/plain", "multipart/", "text/html", "")
                    for option in options
                    if option.get_content_type().startswith(wanted) and _has_text(option)
                ),
                None,
            )
            stack += [best] if best is not None else []
        elif part.get_content_maintype() == "multipart":
            stack += reversed(list(part.iter_parts()))
        elif part.is_attachment() or part.get_filename() or kind == "message/rfc822":
            attached.append(part)
        elif kind in ("text/plain", "text/html"):
            bodies.append(part)
    return bodies, [p for p in attached if p.get_content_maintype() not in ("image", "audio")]


def _has_text(part: Any) -> bool:
    return part.is_multipart() or bool(_content(part, _Found()).strip())


def _parsed(data: bytes, name: str, parse_part: ParsePart) -> Iterator[Element]:
    if not data.strip():
        return
    try:
        yield from parse_part(data, name).elements
    except DocumentError:
        return  # it is named in the metadata


def _content(part: Any, found: _Found) -> bytes:
    """The decoded bytes of a part; texts that name their encoding in UTF-8."""
    try:
        data = bytes(part.get_payload(decode=True) or b"")
        charset = part.get_content_charset()
    except _BROKEN:
        return b""
    if part.get_content_maintype() != "text" or not charset:
        return data
    if not charset.lower().startswith(("utf-16", "utf-32", "ucs")):
        data = data.replace(b"\0", b"")
    try:
        read = decode.read(data, "", label=charset)
    except DocumentError:
        return data
    found.warnings += read.warnings
    return read.text.replace("\0", "").encode("utf-8", "replace")


def _body_name(part: Any) -> str:
    return "body.html" if part.get_content_type() == "text/html" else "body.txt"


def _file_name(part: Any) -> str:
    try:
        name = part.get_filename()
    except _BROKEN:
        name = None
    flat = " ".join(str(name or "").split())
    return flat or f"unnamed.{part.get_content_subtype()}"


def _headers(message: EmailMessage) -> dict[str, MetadataValue]:
    addresses = {
        name: [address for _, address in getaddresses([_header(message, name)]) if address]
        for name in _ADDRESSES
    }
    return properties.collect(
        **addresses,
        date=_header(message, "Date"),
        message_id=_header(message, "Message-ID"),
        keywords=_header(message, "Keywords"),
    )


def _attached(names: list[str]) -> dict[str, MetadataValue]:
    return {"attachments": list(dict.fromkeys(names))} if names else {}


def _header(message: EmailMessage, name: str) -> str:
    try:
        text = " ".join(str(message.get(name) or "").split())
    except _BROKEN:
        return ""
    return _C1.sub(lambda sign: sign[0].encode("latin-1").decode("cp1252", "replace"), text)
