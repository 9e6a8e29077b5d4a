"""Where answers and evidence stand in a text, and spans as a browser counts them.

Spans here are flat and relative, ``[gap, length, gap, length, …]``: short as JSON. They count
UTF-16 code units, as JavaScript does, where Python counts code points.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from leanrag.evaluation.metrics import Answer
from leanrag.evaluation.words import content_words, word_spans
from leanrag.types import Span

Gaps: TypeAlias = list[int]


def merged(spans: Iterable[Span], length: int) -> list[Span]:
    """Spans in order, cut to ``0 … length``; those that touch or overlap are one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        start, end = max(0, start), min(end, length)
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def gaps(text: str, spans: Iterable[Span]) -> Gaps:
    """Spans of code points as relative UTF-16 spans."""
    wide = [place for place, letter in enumerate(text) if ord(letter) > 0xFFFF]
    found: Gaps = []
    last = 0
    for span in merged(spans, len(text)):
        start, end = (place + bisect_left(wide, place) for place in span)
        found += [start - last, end - start]
        last = end
    return found


def answer_spans(text: str, answers: Sequence[Answer], language: str) -> list[Span]:
    """Where answers stand in ``text``, by the same normalisation as the survival metric.

    All parts of an answer with several parts are marked, also where one of them is missing.
    """
    needles = {
        content_words(part, language)
        for answer in answers
        for part in ([answer] if isinstance(answer, str) else answer)
        if content_words(part, language)
    }
    if not needles:
        return []
    hay = [
        (word, span)
        for span in word_spans(text)
        for word in _without_article(text[span[0] : span[1]], language)
    ]
    words = [word for word, _ in hay]
    found = []
    for needle in needles:
        size = len(needle)
        for i, word in enumerate(words):
            if word == needle[0] and tuple(words[i : i + size]) == needle:
                found.append((hay[i][1][0], hay[i + size - 1][1][1]))
    return merged(found, len(text))


@lru_cache(maxsize=100_000)
def _without_article(word: str, language: str) -> tuple[str, ...]:
    # ``content_words`` keeps a lone article, since nothing else would be left; beside another
    # word it goes.
    return content_words(f"{word} 0", language)[:-1]


def literal_spans(text: str, passage: str) -> list[Span]:
    """Where ``passage`` stands literally in ``text``, at its first place."""
    wanted = passage.strip()
    place = text.find(wanted) if wanted else -1
    return [(place, place + len(wanted))] if place >= 0 else []
