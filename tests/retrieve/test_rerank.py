"""Reranking with the signals at hand, and by a selector."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leanrag.retrieve.late import LateScorer
from leanrag.retrieve.rerank import (
    CLEAR,
    FEWEST,
    NoReranker,
    PairReranker,
    ScoreReranker,
    SelectorReranker,
    clear_depth,
)
from leanrag.types import Hit, Judged, Passage
from tests.builders import hit

ROOT = Path(__file__).parents[2]


def test_a_hit_that_covers_the_question_rises() -> None:
    partial = hit("The buffers are flushed. Buffers, buffers, buffers.", score=0.5)
    whole = hit("shared_buffers sets how many buffers the server keeps in memory.", score=0.5)
    ranked = ScoreReranker().rerank(
        "How many buffers does the server keep in memory?", [partial, whole]
    )
    assert ranked[0].chunk.text == whole.chunk.text


def test_scores_do_not_depend_on_the_order_of_a_set() -> None:
    """That order differs from process to process, and sums of floats with it."""
    program = (
        "from leanrag.retrieve.rerank import ScoreReranker\n"
        "from tests.builders import hit\n"
        "words = [f'word{n}' for n in range(24)]\n"
        "hits = [hit(' '.join(words[n // 3 :: 1 + n % 5]), score=n / 37) for n in range(37)]\n"
        "ranked = ScoreReranker().rerank(' '.join(words), hits)\n"
        "print([(one.id, one.score.hex()) for one in ranked])"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in range(4)
    }
    assert len(found) == 1


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


# ── by a selector ───────────────────────────────────────────────────────────────────────────────


class ByWord:
    """Finds a passage and its sentences relevant that hold a word."""

    name = "by word"

    def __init__(self, word: str = "bridge") -> None:
        self._word = word
        self.seen: list[list[str]] = []

    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        self.seen.append([passage.id for passage in passages])
        return [
            Judged(
                -4.0,
                np.array([6.0 if self._word in p.text[a:b] else -6.0 for a, b in p.sentences]),
            )
            for p in passages
        ]


def by_selector(selector: ByWord, hits: Sequence[Hit], *, depth: int = 3) -> list[Hit]:
    return SelectorReranker(selector, NoReranker(), depth=depth).rerank("When?", hits)


def test_the_best_sentence_decides() -> None:
    near = hit("It is far. The bridge is here. It is red.", score=0.4)
    ranked = by_selector(ByWord(), [hit("It is far. It is red.", score=0.6), near])
    assert ranked[0].id == near.id
    assert ranked[0].score > ranked[1].score


def test_what_is_not_judged_follows_in_its_order() -> None:
    hits = [hit(f"Number {n}, a bridge.", score=1 - n / 10) for n in range(8)]
    hits[2] = hit("Number 2, alone.", score=0.8)
    selector = ByWord()
    ranked = by_selector(selector, hits, depth=4)
    assert [one.chunk.text for one in ranked[4:]] == [one.chunk.text for one in hits[4:]]
    assert ranked[3].chunk.text == "Number 2, alone."
    assert selector.seen == [[one.id for one in hits[:4]]]
    assert [one.judged is not None for one in ranked] == [True] * 4 + [False] * 4
    scores = [one.score for one in ranked]
    assert scores == sorted(scores, reverse=True), "those judged score above all others"


def test_the_judgement_stays_with_the_hit() -> None:
    (ranked,) = by_selector(ByWord(), [hit("It is far. The bridge is here.")])
    assert ranked.judged is not None
    assert ranked.judged.sentences.tolist() == [-6.0, 6.0]
    assert ranked.passage.judged is ranked.judged


def test_the_earlier_score_breaks_a_draw_and_then_the_id() -> None:
    hits = [hit("A bridge.", score=0.6), hit("The bridge.", score=0.7), hit("Bad.", score=0.9)]
    assert [one.chunk.text for one in by_selector(ByWord(), hits)] == [
        "The bridge.",
        "A bridge.",
        "Bad.",
    ]
    same = [hit(f"bridge {n}", score=0.5) for n in range(6)]
    ranked = by_selector(ByWord(), same, depth=6)
    assert [one.id for one in ranked] == sorted(one.id for one in same)


@given(st.permutations(range(9)), st.integers(1, 10))
def test_the_order_of_the_hits_does_not_matter(order: list[int], depth: int) -> None:
    words = ("bridge", "road", "river")
    hits = [hit(f"The {words[n % 3]} {n // 3}.", score=(n % 4) / 4) for n in range(9)]
    expected = by_selector(ByWord(), hits, depth=depth)
    assert by_selector(ByWord(), [hits[n] for n in order], depth=depth) == expected
    assert {one.id for one in expected} == {one.id for one in hits}


def test_no_hits_and_hits_without_sentences() -> None:
    assert by_selector(ByWord(), []) == []
    assert len(by_selector(ByWord(), [hit(""), hit("The bridge.")])) == 2


def test_a_text_of_no_words_is_last() -> None:
    class Nothing(ByWord):
        def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
            return [
                Judged(-np.inf, np.full(len(p.sentences), -np.inf)) if "…" in p.text else one
                for p, one in zip(passages, super().judge(question, passages), strict=True)
            ]

    ranked = by_selector(Nothing(), [hit("…", score=0.5), hit("Bad.", score=0.5)])
    assert [one.chunk.text for one in ranked] == ["Bad.", "…"]


# ── how many are read ───────────────────────────────────────────────────────────────────────────


def test_clear_scores_need_few_readings() -> None:
    clear = [1.0, *[0.9 - CLEAR] * 30]
    assert clear_depth(clear, 24) == FEWEST
    assert clear_depth([0.5] * 30, 24) == 24
    assert clear_depth([1.0] * 14 + [0.1] * 10, 24) == 14
    assert clear_depth([0.5] * 3, 24) == 3
    assert clear_depth(clear, 4) == 4
    assert clear_depth([], 24) == 0


def test_only_hits_near_the_first_are_read() -> None:
    hits = [hit(f"Number {n}.", score=1.0 if n < 12 else 0.2) for n in range(30)]
    selector = ByWord()
    by_selector(selector, hits, depth=24)
    assert len(selector.seen[0]) == 12


# ── by a model over pairs ───────────────────────────────────────────────────────────────────────


class ByLength:
    """Longer texts are better."""

    def __init__(self) -> None:
        self.seen: list[list[str]] = []

    def score(self, question: str, texts: Sequence[str]) -> np.ndarray:
        self.seen.append(list(texts))
        return np.array([float(len(text)) - 50 for text in texts])


def test_a_pair_model_orders_those_it_reads() -> None:
    hits = [hit("Short.", score=0.9), hit("Much longer.", score=0.8), hit("The longest of all.")]
    hits[2] = hit("The longest of all.", score=0.1)
    model = ByLength()
    ranked = PairReranker(model, NoReranker(), depth=2).rerank("q", hits)
    assert [one.text for one in ranked] == ["Much longer.", "Short.", "The longest of all."]
    assert len(model.seen[0]) == 2
    scores = [one.score for one in ranked]
    assert scores == sorted(scores, reverse=True)
    assert PairReranker(model, NoReranker(), depth=2).rerank("q", []) == []


def test_the_earlier_score_counts_beside_a_pair_model_where_asked() -> None:
    hits = [
        hit("Short.", score=1.0),
        hit("Longer one.", score=0.9),
        hit("Longest of them.", score=0),
    ]
    alone = PairReranker(ByLength(), NoReranker(), depth=3).rerank("q", hits)
    beside = PairReranker(ByLength(), NoReranker(), depth=3, earlier=5.0).rerank("q", hits)
    assert [one.text for one in alone] == ["Longest of them.", "Longer one.", "Short."]
    assert [one.text for one in beside] == ["Longer one.", "Short.", "Longest of them."]


class ByLetter:
    """Every letter is a token of its own direction."""

    def embed_tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        return [
            np.eye(128, dtype=np.float32)[[ord(letter) for letter in text]]
            if text
            else np.zeros((0, 128), dtype=np.float32)
            for text in texts
        ]


def test_late_interaction_is_the_mean_of_the_best_matches() -> None:
    scores = LateScorer(ByLetter()).score("abca", ["xaax", "cba", "", "zz"])
    assert scores.tolist() == [0.5, 1.0, 0.0, 0.0]
