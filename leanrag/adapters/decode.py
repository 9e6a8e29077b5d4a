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
_SEVEN_BIT = ("iso-2022", "iso2022", "hz")
_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
_LATIN_RUN = 1.6
_CHINESE = {"gb2312", "gbk", "gb18030", "cp936", "hz"}


def decode(data: bytes, source: str, *, markup: bool = False) -> str:
    """The text of a document's bytes; ``markup`` says that the bytes may declare their encoding.

    A byte order mark decides; else valid UTF-8 is UTF-8; else the declared encoding holds where
    it fits; else it is detected, and what cannot be told is read as Windows-1252.

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
    if position >= 0:
        raise DocumentError(
            source, f"binary content (NUL byte at offset {position}); save it as UTF-8 text"
        )
    text = _decode(data, _declared(data) if markup else "")
    if len(_CONTROLS.findall(text[:_SAMPLE])) > _MAX_CONTROL_SHARE * len(text[:_SAMPLE]):
        raise DocumentError(source, "binary content (control characters); save it as UTF-8 text")
    return text


def _decode(data: bytes, declared: str) -> str:
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
