"""Mails: the body, the headers as properties, and what is attached, under its name.

Of two forms of the body the plain one is read, since the other repeats it.
"""

import email
import email.policy
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

from leanrag.errors import DocumentError
from leanrag.readers import properties
from leanrag.types import Element, MetadataValue, ParsedDocument

_MAX_ATTACHMENTS = 100
_MAX_NESTING = 3
_MAX_HEADER = 4_000
_ADDRESSES = ("from", "to", "cc")
_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_BROKEN = (LookupError, ValueError, TypeError, AttributeError, AssertionError)
"""What the standard library raises at malformed headers and parts."""

ParsePart = Callable[[bytes, str], ParsedDocument]
"""Reads an attachment from its bytes and file name; raises ``DocumentError``."""


def read(data: bytes, source: str, stem: str, parse_part: ParsePart) -> ParsedDocument:
    """The mail in ``data``. Attachments that cannot be read are only named.

    Raises:
        DocumentError: it is no mail, or is nested too deep.
    """
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        _shorten_headers(message)
        subject = properties.usable_title(_header(message, "Subject"))
        names: list[str] = []
        elements = tuple(_message(message, source, names, parse_part=parse_part))
        return ParsedDocument(
            subject or stem, elements, properties={**_headers(message), **_attached(names)}
        )
    except RecursionError as error:
        raise DocumentError(source, "its parts are nested too deep") from error


def _shorten_headers(message: EmailMessage) -> None:
    """Cuts headers of absurd length, which the standard library takes minutes to parse."""
    for part in message.walk():
        for name, value in list(part.raw_items()):
            if len(value) > _MAX_HEADER:
                del part[name]
                part.set_raw(name, value[:_MAX_HEADER])


def _message(
    message: EmailMessage, source: str, names: list[str], *, parse_part: ParsePart, nesting: int = 0
) -> Iterator[Element]:
    """Headers, body and attachments as elements; the names of attachments go into ``names``."""
    shown = [f"{name}: {text}" for name in _SHOWN if (text := _header(message, name))]
    if shown:
        yield Element("prose", "\n".join(shown))
    bodies, attachments = _parts(message)
    for part in bodies:
        plain = part.get_content_type() == "text/plain"
        for element in _parsed(_content(part), _body_name(part), parse_part):
            # Greetings and signatures stand alone as headings do, but are none.
            guessed = plain and element.kind == "heading"
            yield replace(element, kind="prose", level=0) if guessed else element
    for part in attachments[:_MAX_ATTACHMENTS]:
        name = _file_name(part)
        names.append(name)
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, EmailMessage) and nesting < _MAX_NESTING:
                found = list(
                    _message(inner, source, names, parse_part=parse_part, nesting=nesting + 1)
                )
            else:
                found = []
        else:
            found = list(_parsed(_content(part), name, parse_part))
        if found:
            yield Element("heading", f"Attachment: {name}", level=1)
            yield from (replace(e, level=e.level + 1) if e.kind == "heading" else e for e in found)


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
    return part.is_multipart() or bool(_content(part).strip())


def _parsed(data: bytes, name: str, parse_part: ParsePart) -> Iterator[Element]:
    if not data.strip():
        return
    try:
        yield from parse_part(data, name).elements
    except DocumentError:
        return  # it is named in the metadata


def _content(part: Any) -> bytes:
    """The decoded bytes of a part; texts in UTF-8 whatever they were in."""
    try:
        data = part.get_payload(decode=True) or b""
    except _BROKEN:
        return b""
    charset = part.get_content_charset()
    if part.get_content_maintype() == "text" and charset:
        try:
            text = str(data.decode(charset)).replace("\0", "")
            return text.encode("utf-8", "replace")
        except (LookupError, UnicodeError):
            return bytes(data)
    return bytes(data)


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
        return " ".join(str(message.get(name) or "").split())
    except _BROKEN:
        return ""
