"""Words of scripts that write without spaces, found by what the target model reads as one token."""

import re
from collections.abc import Callable, Sequence

from leanrag.text.words import UNSPACED
from leanrag.types import Word

_LONGEST = 4
_UNSPACED = re.compile(f"[{UNSPACED}]+")


def group_unspaced(
    text: str, words: Sequence[Word], count: Callable[[str], int]
) -> tuple[Word, ...]:
    """The words with neighbouring characters joined that ``count`` says are one token together.

    Half of such a word saves nothing and reads as nothing. Longest first from the left, up to
    four characters, as dictionaries segment Chinese by maximum matching; the tokenizer's
    vocabulary is the dictionary. A joined word has the mean of its parts' weights. Where the
    counter knows no tokens of several characters, everything stays as it is.
    """
    found: list[Word] = []
    at = 0
    while at < len(words):
        size = _size(text, words, at, count)
        part = words[at : at + size]
        if size == 1:
            found.append(words[at])
        else:
            found.append(Word(part[0].start, part[-1].end, sum(w.keep for w in part) / size))
        at += size
    return tuple(found)


def _size(text: str, words: Sequence[Word], at: int, count: Callable[[str], int]) -> int:
    """How many words from ``at`` on are one token."""
    reach = at
    while (
        reach < min(len(words), at + _LONGEST)
        and words[reach].start == (words[reach - 1].end if reach > at else words[at].start)
        and _UNSPACED.fullmatch(text, words[reach].start, words[reach].end)
    ):
        reach += 1
    for end in range(reach, at + 1, -1):
        if count(text[words[at].start : words[end - 1].end]) == 1:
            return max(1, end - at)
    return 1
