"""Outlook messages (.msg), put into the form of a mail and read as one."""

from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from io import BytesIO
from typing import Any

from leanrag.errors import DocumentError
from leanrag.readers.office import mail
from leanrag.types import ParsedDocument

_MAX_ATTACHMENTS = 100
_ENVELOPE = ("To", "Cc", "Message-ID", "Date")


def read(data: bytes, source: str, stem: str, parse_part: mail.ParsePart) -> ParsedDocument:
    """The message in ``data``. Attachments that cannot be read are only named.

    Raises:
        DocumentError: it is damaged.
    """
    from oxmsg import Message

    try:
        message = Message.load(BytesIO(data))
        as_mail = _mail(message)
    except (OSError, KeyError, IndexError, AttributeError, UnicodeError) as error:
        raise DocumentError(source, f"a damaged Outlook message: {error}") from error
    return mail.read(as_mail.as_bytes(), source, stem, parse_part)


def _mail(message: Any) -> EmailMessage:
    out = EmailMessage()
    given = {str(name).title(): str(value) for name, value in message.message_headers.items()}
    headers = {
        "Subject": message.subject,
        "From": message.sender,
        **{name: given.get(name.title()) for name in _ENVELOPE},
    }
    if not headers["To"]:
        headers["To"] = ", ".join(
            formataddr((_flat(one.name), _flat(one.email_address))) for one in message.recipients
        )
    if not headers["Date"] and message.sent_date is not None:
        headers["Date"] = format_datetime(message.sent_date)
    for name, value in headers.items():
        if flat := _flat(value):
            out[name] = flat
    body, html = message.body or "", message.html_body or ""
    if body.strip() or not html.strip():
        out.set_content(_unix(body))
    if html.strip():
        (out.add_alternative if body.strip() else out.set_content)(_unix(html), subtype="html")
    for attachment in message.attachments[:_MAX_ATTACHMENTS]:
        content = attachment.file_bytes if attachment.attached_by_value else None
        name = _flat(attachment.file_name) or "unnamed"
        main, _, sub = (attachment.mime_type or "").partition("/")
        if main in ("", "text", "multipart", "message") or not sub:
            main, sub = "application", "octet-stream"
        out.add_attachment(content or b"", maintype=main, subtype=sub, filename=name)
    return out


def _flat(value: object) -> str:
    """A value of a header on one line."""
    return " ".join(str(value or "").replace("\0", " ").split())


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
