"""Reads the characters of a PDF page and joins them into fragments: text on one line without a gap.

Only the loose boxes of the characters are used, which reach from one pen position to the next:
the tight ones leave gaps inside numbers. What a character looks like (font, size, direction) is
asked at the start of a word and where its height changes, since each question costs a call.
"""

import ctypes
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Any

from leanrag.readers.pdf.fonts import Style, style

_WORD_GAP = 0.17
"""Of the font size; a wider gap separates words. Where a space stands, less will do."""

_SPACE_GAP = -0.12

_CELL_GAP = 0.55
"""A wider one may separate cells; what is one text is joined later."""

_SHIFT = 0.6
_SAME_LINE = 0.12
SMALLER = 0.85
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LINE_HYPHENS = frozenset((0x02, 0xAD, 0xFFFE))
"""What pdfium and producers put for a hyphen at the end of a line."""

_LEADER = re.compile(r"\s*(?:[.·]\s?){5,}")
_RULE = re.compile(r"_{3,}")
_RULED = re.compile(r"[_=\s]*|[-–—]{4,}|…")
"""Lines drawn with characters, and the dots between an entry and its page."""

_SPACES = frozenset((0x20, 0x09, 0xA0, 0x2002, 0x2003, 0x2009, 0x200A, 0x202F, 0x3000))
_UNREADABLE = "\ufffd"
_SYMBOLS = {0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓", 0xF06F: "□", 0xF0A8: "□"}
"""The commonest characters of Word's symbol fonts, which have no Unicode value of their own."""

_NAME_BYTES = 128
_MAX_UNMAPPED = 0.3


@dataclass(slots=True)
class Fragment:
    """A text on one line without a wide gap; points, from the lower left corner of the page.

    ``direction`` is how often the page must be turned by a quarter to the right to read it; the
    coordinates are those of the page turned so.
    """

    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool = False
    italic: bool = False
    mono: bool = False
    direction: int = 0
    opens_bold: bool = False
    """Whether its first character is bold."""

    @property
    def width(self) -> float:
        """From the first pen position to the last."""
        return self.right - self.left


@dataclass(slots=True)
class _Look:
    """How a character is set."""

    left: float
    right: float
    baseline: float
    size: float
    bold: bool
    italic: bool
    mono: bool
    direction: int


class PageReader:
    """Reads pages one after the other, with one set of buffers for the calls into pdfium."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._box = raw.FS_RECTF()
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._matrix = raw.FS_MATRIX()
        self._name = ctypes.create_string_buffer(_NAME_BYTES)
        self._flags = ctypes.c_int()
        self._styles: dict[tuple[bytes, int], Style] = {}
        self._line = _Line()
        self._page: Any = None
        self._width = self._height = 0.0

    def read(self, page: Any, width: float, height: float, *, limit: int) -> list[Fragment]:
        """The fragments of a text page (``FPDF_TEXTPAGE``), in the order of its content.

        Raises:
            ValueError: there are more than ``limit`` characters.
        """
        self._page, self._width, self._height = page, width, height
        count = self._raw.FPDFText_CountChars(page)
        if count > limit:
            raise ValueError(f"{count:,} characters are over the limit of {limit:,}")
        get, box = self._raw.FPDFText_GetUnicode, self._raw.FPDFText_GetLooseCharBox
        rect = self._box
        into = ctypes.byref(rect)
        line = self._line
        look: _Look | None = None
        top = bottom = 0.0
        spaced, high = False, 0
        for place in range(max(0, count)):
            code = get(page, place)
            if code in (10, 13):
                continue
            if code in _SPACES:
                spaced = True
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
            left, right = rect.left, rect.right
            if look.direction:
                left, right = look.left, look.right
            line.add(_readable(code), left, right, look, spaced)
            spaced = False
        return line.finish()

    def _look(self, place: int) -> _Look:
        raw, page = self._raw, self._page
        raw.FPDFText_GetCharOrigin(page, place, ctypes.byref(self._x), ctypes.byref(self._y))
        raw.FPDFText_GetMatrix(page, place, ctypes.byref(self._matrix))
        raw.FPDFText_GetFontInfo(page, place, self._name, _NAME_BYTES, ctypes.byref(self._flags))
        size = raw.FPDFText_GetFontSize(page, place)
        matrix, box = self._matrix, self._box
        key = (self._name.value, self._flags.value)
        found = self._styles.get(key)
        if found is None:
            found = self._styles[key] = style(raw, page, place, *key)
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
        return _Look(left, right, baseline, size or 1.0, *found, direction)


class _Line:
    """Collects characters into fragments, in the order in which the page draws them."""

    def __init__(self) -> None:
        self._done: list[Fragment] = []
        self._parts: list[str] = []
        self._open: Fragment | None = None
        self._bold = self._shifted = 0
        self._last = ("", 0.0)
        self._sizes: Counter[float] = Counter()

    def add(self, text: str, left: float, right: float, look: _Look, spaced: bool) -> None:
        """Appends a character, to the open fragment where it stands beside its end."""
        fragment = self._open
        if not text:
            return
        if fragment is None or not self._goes_on(fragment, left, right, look):
            self._close()
            self._open = Fragment(
                "", left, right, look.baseline, look.size,
                look.bold, look.italic, look.mono, look.direction,
            )  # fmt: skip
            self._open.opens_bold = look.bold
            self._parts, self._bold, self._last = [text], int(look.bold), (text, left)
            self._sizes = Counter((look.size,))
            return
        shift = abs(left - self._last[1])
        if text == self._last[0] and 0 < shift < 0.3 * (right - left):
            return  # drawn twice to look bold; the letters of a ligature have one place
        if left - fragment.right > (_SPACE_GAP if spaced else _WORD_GAP) * look.size:
            self._parts.append(" ")
        text = self._placed(fragment, text, look)
        self._parts.append(text)
        self._bold += int(look.bold)
        fragment.mono = fragment.mono and look.mono
        self._sizes[look.size] += 1
        self._last = (text, left)
        fragment.right = max(fragment.right, right)

    def finish(self) -> list[Fragment]:
        """The fragments since the last call."""
        self._close()
        done, self._done = self._done, []
        return done

    def _goes_on(self, fragment: Fragment, left: float, right: float, look: _Look) -> bool:
        if look.direction != fragment.direction:
            return False
        size = max(fragment.size, look.size)
        shift = abs(look.baseline - fragment.baseline)
        ratio = min(fragment.size, look.size) / size
        if shift > (_SHIFT if ratio < SMALLER else _SAME_LINE) * size:
            return False
        gap = left - fragment.right
        backwards = left < fragment.right - 0.6 * size
        again = abs(left - self._last[1]) < 0.3 * (right - left)
        return (not backwards or again) and gap <= _CELL_GAP * size

    def _placed(self, fragment: Fragment, text: str, look: _Look) -> str:
        """``text``, as a superscript or subscript where it is one; else the fragment's line is
        that of the larger characters."""
        size = max(fragment.size, look.size)
        shift = look.baseline - fragment.baseline
        if abs(shift) <= _SAME_LINE * size:
            if look.size > fragment.size:
                fragment.size = look.size
            return text
        if look.size > fragment.size:  # it began with a superscript
            fragment.baseline, fragment.size = look.baseline, look.size
            if shift < 0:
                self._parts = [part.translate(SUPERSCRIPTS) for part in self._parts]
            return text
        return text.translate(SUPERSCRIPTS if shift > 0 else _SUBSCRIPTS)

    def _close(self) -> None:
        fragment = self._open
        if fragment is None:
            return
        text = unicodedata.normalize("NFC", "".join(self._parts))
        fragment.text = _RULE.sub("__", _LEADER.sub(" … ", text)).strip()
        if _RULED.fullmatch(fragment.text):
            fragment.text = ""
        fragment.bold = self._bold * 2 > sum(len(part.strip()) for part in self._parts)
        fragment.size = max(self._sizes, key=lambda size: (self._sizes[size], size))
        if fragment.text:
            self._done.append(fragment)
        self._open = None


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
