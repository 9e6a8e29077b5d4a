"""Sentence scores: what answers the question stands above what does not."""

import numpy as np
import pytest

from leanrag.adapters.models import load_embedder
from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.compress.similarity import SentencePruner, Weights
from leanrag.settings import EmbeddingSettings
from leanrag.text.sentences import split_sentences
from leanrag.types import Passage


@pytest.fixture(scope="module")
def pruner() -> SentencePruner:
    return SentencePruner(load_embedder(EmbeddingSettings()), RankBM25Scorer())


def passage(text: str, *, score: float | None = None, language: str = "en") -> Passage:
    return Passage(text[:12], text, tuple(split_sentences(text, language)), "", language, score)


def test_the_answering_sentence_is_worth_most(pruner: SentencePruner) -> None:
    texts = [
        "The bridge is red. The bridge opened to traffic in the year 1937. Tolls are high.",
        "The museum sells tickets online. It is closed on Mondays.",
    ]
    values = pruner.score(
        "In what year did the bridge open?", [passage(t) for t in texts], weights=Weights()
    )
    assert [array.shape for array in values] == [(3,), (2,)]
    assert int(np.argmax(np.concatenate(values))) == 1


def test_chinese_is_judged_by_its_characters(pruner: SentencePruner) -> None:
    text = "黑豹队赢得了比赛。球队的防守丢了308分。门票在网上出售。"
    (values,) = pruner.score(
        "黑豹队的防守丢了多少分？", [passage(text, language="zh")], weights=Weights(dense=0.1)
    )
    assert int(np.argmax(values)) == 1


def test_a_given_relevance_of_the_passage_counts(pruner: SentencePruner) -> None:
    same = "The limit is one hundred rows."
    values = pruner.score(
        "What is the limit?",
        [passage(same, score=0.1), passage(same, score=0.9)],
        weights=Weights(),
    )
    assert values[1][0] > values[0][0]


def test_nothing_in_nothing_out(pruner: SentencePruner) -> None:
    assert pruner.score("why?", [], weights=Weights()) == []
    (values,) = pruner.score("why?", [passage("")], weights=Weights())
    assert len(values) == 0
