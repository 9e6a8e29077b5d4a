"""Words, marks and single characters of a text as spans: what can be dropped from it one by one."""

import re

from leanrag.text.graphemes import grapheme_ends
from leanrag.text.languages import HAN, KANA, WORD_MARKS
from leanrag.types import Span

# Chinese, Japanese, Thai, Lao, Burmese and Khmer put no spaces between their words.
UNSPACED = f"{HAN}{KANA}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Ranges of code points, to stand inside a character class of a regular expression."""

_LETTER = rf"(?:[^\W{UNSPACED}]|[{WORD_MARKS}])"
_PIECE = re.compile(
    r"(?P<space>\s+)"
    # a word with what joins it to the next without a space: U.S., don't, 3.14, a/b, key:value
    rf"|[^\W{UNSPACED}]{_LETTER}*(?:(?:[.'’:/@&#+%-]|::|(?<=\d),(?=\d)){_LETTER}+)*"
    r"|.",
    re.DOTALL,
)


def split_words(text: str) -> list[Span]:
    """Spans of the words of ``text`` in order; between and around them is white space alone.

    A word keeps what joins its parts without a space (``don't``, ``3.14``, ``a/b``), any other
    mark is a word of its own, and so is each character of a script that writes without spaces.
    No cut falls into a grapheme cluster. Linear in the length of the text.
    """
    found = [match.span() for match in _PIECE.finditer(text) if match.lastgroup is None]
    if text.isascii():
        return found
    return _whole_graphemes(text, found)


def _whole_graphemes(text: str, words: list[Span]) -> list[Span]:
    """The words, those joined that a grapheme cluster spans, also over white space."""
    ends = set(grapheme_ends(text, 0, len(text)))
    ends.add(0)
    joined: list[Span] = []
    for start, end in words:
        if start not in ends:
            # the cluster began earlier: in the word before, or in a space that carries a mark
            first = joined.pop()[0] if joined and _touches(ends, joined[-1][1], start) else start
            while first not in ends:
                first -= 1
            start = first
        joined.append((start, end))
    return joined


def _touches(ends: set[int], before: int, start: int) -> bool:
    """Whether no cluster ends between the word that ends at ``before`` and ``start``."""
    return not any(position in ends for position in range(before, start + 1))
