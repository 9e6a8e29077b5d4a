"""Letters that pdfium leaves out of a page's text: those for which it has no picture.

A font that is not embedded is replaced by one of pdfium's own, which has Latin letters alone. A
text of others has no width on the page then, and where each letter is a text of its own (as some
programs place them) all of them are dropped, without a word. What they say is known all the same.
"""

import ctypes
import re
import zlib
from collections.abc import Iterator
from typing import Any

_DESCRIPTOR = re.compile(rb"/Type\s*/FontDescriptor\b")
_OBJECTS = re.compile(rb"/Type\s*/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_LETTER_NAMES = re.compile(rb"/(?:afii\d{4,5}|uni[0-9A-F]{4}|(?:alpha|beta|omega|Delta|Omega)\b)")
_STANDARD = re.compile(rb"/BaseFont\s*/(?:Helvetica|Times|Courier|Arial)\b")
_MAX_DICTIONARY = 4096
_MAX_STREAMS = 20_000
_MAX_INFLATED = 64 << 20
_NO_WIDTH = 0.01


def may_lack_letters(data: bytes) -> bool:
    """Whether a PDF has fonts that it does not embed and that may be used for more than Latin
    letters, so that its pages must be looked through."""
    packed = list(_object_streams(data))
    if b"/Encrypt" in data and packed:
        return True  # what it packs cannot be looked into
    texts = [data, *packed]
    wide = any(b"/CIDFontType" in text or _LETTER_NAMES.search(text) for text in texts)
    return wide and any(_has_missing_font(text) for text in texts)


def _has_missing_font(text: bytes) -> bool:
    return _STANDARD.search(text) is not None or any(
        b"/FontFile" not in _dictionary(text, match.start()) for match in _DESCRIPTOR.finditer(text)
    )


def _dictionary(text: bytes, inside: int) -> bytes:
    """The dictionary around a place, or the part of it that is near."""
    start = max(text.rfind(b"obj", max(0, inside - _MAX_DICTIONARY), inside), 0)
    depth = 0
    for match in re.compile(rb"<<|>>").finditer(text, inside, inside + _MAX_DICTIONARY):
        depth += 1 if match[0] == b"<<" else -1
        if depth < 0:
            before = text.rfind(b"<<", start, inside)
            return text[max(before, start) : match.end()]
    return text[start : inside + _MAX_DICTIONARY]


def _object_streams(data: bytes) -> Iterator[bytes]:
    """The objects that are packed in streams; those that cannot be unpacked are left out."""
    left = _MAX_INFLATED
    for number, match in enumerate(_OBJECTS.finditer(data)):
        start = _STREAM.search(data, match.end(), match.end() + _MAX_DICTIONARY)
        if start is None or number >= _MAX_STREAMS or left <= 0:
            continue
        try:
            end = data.find(b"endstream", start.end())
            text = zlib.decompressobj().decompress(data[start.end() : max(end, 0)], left)
        except zlib.error:
            continue
        left -= len(text)
        yield text


def restore(raw: Any, page: Any) -> None:
    """Gives every text of the page without a width one, so that its letters are read."""
    edges = [ctypes.c_float() for _ in range(4)]
    left, bottom, right, top = edges
    into = [ctypes.byref(edge) for edge in edges]
    for number in range(raw.FPDFPage_CountObjects(page)):
        part = raw.FPDFPage_GetObject(page, number)
        raw.FPDFPageObj_GetBounds(part, *into)
        is_empty = right.value - left.value < _NO_WIDTH or top.value - bottom.value < _NO_WIDTH
        if is_empty and raw.FPDFPageObj_GetType(part) == raw.FPDF_PAGEOBJ_TEXT:
            # the outline of a letter is as wide as its line, and is measured when it is moved
            raw.FPDFTextObj_SetTextRenderMode(part, raw.FPDF_TEXTRENDERMODE_STROKE)
            raw.FPDFPageObj_Transform(part, 1, 0, 0, 1, 0, 0)
