"""What was found is remembered as long as nothing that it depends on changes, within bounds."""

from collections.abc import Mapping, Sequence

import numpy as np

from leanrag.compress import remembered
from leanrag.compress.remembered import RememberedPruner, RememberedWords
from leanrag.compress.values import Valued
from leanrag.types import Judged, Passage, Word


class Counting:
    """Values that are all alike, and how often they were asked for."""

    name = "counting"

    def __init__(self) -> None:
        self.calls = 0

    def value(
        self, question: str, passages: Sequence[Passage], idf: Mapping[str, float] | None = None
    ) -> Valued:
        self.calls += 1
        return Valued([np.ones(len(passage.sentences)) for passage in passages], 0.5)

    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        self.calls += 1
        return [(Word(0, len(text), 1.0),) for text in texts]


def passage(text: str, judged: Judged | None = None) -> Passage:
    return Passage("a", text, ((0, len(text)),), judged=judged)


def test_values_are_found_once_for_the_same_question_texts_and_terms() -> None:
    counting = Counting()
    pruner = RememberedPruner(counting)
    first = pruner.value("q", [passage("a")], {"a": 1.0})
    assert pruner.value("q", [passage("a")], {"a": 1.0}) is first
    assert counting.calls == 1
    pruner.value("other", [passage("a")], {"a": 1.0})
    pruner.value("q", [passage("b")], {"a": 1.0})
    pruner.value("q", [passage("a")], {"a": 2.0})
    pruner.value("q", [passage("a")])
    assert counting.calls == 5


def test_what_a_search_judged_is_never_mixed_up() -> None:
    """Judgements are no part of what passages are compared by."""
    counting = Counting()
    pruner = RememberedPruner(counting)
    for relevance in (1.0, 2.0):
        pruner.value("q", [passage("a", Judged(relevance, np.ones(1)))])
    assert counting.calls == 2


def test_words_are_scored_once_for_the_same_question_and_texts() -> None:
    counting = Counting()
    words = RememberedWords("counting", lambda: counting)
    first = words.score(["a", "b"], "q")
    first.clear()
    assert len(words.score(["a", "b"], "q")) == 2, "what is given away is a copy"
    assert counting.calls == 1
    words.score(["a"], "q")
    words.score(["a", "b"], "other")
    assert counting.calls == 3


def test_a_scorer_that_is_not_needed_is_not_made() -> None:
    made: list[Counting] = []

    def make() -> Counting:
        made.append(Counting())
        return made[-1]

    words = RememberedWords("counting", make)
    assert (words.name, made) == ("counting", [])
    words.score(["a"])
    assert len(made) == 1


def test_entries_and_their_size_are_bounded() -> None:
    counting = Counting()
    words = RememberedWords("counting", lambda: counting)
    for number in range(remembered.ENTRIES + 1):
        words.score([str(number)])
    words.score([str(remembered.ENTRIES)])
    assert counting.calls == remembered.ENTRIES + 1
    words.score(["0"])
    assert counting.calls == remembered.ENTRIES + 2, "the oldest was let go"

    half = "x" * (remembered.CHARACTERS // 2 + 1)
    words.score([half])
    words.score([half + "y"])
    words.score([half])
    assert counting.calls == remembered.ENTRIES + 5, "the two do not fit together"
    large = "x" * (remembered.CHARACTERS + 1)
    words.score([large])
    words.score([large])
    assert counting.calls == remembered.ENTRIES + 7
