"""Sentences, roughly: enough for controls and for marking evidence, in any language.

Apart from the product's own sentence splitter, so that the yardstick does not move with it.
"""

import re

from leanrag.types import Span

_SENTENCE = re.compile(r".+?(?:[.!?][\"'”’)\]]*(?=\s|$)|[。！？；]|\n|$)\s*", re.DOTALL)


def sentence_spans(text: str) -> list[Span]:
    """Spans that tile ``text``, each a sentence with the white space after it."""
    return [match.span() for match in _SENTENCE.finditer(text)]


def sentence_around(text: str, start: int, end: int) -> Span:
    """The sentence, or sentences, that ``text[start:end]`` stands in, white space trimmed."""
    first, last = 0, len(text)
    for a, b in sentence_spans(text):
        if a <= start:
            first = a
        if b >= end:
            last = b
            break
    kept = text[first:last]
    return first + len(kept) - len(kept.lstrip()), last - (len(kept) - len(kept.rstrip()))


def answer_sentence(text: str, answers: list[str], start: int | None = None) -> Span | None:
    """The sentence of the answer: at ``start`` where it is known, else at its first occurrence."""
    wanted = [answer for answer in answers if answer]
    if start is not None and any(text.startswith(answer, start) for answer in wanted):
        longest = max(len(answer) for answer in wanted if text.startswith(answer, start))
        return sentence_around(text, start, start + longest)
    found = [
        match.span()
        for answer in wanted
        if (match := re.search(re.escape(answer), text, re.IGNORECASE))
    ]
    return sentence_around(text, *min(found)) if found else None
