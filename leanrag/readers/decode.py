"""Bytes of a document to text: byte order marks, declared and detected encodings."""

import codecs
import re

from leanrag.errors import DocumentError

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
_SEVEN_BIT = ("iso-2022", "iso2022", "hz")
_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_LATIN_RUN = 1.6
_CHINESE = {"gb2312", "gbk", "gb18030", "cp936", "hz"}


def decode(data: bytes, source: str, *, markup: bool = False) -> str:
    """The text of a document's bytes; ``markup`` says that the bytes may declare their encoding.

    A byte order mark decides; else valid UTF-8 is UTF-8; else the declared encoding holds where
    it fits; else it is detected, UTF-16 without a mark included, and what cannot be told is read
    as Windows-1252.

    Raises:
        DocumentError: the file is empty or binary.
    """
    if not data.strip():
        raise DocumentError(source, "the file is empty")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding) or _lossy(data[len(mark) :], encoding)
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise DocumentError(source, f"not a text file: it is {what}")
    position = data.find(b"\0")
    if position >= 0 and (text := _wide(data)) is not None:
        return text
    if position >= 0:
        raise DocumentError(
            source, f"binary content (NUL byte at offset {position}); save it as UTF-8 text"
        )
    text = _decode(data, _declared(data) if markup else "")
    if len(_CONTROLS.findall(text[:_SAMPLE])) > _MAX_CONTROL_SHARE * len(text[:_SAMPLE]):
        wide = _wide(data)
        if wide is not None:
            return wide
        raise DocumentError(source, "binary content (control characters); save it as UTF-8 text")
    return text


def _decode(data: bytes, declared: str) -> str:
    if data.isascii() and not declared and b"\x1b$" in data[:_SAMPLE]:
        declared = "iso2022_jp"
    if not (data.isascii() and declared.startswith(_SEVEN_BIT)):
        text = _strict(data, "utf-8")
        if text is not None:
            return text
    for encoding in (declared, _detected(data)):
        text = _strict(data, encoding)
        if text is not None:
            return text
    text = _strict(data, "cp1252")
    return text if text is not None else data.decode("latin-1")


def _wide(data: bytes) -> str | None:
    """The text of bytes that are UTF-16 without a mark, None where they are not.

    In the wrong byte order, and in what is no text, characters come from all over Unicode.
    """
    plain = len(data[:_SAMPLE]) - len(data[:_SAMPLE].translate(None, _PRINTABLE))
    if len(data) % 2 or plain > _MAX_PLAIN_SHARE * len(data[:_SAMPLE]):
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        sample = data[:_SAMPLE].decode(encoding, "ignore")
        if sample and len(_COMMON.findall(sample)) >= _COMMON_SHARE * len(sample):
            return _lossy(data, encoding)
    return None


def _declared(data: bytes) -> str:
    """The encoding that an HTML page names, or nothing; Chinese ones by their superset."""
    match = _DECLARED.search(data[:_DECLARED_WITHIN])
    if match is None:
        return ""
    name = (match[1] or match[2]).decode("ascii").lower()
    if name in ("utf-7", "utf7", "utf-16", "utf-16le", "utf-16be"):
        return ""  # it could not have been read so far
    return "gb18030" if name in _CHINESE else name


def _detected(data: bytes) -> str:
    """The likely encoding of bytes that are not UTF-8, or nothing.

    The statistics of charset_normalizer go wrong on short texts, so two cases are told apart
    before it: single accented letters in Latin text, and Chinese.
    """
    sample = data[:_SAMPLE]
    runs = _HIGH_RUNS.findall(sample)
    high = sum(map(len, runs))
    if high < _LATIN_RUN * len(runs):
        return "cp1252"
    if _is_chinese(runs, high) and _strict(data, "gb18030") is not None:
        return "gb18030"
    import charset_normalizer

    best = charset_normalizer.from_bytes(sample).best()
    if best is None:
        return ""
    known = {best.encoding, *best.could_be_from_charset}
    return "gb18030" if known & _CHINESE else best.encoding


def _is_chinese(runs: list[bytes], high: int) -> bool:
    """Whether most pairs of high bytes are the common characters of GB 2312, all of its rows."""
    leads = [run[i] for run in runs for i in range(0, len(run) - 1, 2)]
    common = sum(0xA1 <= lead <= 0xA9 or 0xB0 <= lead <= 0xD7 for lead in leads)
    upper = sum(0xC9 <= lead <= 0xD7 for lead in leads)  # Korean text has none of these
    return 2 * common > 0.9 * high and 10 * upper >= len(leads)


def _strict(data: bytes, encoding: str) -> str | None:
    if not encoding:
        return None
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _lossy(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "replace")
