"""Which words of a text also stand in a question, and how rare they are among the texts at hand.

A model whose vocabulary does not know a script still sees what the question and a text share.
"""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from leanrag.text.terms import RUN, terms

Kind = int
WORD: Kind = 0
PAIR: Kind = 1
CHARACTER: Kind = 2

LEVELS = 4
ABSENT = 3 * LEVELS + 1
"""Mark of a question's word that no text holds."""
ASKED = ABSENT + 1
"""First of the marks of a question's words that stand in the texts, one a level of rarity."""
MARKS = ASKED + LEVELS

_RARE = (0.02, 0.08, 0.25)
"""Shares of the sentences that hold a term, below which it is of rarity 0, 1 and 2."""
_WORD = re.compile(r"[^\W_]+(?:['’._-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Match:
    """A place of a text that the question shares: its span, how it matches, and the term."""

    start: int
    end: int
    kind: Kind
    term: str


def matches(text: str, language: str, wanted: AbstractSet[str]) -> list[Match]:
    """The places of ``text`` whose term is one of ``wanted``, in order.

    A word matches as a whole by one of its terms. In a script without spaces a pair of
    characters matches before a single one does.
    """
    found: list[Match] = []
    if not wanted:
        return found
    for word in _WORD.finditer(text):
        start, piece = word.start(), word.group()
        if piece.isascii():  # most words: no script without spaces to look for
            _word(piece, start, language, wanted, found)
            continue
        at = 0
        for run in RUN.finditer(piece):
            _word(piece[at : run.start()], start + at, language, wanted, found)
            _run(run.group(), start + run.start(), wanted, found)
            at = run.end()
        _word(piece[at:], start + at, language, wanted, found)
    return found


def _word(
    word: str, start: int, language: str, wanted: AbstractSet[str], found: list[Match]
) -> None:
    if not word:
        return
    own = _terms(word, language)
    if wanted.isdisjoint(own):
        return
    term = next(term for term in own if term in wanted)
    found.append(Match(start, start + len(word), WORD, term))


def _run(run: str, start: int, wanted: AbstractSet[str], found: list[Match]) -> None:
    paired = -1
    for place, character in enumerate(run):
        pair = run[place : place + 2]
        if len(pair) == 2 and pair in wanted:
            found.append(Match(start + place, start + place + 2, PAIR, pair))
            paired = place + 1
        elif place > paired and character in wanted:
            found.append(Match(start + place, start + place + 1, CHARACTER, character))


@lru_cache(maxsize=1 << 15)
def _terms(word: str, language: str) -> tuple[str, ...]:
    return tuple(terms(word, language))


def rarity(frequencies: Mapping[str, int], sentences: int) -> dict[str, int]:
    """The level of each term, 0 for the rarest, by the share of the sentences that hold it."""
    levels = {}
    for term, count in frequencies.items():
        share = count / max(1, sentences)
        # one sentence is rare, however few there are
        levels[term] = 0 if count == 1 else sum(share > bound for bound in _RARE)
    return levels


def text_mark(match: Match, levels: Mapping[str, int]) -> int:
    """The mark of a matching place in a text, from 1."""
    return 1 + match.kind * LEVELS + levels[match.term]


def question_marks(
    question: str, languages: Sequence[str], levels: Mapping[str, int]
) -> list[tuple[int, int, int]]:
    """Spans of the question's words with their marks, by the rarest term found in the texts."""
    found = []
    for start, end, word_terms in _question_words(question, languages):
        known = [levels[term] for term in word_terms if term in levels]
        found.append((start, end, ASKED + min(known) if known else ABSENT))
    return found


def _question_words(
    question: str, languages: Sequence[str]
) -> list[tuple[int, int, tuple[str, ...]]]:
    wanted = {term for language in languages for term in terms(question, language)}
    return [
        (match.start, match.end, (match.term,))
        for language in languages
        for match in matches(question, language, wanted)
    ]
