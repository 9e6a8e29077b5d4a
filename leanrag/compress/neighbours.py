"""Words lend weight to those beside them, since names and terms are made of several."""

import re
from collections.abc import Sequence
from dataclasses import replace

from leanrag.text.words import UNSPACED
from leanrag.types import Word

_UNSPACED = re.compile(f"[{UNSPACED}]")
_PASSES = 2
_SPACED, _CHARACTER = 0.2, 0.33
"""Shares of a neighbour's weight in that of a word, and of a character in an unspaced script.

From tune rows of NaturalQuestions and XQuAD: at two thirds of the tokens .94 instead of .90 of the
answers survive in English, .51 instead of .31 in Chinese, and vectors stay as near or nearer.
"""


def lend_weight(text: str, words: Sequence[Word]) -> tuple[Word, ...]:
    """The words with weights smoothed over both neighbours, twice.

    The "of" of a "Duke of York" is worth more than others, and a character more beside a
    telling one. Characters of unspaced scripts listen to such characters that touch them alone.
    """
    characters = [bool(_UNSPACED.match(text, word.start)) for word in words]
    keeps = [word.keep for word in words]
    for _ in range(_PASSES):
        smooth = []
        for index, own in enumerate(keeps):
            share = _CHARACTER if characters[index] else _SPACED
            beside = 0.0
            for other in (index - 1, index + 1):
                heard = 0 <= other < len(words) and (
                    not characters[index]
                    or (characters[other] and _touch(words[index], words[other]))
                )
                beside += keeps[other] if heard else own
            smooth.append((1 - 2 * share) * own + share * beside)
        keeps = smooth
    return tuple(replace(word, keep=keep) for word, keep in zip(words, keeps, strict=True))


def _touch(one: Word, other: Word) -> bool:
    return one.end == other.start or other.end == one.start
