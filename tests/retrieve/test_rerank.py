"""Reranking with the signals at hand."""

from leanrag.retrieve.rerank import NoReranker, ScoreReranker
from tests.builders import hit


def test_a_hit_that_covers_the_question_rises() -> None:
    partial = hit("The buffers are flushed. Buffers, buffers, buffers.", score=0.5)
    whole = hit("shared_buffers sets how many buffers the server keeps in memory.", score=0.5)
    ranked = ScoreReranker().rerank(
        "How many buffers does the server keep in memory?", [partial, whole]
    )
    assert ranked[0].chunk.text == whole.chunk.text


def test_headings_count_as_coverage() -> None:
    bare = hit("It is 128 megabytes.", score=0.5)
    headed = hit("It is 64 megabytes.", score=0.5, headings=("Default of shared_buffers",))
    ranked = ScoreReranker().rerank("default of shared_buffers", [bare, headed])
    assert ranked[0].chunk.headings == ("Default of shared_buffers",)


def test_none_orders_by_score_then_id() -> None:
    hits = [hit("low", score=0.1), hit("high", score=0.9), hit("also high", score=0.9)]
    ranked = NoReranker().rerank("q", hits)
    assert [one.score for one in ranked] == [0.9, 0.9, 0.1]
    assert ranked[0].id < ranked[1].id


def test_a_question_without_terms_changes_nothing() -> None:
    hits = [hit("one", score=0.9), hit("two", score=0.2)]
    assert ScoreReranker().rerank("???", hits) == hits
