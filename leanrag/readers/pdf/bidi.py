"""Text as it stands on a line, from left to right, in the order in which it is read.

A PDF places glyphs; Hebrew and Arabic stand there from right to left, numbers and Latin words
between them from left to right. The rules are those of the Unicode Bidirectional Algorithm
(UAX #9: W1 to W7, N1, N2, L2) without explicit marks; the same rules that put a line on paper take
it back, since reversing the same runs twice is no change.
"""

import unicodedata
from collections.abc import Sequence

_PAIRS = {"(": ")", "[": "]", "{": "}", "«": "»", "‹": "›", "<": ">"}
_MIRRORED = {**_PAIRS, **{close: opened for opened, close in _PAIRS.items()}}
_STRONG = frozenset(("L", "R"))


def is_rtl(code: int) -> bool:
    """Whether a code point belongs to a script that is written from right to left."""
    return (
        0x590 <= code < 0x900
        or 0xFB1D <= code < 0xFE00
        or 0xFE70 <= code < 0xFF00
        or 0x10800 <= code < 0x11000
        or 0x1E800 <= code < 0x1F000
    )


def balance(text: str) -> int:
    """More than 0 where a text has more letters that are written from right to left."""
    out = 0
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        out += (kind in ("R", "AL")) - (kind == "L")
    return out


def logical(parts: Sequence[str], *, rtl: bool) -> str:
    """The parts of a line (a glyph each, from left to right) as text in the order of reading.

    ``rtl`` is the direction of the line. A part of several letters, a ligature or a letter with
    its points, stays as it is.
    """
    levels = _levels([_kind(part) for part in parts], 1 if rtl else 0)
    order = list(range(len(parts)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels[end] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end + 1
    return _with_brackets([parts[place] for place in order], [levels[place] for place in order])


def _kind(part: str) -> str:
    kind = unicodedata.bidirectional(part[0]) if part else "ON"
    return kind or "L"


def _levels(kinds: list[str], base: int) -> list[int]:
    """The level of each part: odd ones are read from right to left."""
    kinds = _weak(kinds, "R" if base else "L")
    _neutral(kinds, "R" if base else "L")
    levels: list[int] = []
    for kind in kinds:
        if kind == "R":
            levels.append(1)
        elif kind == "L":
            levels.append(2 if base else 0)
        else:
            levels.append(2)  # numbers
    return levels


def _weak(kinds: Sequence[str], edge: str) -> list[str]:
    """W1 to W7: marks, numbers, and what stands in and beside numbers."""
    out = list(kinds)
    before, strong = edge, edge
    for n, kind in enumerate(out):
        if kind == "NSM":
            kind = before
        if kind == "EN" and strong == "AL":
            kind = "AN"
        if kind in ("R", "L", "AL"):
            strong = kind
        out[n] = before = kind
    out = ["R" if kind == "AL" else kind for kind in out]
    for n in range(1, len(out) - 1):
        around = out[n - 1], out[n + 1]
        if (out[n] in ("ES", "CS") and around == ("EN", "EN")) or (
            out[n] == "CS" and around == ("AN", "AN")
        ):
            out[n] = out[n - 1]
    for n, kind in enumerate(out):
        if kind == "ET":
            end = n
            while end < len(out) and out[end] == "ET":
                end += 1
            beside = (n and out[n - 1] == "EN") or (end < len(out) and out[end] == "EN")
            out[n:end] = ["EN" if beside else "ON"] * (end - n)
    strong = edge
    for n, kind in enumerate(out):
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "L":
            out[n] = "L"
        elif kind not in ("EN", "AN"):
            out[n] = "ON"
    return out


def _neutral(kinds: list[str], edge: str) -> None:
    """N1 and N2: what has no direction takes that of both its neighbours, else the line's."""
    start = 0
    while start < len(kinds):
        if kinds[start] != "ON":
            start += 1
            continue
        end = start
        while end < len(kinds) and kinds[end] == "ON":
            end += 1
        before = kinds[start - 1] if start else edge
        after = kinds[end] if end < len(kinds) else edge
        before, after = ("R" if kind in ("EN", "AN") else kind for kind in (before, after))
        kinds[start:end] = [before if before == after else edge] * (end - start)
        start = end


def _with_brackets(parts: list[str], levels: Sequence[int]) -> str:
    """The text, brackets that are read from right to left as they open and close.

    Files disagree on whether they name the bracket or the picture of it: where the brackets do
    not close as they are, and do so the other way round, they are turned.
    """
    turned = [
        _MIRRORED.get(part, part) if level % 2 else part
        for part, level in zip(parts, levels, strict=True)
    ]
    as_is, other = _unclosed(parts), _unclosed(turned)
    return "".join(turned if other < as_is else parts)


def _unclosed(parts: Sequence[str]) -> int:
    """How many brackets have no counterpart."""
    waiting: list[str] = []
    wrong = 0
    for part in parts:
        if part in _PAIRS:
            waiting.append(_PAIRS[part])
        elif part in _MIRRORED:
            if waiting and waiting[-1] == part:
                waiting.pop()
            else:
                wrong += 1
    return wrong + len(waiting)
