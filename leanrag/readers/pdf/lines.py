"""Joins the characters of a line to fragments: text on one line without a gap."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from leanrag.readers.pdf.fonts import Font

WORD_GAP = 0.17
"""Of the font size; a wider gap separates words. Where a space stands, less will do."""

SPACE_GAP = -0.12

_CELL_GAP = 0.55
"""A wider one may separate cells; what is one text is joined later."""

_LETTER_SPACE = 0.45
"""Between Chinese or Japanese letters, which have no words to separate; a wider gap is one."""

UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff60]")
"""A letter or mark of a script without spaces."""

_SHIFT = 0.6
_SAME_LINE = 0.12
SMALLER = 0.85
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_LEADER = re.compile(r"\s*(?:[.·]\s?){5,}")
_RULE = re.compile(r"_{3,}")
_RULED = re.compile(r"[_=\s]*|[-–—]{4,}|…")
"""Lines drawn with characters, and the dots between an entry and its page."""


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
class Look:
    """How a character is set."""

    left: float
    right: float
    baseline: float
    size: float
    font: Font
    direction: int


class Line:
    """Collects characters into fragments, in the order in which the page draws them."""

    def __init__(self) -> None:
        self._done: list[Fragment] = []
        self._parts: list[str] = []
        self._open: Fragment | None = None
        self._bold = self._shifted = 0
        self._last = ("", 0.0)
        self._sizes: Counter[float] = Counter()

    def add(self, text: str, left: float, right: float, look: Look, spaced: bool) -> None:
        """Appends a character, to the open fragment where it stands beside its end."""
        fragment = self._open
        if not text:
            return
        if fragment is None or not self._goes_on(fragment, left, right, look):
            self._close()
            self._open = Fragment(
                "", left, right, look.baseline, look.size,
                look.font.bold, look.font.italic, look.font.mono, look.direction,
            )  # fmt: skip
            self._open.opens_bold = look.font.bold
            self._parts, self._bold, self._last = [text], int(look.font.bold), (text, left)
            self._sizes = Counter((look.size,))
            return
        shift = abs(left - self._last[1])
        if text == self._last[0] and 0 < shift < 0.3 * (right - left):
            return  # drawn twice to look bold; the letters of a ligature have one place
        gap = (left - fragment.right) / look.size
        if gap > (SPACE_GAP if spaced else WORD_GAP) and not (
            gap < _LETTER_SPACE and UNSPACED.match(text) and UNSPACED.match(self._last[0])
        ):
            self._parts.append(" ")
        text = self._placed(fragment, text, look)
        self._parts.append(text)
        self._bold += int(look.font.bold)
        fragment.mono = fragment.mono and look.font.mono
        self._sizes[look.size] += 1
        self._last = (text, left)
        fragment.right = max(fragment.right, right)

    def finish(self) -> list[Fragment]:
        """The fragments since the last call."""
        self._close()
        done, self._done = self._done, []
        return done

    def _goes_on(self, fragment: Fragment, left: float, right: float, look: Look) -> bool:
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

    def _placed(self, fragment: Fragment, text: str, look: Look) -> str:
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
        fragment.text = tidy("".join(self._parts))
        fragment.bold = self._bold * 2 > sum(len(part.strip()) for part in self._parts)
        fragment.size = max(self._sizes, key=lambda size: (self._sizes[size], size))
        if fragment.text:
            self._done.append(fragment)
        self._open = None


def tidy(text: str) -> str:
    """The text of a fragment, rules and leaders short; empty where it was nothing else."""
    text = unicodedata.normalize("NFC", text)
    text = _RULE.sub("__", _LEADER.sub(" … ", text)).strip()
    return "" if _RULED.fullmatch(text) else text
