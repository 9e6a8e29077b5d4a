"""Reads the characters of a PDF page, with what each looks like, and joins them into fragments.

Only the loose boxes of the characters are used, which reach from one pen position to the next:
the tight ones leave gaps inside numbers. What a character looks like (font, size, direction) is
asked at the start of a word and where its height changes, since each question costs a call.
"""

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from typing import Any

from leanrag.readers.pdf import rtl
from leanrag.readers.pdf.fonts import Font, font
from leanrag.readers.pdf.lines import Fragment, Line, Look

_LINE_HYPHENS = frozenset((0x02, 0xAD, 0xFFFE))
"""What pdfium and producers put for a hyphen at the end of a line."""

_SPACES = frozenset((0x20, 0x09, 0xA0, 0x2002, 0x2003, 0x2009, 0x200A, 0x202F, 0x3000))
_LINE_ENDS = frozenset((10, 13))
_BLANKS = _SPACES | _LINE_ENDS
_UNREADABLE = "\ufffd"
_SYMBOLS = {0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓", 0xF06F: "□", 0xF0A8: "□"}
"""The commonest characters of Word's symbol fonts, which have no Unicode value of their own."""

_NAME_BYTES = 128
_MAX_UNMAPPED = 0.3


class PageReader:
    """Reads pages one after the other, with one set of buffers for the calls into pdfium.

    ``unmapped`` counts the characters of the last page of which the file does not say what they
    are.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._box = raw.FS_RECTF()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._matrix = raw.FS_MATRIX()
        self._name = ctypes.create_string_buffer(_NAME_BYTES)
        self._flags = ctypes.c_int()
        self._fonts: dict[tuple[bytes, int], Font] = {}
        self._line = Line()
        self._page: Any = None
        self._width = self._height = 0.0
        self._has_rtl = False
        self.unmapped = 0

    def read(self, page: Any, width: float, height: float, *, limit: int) -> list[Fragment]:
        """The fragments of a text page (``FPDF_TEXTPAGE``), in the order of its content; those of
        a page that is written from right to left in the order of reading.

        Raises:
            ValueError: there are more than ``limit`` characters.
        """
        self._page, self._width, self._height = page, width, height
        count = self._raw.FPDFText_CountChars(page)
        if count > limit:
            raise ValueError(f"{count:,} characters are over the limit of {limit:,}")
        self._has_rtl = False
        line = self._line
        for text, left, right, look, spaced in self._glyphs(count):
            line.add(text, left, right, look, spaced)
        found = line.finish()
        if self._has_rtl:
            return rtl.fragments([rtl.Glyph(*glyph) for glyph in self._glyphs(count)], width)
        return found

    def _glyphs(self, count: int) -> Iterator[tuple[str, float, float, Look, bool]]:
        """Text, edges and look of each character, and whether a space is before it."""
        page = self._page
        get, box = self._raw.FPDFText_GetUnicode, self._raw.FPDFText_GetLooseCharBox
        rect = self._box
        into = ctypes.byref(rect)
        look: Look | None = None
        top = bottom = 0.0
        spaced, high = False, 0
        self.unmapped = 0
        for place in range(max(0, count)):
            code = get(page, place)
            if code in _BLANKS and (look is None or look.font.is_mapped or self._is_mapped(place)):
                spaced = spaced or code not in _LINE_ENDS
                continue
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000 and high:
                code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
            high = 0
            box(page, place, into)
            if spaced or look is None or rect.top != top or rect.bottom != bottom or look.direction:
                look = self._look(place)
                top, bottom = rect.top, rect.bottom
                known = look.font.known
            left, right = rect.left, rect.right
            if look.direction:
                left, right = look.left, look.right
            text = known.get(code) or self._text(place, code, look.font)
            yield text, left, right, look, spaced
            spaced = False

    def _text(self, place: int, code: int, font: Font) -> str:
        """What a character says. For one that the file does not map pdfium gives the number of its
        glyph, which may have a name; fonts made of pictures number them as their letters.
        """
        if not self._is_mapped(place):
            font.is_mapped = False
            font.known.clear()
            text = font.by_name(code)
            if text:
                self._has_rtl = self._has_rtl or rtl.is_rtl(ord(text[0]))
                return text
            if not (font.is_drawn and 0x20 < code < 0x7F):
                self.unmapped += 1
                return _UNREADABLE
        text = _readable(code)
        if rtl.is_rtl(code):
            self._has_rtl = True
        elif font.is_mapped and text:
            font.known[code] = text
        return text

    def _is_mapped(self, place: int) -> bool:
        return bool(self._raw.FPDFText_HasUnicodeMapError(self._page, place) != 1)

    def _look(self, place: int) -> Look:
        raw, page = self._raw, self._page
        raw.FPDFText_GetCharOrigin(page, place, ctypes.byref(self._x), ctypes.byref(self._y))
        raw.FPDFText_GetMatrix(page, place, ctypes.byref(self._matrix))
        raw.FPDFText_GetFontInfo(page, place, self._name, _NAME_BYTES, ctypes.byref(self._flags))
        size = raw.FPDFText_GetFontSize(page, place)
        matrix, box = self._matrix, self._box
        key = (self._name.value, self._flags.value)
        found = self._fonts.get(key)
        if found is None:
            found = self._fonts[key] = font(raw, page, place, *key)
        direction = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
        size *= math.hypot(matrix.c, matrix.d)
        x, y = self._x.value, self._y.value
        if direction == 1:
            left, right, baseline = box.bottom, box.top, self._width - x
        elif direction == 2:
            left, right = self._width - box.right, self._width - box.left
            baseline = self._height - y
        elif direction == 3:
            left, right, baseline = self._height - box.top, self._height - box.bottom, x
        else:
            left, right, baseline = box.left, box.right, y
        return Look(left, right, baseline, size or 1.0, found, direction)


def is_unreadable(fragments: list[Fragment]) -> bool:
    """Whether too many characters have no Unicode value to be a text."""
    total = sum(len(fragment.text) for fragment in fragments)
    unmapped = sum(fragment.text.count(_UNREADABLE) for fragment in fragments)
    return unmapped > _MAX_UNMAPPED * total


def _readable(code: int) -> str:
    if code in _LINE_HYPHENS:
        return "-"
    if code == 0 or 0xD800 <= code < 0xE000:
        return _UNREADABLE
    if code < 0x20 or 0x7F <= code < 0xA0 or code in (0x200B, 0xFEFF):
        return ""
    if 0xE000 <= code < 0xF900:
        return _SYMBOLS.get(code, _UNREADABLE)
    text = chr(code)
    if 0xFB00 <= code <= 0xFB06:  # ligatures
        return unicodedata.normalize("NFKC", text)
    return text
