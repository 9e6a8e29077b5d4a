"""Sketches of texts, small enough to keep, from which their resemblance can be told.

Bottom-k sketches of word shingles: Broder, "On the resemblance and containment of documents",
1997. Digits are masked, so that versions that differ in dates and numbers look the same.
"""

import re
import zlib
from heapq import nsmallest

_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")
_HAN = re.compile("[\u3400-\u9fff\u3040-\u30ff]")
_SHINGLE = 3
_SIZE = 64
_FEWEST = 16
_HEX = 8


def sketch(text: str) -> str:
    """The sketch in hexadecimal digits; nothing for a text of a few words."""
    masked = _DIGITS.sub("0", text.casefold())
    words = _WORD.findall(_HAN.sub(r" \g<0> ", masked))
    shingles = {
        zlib.crc32(" ".join(words[n : n + _SHINGLE]).encode("utf-8", "replace"))
        for n in range(len(words) - _SHINGLE + 1)
    }
    if len(shingles) < _FEWEST:
        return ""
    return "".join(f"{value:08x}" for value in nsmallest(_SIZE, shingles))


def values(sketched: str) -> tuple[int, ...]:
    """The numbers of a sketch, smallest first."""
    return tuple(int(sketched[n : n + _HEX], 16) for n in range(0, len(sketched), _HEX))


def resemblance(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The estimated share of shingles that two texts have in common, 0 to 1 (Jaccard)."""
    if not one or not other:
        return 0.0
    a, b = set(one), set(other)
    lowest = nsmallest(min(_SIZE, len(a | b)), a | b)
    return sum(value in a and value in b for value in lowest) / len(lowest)
