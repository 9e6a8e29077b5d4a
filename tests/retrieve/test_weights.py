"""The weight of the dense side follows the language and how clearly each side prefers a hit."""

import pytest

from leanrag.retrieve.weights import COEFFICIENTS, dense_weight, features
from leanrag.types import SearchResult
from tests.builders import hit


def lists(dense: list[float], lexical: list[float]) -> SearchResult:
    return SearchResult(
        tuple(hit(f"d{n}", dense=score) for n, score in enumerate(dense)),
        tuple(hit(f"l{n}", lexical=score) for n, score in enumerate(lexical)),
    )


EVEN = lists([0.5, 0.5, 0.1], [9.0, 9.0, 1.0])


def test_lists_that_say_nothing_leave_the_weight_of_the_settings() -> None:
    assert dense_weight(EVEN, base=0.65, share=1.0) == pytest.approx(0.65)
    assert dense_weight(lists([], []), base=0.3, share=1.0) == pytest.approx(0.3)


def test_a_language_that_the_model_does_not_know_counts_against_it() -> None:
    weights = [dense_weight(EVEN, base=0.65, share=share) for share in (1.0, 0.3, 0.15)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] < 0.2


def test_a_side_that_prefers_one_hit_clearly_counts_for_more() -> None:
    clear = dense_weight(lists([0.9, 0.1, 0.1], [9, 9, 1]), base=0.5, share=1.0)
    other = dense_weight(lists([0.5, 0.5, 0.1], [9, 1, 1]), base=0.5, share=1.0)
    assert other < 0.5 < clear


def test_the_ends_hold_as_they_are() -> None:
    assert dense_weight(EVEN, base=0.0, share=1.0) == 0.0
    assert dense_weight(EVEN, base=1.0, share=0.15) == 1.0


def test_order_and_scale_of_the_lists_do_not_matter() -> None:
    given = lists([0.9, 0.4, 0.1], [7, 3, 1])
    turned = SearchResult(given.dense[::-1], given.lexical[::-1])
    wider = lists([0.09, 0.04, 0.01], [70, 30, 10])
    expected = dense_weight(given, base=0.6, share=0.3)
    assert dense_weight(turned, base=0.6, share=0.3) == expected
    assert dense_weight(wider, base=0.6, share=0.3) == pytest.approx(expected)


def test_every_coefficient_has_its_feature() -> None:
    assert COEFFICIENTS.keys() <= features(EVEN, share=1.0).keys()
