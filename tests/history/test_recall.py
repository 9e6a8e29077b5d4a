"""Relevance of turns."""

from collections.abc import Callable, Sequence

import numpy as np

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.history import recall
from leanrag.history.recall import TurnScorer
from leanrag.text.sentences import split_sentences
from leanrag.types import Judged, Passage
from tests.history.parts import WordEmbedder, scorer

TURNS = [
    "Nice weather today.",
    "Ann: I adopted a parrot in March.",
    "Bob: How lovely, what is it called?",
    "Ann: Kiwi, like the fruit.",
    "Let us talk about the budget.",
    "The budget is fine.",
]


def test_the_turn_that_says_it_comes_first() -> None:
    scores = scorer().score("When did Ann adopt a parrot?", TURNS)
    assert scores.shape == (6,)
    assert int(np.argmax(scores)) == 1


def test_neighbours_of_a_relevant_turn_stand_above_strangers() -> None:
    scores = scorer().score("adopted parrot", TURNS)
    assert scores[2] > max(scores[4], scores[5])


def test_an_embedder_that_is_not_trusted_has_no_say() -> None:
    class Misleading(WordEmbedder):
        def embed_queries(self, texts):  # type: ignore[no-untyped-def]
            vectors = np.zeros((len(texts), 2), dtype=np.float32)
            vectors[:, 0] = [1.0 if "budget" in text or "parrot" in text else 0.0 for text in texts]
            vectors[:, 1] = 1 - vectors[:, 0]
            return vectors

    question = "parrot"
    turns = ["The budget is fine.", "So is the plan.", "Weather.", "My parrots sing.", "Rain."]
    misled = TurnScorer(Misleading(), RankBM25Scorer()).score(question, [*turns[:3], "x", "y"])
    assert int(np.argmax(misled)) == 0
    sober = TurnScorer(Misleading(), RankBM25Scorer(), trust=lambda question: 0.0)
    assert int(np.argmax(sober.score(question, turns))) == 3


def test_one_turn_and_none() -> None:
    assert scorer().score("a", []).shape == (0,)
    assert scorer().score("a", ["a b c"]).tolist() == [0.0]


def test_a_growing_conversation_is_embedded_once() -> None:
    embedder = WordEmbedder()
    turns = TurnScorer(embedder, RankBM25Scorer())
    turns.score("budget", TURNS[:4])
    turns.score("parrot", TURNS)
    assert embedder.embedded == TURNS


def test_the_memory_of_vectors_is_bounded(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(recall, "CACHED_VECTORS", 4)
    embedder = WordEmbedder()
    turns = TurnScorer(embedder, RankBM25Scorer())
    first = turns.score("parrot", TURNS)
    assert np.array_equal(turns.score("parrot", TURNS), first)
    assert len(turns._vectors) == 4
    assert len(embedder.embedded) > len(TURNS)


class _WordSelector:
    """Likes sentences that hold the word; counts what it read."""

    name = "word"

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[str] = []

    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        self.read += [passage.text for passage in passages]
        logits = [
            np.array([9.0 if self.word in p.text[a:b] else -9.0 for a, b in p.sentences])
            for p in passages
        ]
        return [Judged(float(row.max()), row) for row in logits]


def passages(texts: Sequence[str]) -> Callable[[int], Passage]:
    return lambda index: Passage(
        str(index), texts[index], tuple(split_sentences(texts[index])), "…"
    )


def test_the_selector_lifts_what_it_likes_and_orders_sentences() -> None:
    selector = _WordSelector("Kiwi")
    turns = TurnScorer(WordEmbedder(), RankBM25Scorer(), selector=selector)
    texts = [*TURNS, "Ann: The bird sings. Kiwi it is. Fine."]
    found = turns.relevance("What is the parrot called?", texts, passages(texts))
    assert set(np.argsort(-found.whole)[:2]) == {3, 6}
    first, second, third = found.sentences[6]
    assert second > first == third
    assert second == found.whole[6]


def test_only_the_best_pieces_are_read() -> None:
    selector = _WordSelector("sings")
    turns = TurnScorer(WordEmbedder(), RankBM25Scorer(), selector=selector, candidates=2)
    found = turns.relevance("adopt a parrot", TURNS, passages(TURNS))
    assert selector.read == TURNS[1:3]
    assert set(found.sentences) == {1, 2}


def test_another_budget_asks_nothing_again() -> None:
    selector = _WordSelector("Kiwi")
    turns = TurnScorer(WordEmbedder(), RankBM25Scorer(), selector=selector)
    first = turns.relevance("parrot", TURNS, passages(TURNS))
    assert turns.relevance("parrot", TURNS, passages(TURNS)) is first
    assert len(selector.read) == len(TURNS)
    turns.relevance("parrot", TURNS, passages(TURNS), np.ones(len(TURNS)))
    assert len(selector.read) == 2 * len(TURNS)


def test_hints_are_part_of_a_turns_own_relevance() -> None:
    gains = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 9.0])
    scores = scorer().score("parrot", TURNS, gains)
    assert int(np.argmax(scores)) == 5
    assert scores[4] > scorer().score("parrot", TURNS)[4]
