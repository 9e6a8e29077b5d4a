"""Kept words back into spans that read as text, without making a word that was not there."""

import re
from collections.abc import Sequence

from leanrag.compress.protected_words import HAN_NUMERALS
from leanrag.text.words import UNSPACED
from leanrag.types import Span, Word

_OPENING = "([{<“„‘«「『（《〈【［¿¡"
_APART = frozenset(HAN_NUMERALS)
_UNSPACED = re.compile(f"[{UNSPACED}]")


def join(text: str, sentence: Span, words: Sequence[Word], kept: Sequence[int]) -> list[Span]:
    """Spans of ``text`` that hold the kept words of a sentence, in order, touching ones merged.

    Words that stood beside each other keep what stood between them. Where words went, one of the
    white spaces between stays, a line end before a blank, so that no two words become one; where
    there is none and two would (``a—b—c``), the first word between stays instead. The white
    space that ends the sentence stays with it.

    Returns:
        Nothing when no word is kept.
    """
    spans: list[Span] = []
    before = -1
    for index, keep in enumerate(kept):
        if not keep:
            continue
        word = words[index]
        if before == index - 1 and before >= 0:
            _add(spans, (words[before].end, word.start))
        elif before >= 0:
            _add(spans, _separator(text, words, before, index))
        _add(spans, (word.start, word.end))
        before = index
    if spans:
        _add(spans, (words[-1].end, sentence[1]))
    return spans


def _add(spans: list[Span], span: Span) -> None:
    start, end = span
    if start >= end:
        return
    if spans and spans[-1][1] == start:
        spans[-1] = (spans[-1][0], end)
    else:
        spans.append(span)


def _separator(text: str, words: Sequence[Word], before: int, after: int) -> Span:
    """What stays between two kept words whose words between went; may be empty."""
    left, right = words[before], words[after]
    last, first = text[left.end - 1], text[right.start]
    nothing = (right.start, right.start)
    if not first.isalnum() and first not in _OPENING and words[after - 1].end == right.start:
        return nothing
    if last in _OPENING and words[before + 1].start == left.end:
        return nothing
    gaps = [
        (words[at].end, words[at + 1].start)
        for at in range(before, after)
        if words[at].end < words[at + 1].start
    ]
    for start, end in gaps:
        if "\n" in text[start:end]:
            return start, end
    if gaps:
        return gaps[-1][0], gaps[-1][0] + 1
    if _grow_together(last, first):
        return words[before + 1].start, words[before + 1].end
    return nothing


def _grow_together(last: str, first: str) -> bool:
    """Whether a reader would take the two characters for parts of one word or number."""
    if last in _APART and first in _APART:
        return True
    return _is_spaced_letter(last) and _is_spaced_letter(first)


def _is_spaced_letter(character: str) -> bool:
    return character.isalnum() and not _UNSPACED.match(character)
