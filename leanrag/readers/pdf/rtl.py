"""The text of a page with words that are written from right to left, in the order of reading.

What a file says of the order of such letters cannot be relied upon, and pdfium turns it round once
more: where the glyphs stand decides. On a page that is mostly written so, the fragments are
mirrored as if it ran from left to right, so that columns, cells and paragraphs are read in their
order too.
"""

import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from leanrag.readers.pdf.bidi import balance, is_rtl, logical
from leanrag.readers.pdf.lines import SPACE_GAP, WORD_GAP, Fragment, Look, tidy

__all__ = ["Glyph", "fragments", "is_rtl"]

_SAME_ROW = 0.3
_MARK_REACH = 1.2
_SAME_PLACE = 0.05
_STACKED = 0.4
_NEAR = 200
"""In the file; how far from its letter a point may be named."""

_GAP = 0.95
"""In font sizes; a wider one separates cells."""


class Glyph(NamedTuple):
    """A character where it stands; ``spaced`` says that the file has a space before it."""

    text: str
    left: float
    right: float
    look: Look
    spaced: bool


class _Part(NamedTuple):
    """A glyph with its points: what is not turned round. ``place`` is its number in the file."""

    text: str
    left: float
    right: float
    look: Look
    place: int
    spaced: bool


def fragments(glyphs: Sequence[Glyph], width: float) -> list[Fragment]:
    """The fragments of a page of this ``width``, row by row."""
    rtl = balance("".join(glyph.text for glyph in glyphs)) > 0
    out: list[Fragment] = []
    for row in _rows(_parts(glyphs)):
        for segment in _segments(row):
            fragment = _fragment(segment, rtl)
            if rtl:
                fragment.left, fragment.right = width - fragment.right, width - fragment.left
            if fragment.text:
                out.append(fragment)
    return out


def _parts(glyphs: Sequence[Glyph]) -> list[_Part]:
    """The glyphs, letters of one ligature joined and points joined to their letter."""
    letters = [
        (n, glyph) for n, glyph in enumerate(glyphs) if glyph.text and not _is_mark(glyph.text)
    ]
    parts: list[_Part] = []
    for n, glyph in letters:
        last = parts[-1] if parts else None
        if last is not None and _is_ligature(last, glyph):
            parts[-1] = last._replace(text=last.text + glyph.text)
        else:
            parts.append(
                _Part(_letters(glyph.text), glyph.left, glyph.right, glyph.look, n, glyph.spaced)
            )
    alone: list[_Part] = []
    for n, mark in enumerate(glyphs):
        if mark.text and _is_mark(mark.text):
            host = _host(parts, mark, n)
            if host is not None:
                parts[host] = parts[host]._replace(text=parts[host].text + mark.text)
            else:
                alone.append(_Part(mark.text, mark.left, mark.right, mark.look, n, mark.spaced))
    return [*parts, *alone]


def _is_mark(text: str) -> bool:
    return unicodedata.category(text[0]) == "Mn"


def _is_ligature(last: _Part, glyph: Glyph) -> bool:
    """Whether a letter is drawn by the glyph before it, which stands for both."""
    return (
        abs(last.left - glyph.left) < _SAME_PLACE
        and abs(last.right - glyph.right) < _SAME_PLACE
        and last.look.baseline == glyph.look.baseline
        and glyph.right > glyph.left
    )


def _letters(text: str) -> str:
    """The letters of a form that only fonts use."""
    code = ord(text[0])
    forms = 0xFB1D <= code < 0xFE00 or 0xFE70 <= code < 0xFF00
    return unicodedata.normalize("NFKC", text) if forms else text


def _host(parts: Sequence[_Part], mark: Glyph, place: int) -> int | None:
    """The letter that a point belongs to: the nearest one that it stands over or under."""
    middle = (mark.left + mark.right) / 2
    at = bisect_left(parts, place, key=lambda part: part.place)
    near = [
        (abs((part.left + part.right) / 2 - middle), abs(part.place - place), n)
        for n, part in enumerate(parts[max(0, at - _NEAR) : at + _NEAR], max(0, at - _NEAR))
        if part.left - _SAME_PLACE <= middle <= part.right + _SAME_PLACE
        and abs(part.look.baseline - mark.look.baseline) < _MARK_REACH * part.look.size
    ]
    return min(near)[2] if near else None


def _rows(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """The parts on each baseline, from left to right."""
    ordered = sorted(parts, key=lambda part: (part.look.direction, -part.look.baseline))
    row: list[_Part] = []
    for part in ordered:
        if row and not _on(row[0].look, part.look):
            yield _in_order(row)
            row = []
        row.append(part)
    if row:
        yield _in_order(row)


def _in_order(row: Sequence[_Part]) -> list[_Part]:
    """The parts from left to right; where two stand on one another, as the file goes elsewhere."""
    out = sorted(row, key=lambda one: (one.left, one.right))
    steps = [after.place - before.place for before, after in pairwise(out)]
    onwards = sum(step == 1 for step in steps) - sum(step == -1 for step in steps)
    for n, (before, after) in enumerate(pairwise(tuple(out))):
        shared = min(before.right, after.right) - after.left
        narrow = min(before.right - before.left, after.right - after.left)
        step = after.place - before.place
        against = abs(step) == 1 and step * onwards < 0
        if against and shared > _STACKED * narrow and out[n] is before:
            out[n], out[n + 1] = after, before
    return out


def _on(first: Look, look: Look) -> bool:
    size = max(first.size, look.size)
    shift = abs(first.baseline - look.baseline)
    return first.direction == look.direction and shift <= _SAME_ROW * size


def _segments(row: Sequence[_Part]) -> Iterator[list[_Part]]:
    """The parts of a row without a wide gap, spaces put where there is one."""
    segment: list[_Part] = []
    end = 0.0
    for part in row:
        if segment:
            last = segment[-1]
            size = max(last.look.size, part.look.size)
            gap = part.left - end
            beside = abs(part.place - last.place) == 1
            spaced = beside and (part if part.place > last.place else last).spaced
            if gap > _GAP * size:
                yield segment
                segment = []
            elif gap > (SPACE_GAP if spaced else WORD_GAP) * size:
                segment.append(part._replace(text=" "))
        end = max(end, part.right) if segment else part.right
        segment.append(part)
    if segment:
        yield segment


def _fragment(segment: Sequence[_Part], rtl: bool) -> Fragment:
    kinds = [unicodedata.bidirectional(part.text[0]) for part in segment]
    strong = [kind != "L" for kind in kinds if kind in ("L", "R", "AL")]
    if strong and strong[0] == strong[-1]:  # else what is outermost says nothing
        rtl = strong[0]
    first = segment[0].look
    sizes = Counter(part.look.size for part in segment)
    bold = sum(part.look.font.bold for part in segment)
    return Fragment(
        tidy(logical([part.text for part in segment], rtl=rtl)),
        segment[0].left,
        max(part.right for part in segment),
        first.baseline,
        max(sizes, key=lambda size: (sizes[size], size)),
        2 * bold > len(segment),
        all(part.look.font.italic for part in segment),
        all(part.look.font.mono for part in segment),
        first.direction,
        segment[-1 if rtl else 0].look.font.bold,
    )
