"""The fit of the fusion's weights finds which side to trust, from what the lists look like."""

import random

import numpy as np
import pytest

from eval.retrieval.pools import Asked
from leanrag.retrieve.weights import COEFFICIENTS
from leanrag.types import SearchResult
from pipelines.fusion import fit as fusion
from pipelines.fusion.fit import Question, fit, question_of, recall
from tests.builders import hit

FOREIGN = list(COEFFICIENTS).index("foreign")


def drawn(seed: int, *, foreign: bool) -> Question:
    """The dense side is right, but in a foreign language, where BM25 is."""
    draw = random.Random(seed)
    right, other = np.zeros(8), np.array([draw.random() for _ in range(8)])
    gold = draw.randrange(8)
    right[gold] = 1.0
    return Question(
        features=np.array(
            [float(foreign) if n == FOREIGN else 0.0 for n in range(len(COEFFICIENTS))]
        ),
        dense=other if foreign else right,
        lexical=right if foreign else other,
        gold=np.arange(8) == gold,
        units=tuple("abcdefgh"),
        wanted=frozenset("abcdefgh"[gold]),
    )


def test_it_learns_where_the_dense_side_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fusion, "STEPS", 60)
    sets = [[drawn(n, foreign=n % 2 == 0) for n in range(20)], [drawn(99, foreign=False)]]
    found = fit(sets, 0.65)
    assert found["foreign"] < -0.5
    nothing = dict.fromkeys(COEFFICIENTS, 0.0)
    assert recall(sets[0], found, 0.65) >= recall(sets[0], nothing, 0.65)


def test_questions_that_teach_nothing_are_left_out() -> None:
    lost = drawn(1, foreign=False)
    lost = Question(
        lost.features, lost.dense, lost.lexical, lost.gold & False, lost.units, lost.wanted
    )
    assert fit([[lost], []], 0.65) == dict.fromkeys(COEFFICIENTS, 0.0)


def test_a_question_holds_the_lists_by_unit() -> None:
    result = SearchResult(
        (hit("a", dense=0.9), hit("b", dense=0.1)), (hit("b", lexical=8.0), hit("c", lexical=2.0))
    )
    asked = Asked("1", "?", "d", frozenset("c"), lambda found: found.source)
    found = question_of(asked, result, 0.3)
    assert found.units == ("a", "b", "c")
    assert found.dense.tolist() == [1.0, 0.0, 0.0]
    assert found.lexical.tolist() == [0.0, 1.0, 0.0]
    assert found.gold.tolist() == [False, False, True]
    assert found.features[FOREIGN] == pytest.approx(0.7)
