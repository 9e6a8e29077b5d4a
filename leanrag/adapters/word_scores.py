"""From what a model says of its tokens to words: windows over long texts, means over words."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leanrag.text.words import UNSPACED, split_words
from leanrag.types import Span, Word

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_OVERLAP = 8
"""A window shares this part of its length with the next, for the context at its two ends."""


def readable(text: str) -> str:
    """``text`` with surrogates, which no tokenizer takes, replaced; every offset stays."""
    return _SURROGATE.sub("\ufffd", text)


def windows(tokens: int, room: int) -> list[tuple[Span, Span]]:
    """Overlapping windows of at most ``room`` tokens, and the part of each that counts.

    The parts that count tile the tokens; what a window has beside its own part is context.
    """
    if tokens <= room:
        return [((0, tokens), (0, tokens))] if tokens else []
    side = room // (2 * _OVERLAP)
    found = []
    own = 0
    while own < tokens:
        start = max(0, own - side)
        end = min(tokens, start + room)
        last = tokens if end == tokens else end - side
        found.append(((start, end), (own, last)))
        own = last
    return found


def pool(
    text: str, offsets: Sequence[Span], keeps: Sequence[float] | NDArray[np.floating]
) -> tuple[Word, ...]:
    """The words of ``text``, each with the mean of the tokens that touch it.

    Characters of unspaced scripts that one token covers together are one word. A word that the
    tokenizer leaves out (control characters) has the value 0.

    Args:
        text: the text.
        offsets: the tokens' spans in it, in order.
        keeps: one value a token.
    """
    found: list[Word] = []
    first = 0
    for start, end in _joined(text, split_words(text), offsets):
        while first < len(offsets) and offsets[first][1] <= start:
            first += 1
        total, number, at = 0.0, 0, first
        while at < len(offsets) and offsets[at][0] < end:
            if offsets[at][1] > start:
                total += float(keeps[at])
                number += 1
            at += 1
        found.append(Word(start, end, total / number if number else 0.0))
    return tuple(found)


def _joined(text: str, words: Sequence[Span], offsets: Sequence[Span]) -> list[Span]:
    """The words, unspaced characters joined where one token covers several of them whole."""
    found: list[Span] = []
    at = 0
    for start, end in words:
        while at < len(offsets) and offsets[at][1] <= start:
            at += 1
        first = found[-1][0] if found else start
        touches = first < start and found[-1][1] == start
        one_token = at < len(offsets) and offsets[at][0] <= first and end <= offsets[at][1]
        if touches and one_token and _UNSPACED.match(text, start) and _UNSPACED.match(text, first):
            found[-1] = (first, end)
        else:
            found.append((start, end))
    return found
