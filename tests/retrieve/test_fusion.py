"""Fusion: order of the inputs does not matter, and a clear winner of one side stays on top."""

import random

from leanrag.retrieve.fusion import fuse
from leanrag.types import Hit, SearchResult
from tests.builders import hit


def result(dense: dict[str, float], lexical: dict[str, float]) -> SearchResult:
    return SearchResult(
        tuple(hit(text, dense=score) for text, score in dense.items()),
        tuple(hit(text, lexical=score) for text, score in lexical.items()),
    )


def texts(hits: list[Hit]) -> list[str]:
    return [found.chunk.text for found in hits]


def test_both_sides_count_by_their_weight() -> None:
    lists = result({"a": 0.9, "b": 0.5, "c": 0.1}, {"c": 20.0, "b": 12.0, "a": 0.0})
    assert texts(fuse(lists, dense_weight=0.9))[0] == "a"
    assert texts(fuse(lists, dense_weight=0.1))[0] == "c"


def test_a_hit_keeps_its_raw_scores_from_both_lists() -> None:
    (found,) = fuse(result({"a": 0.9}, {"a": 7.0}), dense_weight=0.5)
    assert (found.dense, found.lexical) == (0.9, 7.0)


def test_the_order_of_the_lists_does_not_matter() -> None:
    dense = {chr(97 + i): random.Random(i).random() for i in range(8)}
    lexical = {chr(100 + i): random.Random(i + 9).random() for i in range(8)}
    lists = result(dense, lexical)
    turned = SearchResult(lists.dense[::-1], lists.lexical[::-1])
    assert fuse(lists, dense_weight=0.4) == fuse(turned, dense_weight=0.4)


def test_an_empty_side_leaves_the_other_as_it_is() -> None:
    assert texts(fuse(result({}, {"a": 1.0, "b": 3.0}), dense_weight=0.9)) == ["b", "a"]
    assert texts(fuse(result({"a": 0.1, "b": 0.3}, {}), dense_weight=0.0)) == ["b", "a"]
    assert fuse(result({}, {}), dense_weight=0.5) == []


def test_equal_scores_are_ordered_by_id() -> None:
    found = fuse(result({"a": 0.5, "b": 0.5, "c": 0.5}, {}), dense_weight=0.5)
    assert [one.id for one in found] == sorted(one.id for one in found)
