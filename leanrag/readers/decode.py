"""Bytes of a document to text: byte order marks, declared and detected encodings."""

import codecs
import re
from dataclasses import dataclass

from leanrag.errors import DocumentError
from leanrag.readers import labels, multibyte

_MARKS = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = {
    b"%PDF-": "a PDF file",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"\x89PNG": "an image",
    b"GIF8": "an image",
    b"\xff\xd8\xff": "an image",
    b"{\\rtf": "an RTF document",
    b"\xd0\xcf\x11\xe0": "an Office document",
    b"SQLite format 3": "a database",
}
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)|<meta[^>]{0,300}?charset\s*=\s*["']?([\w.:-]+)""",
    re.IGNORECASE,
)
_DECLARED_WITHIN = 4096
_SAMPLE = 1 << 16
_MARK = "\ufffd"
_HIGH = re.compile("[^\x00-\x7f]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MAX_CONTROL_SHARE = 0.01
_COMMON = re.compile(
    "[\t\n\r -~\xa0-\u017f\u0370-\u06ff\u0900-\u097f\u0e00-\u0e7f\u2010-\u2044\u20ac"
    "\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)
_COMMON_SHARE = 0.97
_PRINTABLE = bytes(range(0x20, 0x7F))
_MAX_PLAIN_SHARE = 0.75
"""Of UTF-16, about every other byte is printable; of a text with a stray NUL, nearly all are."""
_MAX_PLAIN_SHARE_OF_KANA = 0.93
_MIN_CUT = 64
"""Bytes from which on half a character at the end is a cut, and no sign of something else."""
_SEVEN_BIT = ("iso2022", "hz")
_MAX_DAMAGE = 0.03
"""Of the characters that are no ASCII, the share that may be unreadable in the stated encoding."""
_PLAINLY_UTF8 = 4
"""Sequences of bytes that no other encoding gives, for each that is damaged."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, and what is to be said of how it was read."""

    text: str
    warnings: tuple[str, ...] = ()


def decode(data: bytes, source: str, *, markup: bool = False, label: str = "") -> str:
    """The text of a document's bytes, see ``read``."""
    return read(data, source, markup=markup, label=label).text


def read(data: bytes, source: str, *, markup: bool = False, label: str = "") -> Decoded:
    """The text of a document's bytes; ``markup`` says that the bytes may declare their encoding.

    A byte order mark decides; else valid UTF-8 is UTF-8, whatever is said of it; else the
    encoding holds that ``label`` or the bytes name, as browsers understand the name; else it is
    detected, UTF-16 without a mark included. A damaged byte costs one replacement mark.

    Raises:
        DocumentError: the file is empty or binary.
    """
    if not data.strip():
        raise DocumentError(source, "the file is empty")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _with_damage(data[len(mark) :], encoding)
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise DocumentError(source, f"not a text file: it is {what}")
    position = data.find(b"\0")
    if position >= 0 and (wide := _wide(data)) is not None:
        return wide
    if position >= 0:
        raise DocumentError(
            source, f"binary content (NUL byte at offset {position}); save it as UTF-8 text"
        )
    found = _read(data, label or (_declared(data) if markup else ""))
    text = found.text[:_SAMPLE]
    if len(_CONTROLS.findall(text)) > _MAX_CONTROL_SHARE * len(text):
        wide = _wide(data)
        if wide is not None:
            return wide
        raise DocumentError(source, "binary content (control characters); save it as UTF-8 text")
    return found


def _read(data: bytes, label: str) -> Decoded:
    ascii_only = data.isascii()
    stated = labels.codec(label) if label else ""
    if ascii_only and not label and b"\x1b$" in data[:_SAMPLE]:
        stated = "iso2022_jp"
    if not (ascii_only and stated.startswith(_SEVEN_BIT)):
        text = _strict(data, "utf-8")
        if text is not None:
            return Decoded(text)
    if stated.startswith("utf-16"):
        stated = ""  # it could not have been read so far
    if not ascii_only and _is_damaged_utf8(data, stated=stated == "utf-8"):
        return _with_damage(data, "utf-8")
    if stated and stated != "utf-8":
        text = data.decode(stated, "replace")
        marks = text.count(_MARK)
        if marks <= max(1, _MAX_DAMAGE * (len(_HIGH.findall(text)) - marks)):
            return _with_damage(data, stated)
    return _detected(data)


def _is_damaged_utf8(data: bytes, *, stated: bool) -> bool:
    """Whether the bytes are UTF-8 but for a few: of all encodings it alone shows that it is it."""
    text = data.decode("utf-8", "replace")
    marks = text.count(_MARK)
    whole = len(_HIGH.findall(text)) - marks
    if stated:
        return whole >= marks
    return whole >= _PLAINLY_UTF8 * marks or (marks == 1 and whole > 1)


def _with_damage(data: bytes, encoding: str) -> Decoded:
    text = multibyte.decode(data, encoding)
    if _MARK not in text or _strict(data, encoding) is not None:  # which holds such marks itself
        return Decoded(text)
    marks = text.count(_MARK)
    places = "1 place that is" if marks == 1 else f"{marks:,} places that are"
    reads = "reads" if marks == 1 else "read"
    return Decoded(text, (f"{places} no valid {_shown(encoding)} {reads} {_MARK}",))


def _detected(data: bytes) -> Decoded:
    from leanrag.readers.detect import detect

    found = detect(data)
    if found is None:
        return Decoded(data.decode("cp1252", "replace"))
    result = _with_damage(data, found.encoding)
    if not found.rival:
        return result
    guess = (
        f"states no encoding and was read as {_shown(found.encoding)}; it may be "
        f"{_shown(found.rival)}: save it as UTF-8 where words look wrong"
    )
    return Decoded(result.text, (*result.warnings, guess))


def _shown(encoding: str) -> str:
    """The name that people know a codec by."""
    return re.sub(r"^cp(?=125\d$|874$)", "windows-", encoding.replace("_", "-"))


def _wide(data: bytes) -> Decoded | None:
    """The text of bytes that are UTF-16 without a mark, None where they are not.

    In the wrong byte order, and in what is no text, characters come from all over Unicode.
    """
    plain = len(data[:_SAMPLE]) - len(data[:_SAMPLE].translate(None, _PRINTABLE))
    if len(data) % 2 and len(data) < _MIN_CUT:
        return None
    most = _MAX_PLAIN_SHARE if b"\0" in data else _MAX_PLAIN_SHARE_OF_KANA
    if plain > most * len(data[:_SAMPLE]):
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        sample = data[:_SAMPLE].decode(encoding, "ignore")  # a cut byte at the end included
        if sample and len(_COMMON.findall(sample)) >= _COMMON_SHARE * len(sample):
            return _with_damage(data, encoding)
    return None


def _declared(data: bytes) -> str:
    """The encoding that an HTML page or an XML text names, or nothing."""
    match = _DECLARED.search(data[:_DECLARED_WITHIN])
    return (match[1] or match[2]).decode("ascii") if match else ""


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None
