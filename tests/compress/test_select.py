"""What sentences are worth by a selector, how much is kept of them, and when nothing is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.compress.calibration import MARGINS, NOTHING, Keep, probability
from leanrag.compress.select import SelectorPruner
from leanrag.compress.similarity import SentencePruner, SimilarityPruner, Weights
from leanrag.compress.values import Valued
from leanrag.text.sentences import split_sentences
from leanrag.types import Judged, Passage

QUESTION = "When did the bridge open?"
TEXTS = (
    "The bridge opened in 1937. Cars crossed it from May on. Its paint is orange.",
    "Tolls are paid by plate. Dogs must wait outside.",
)


class Given:
    """Judges as it is told, and counts how often it is asked."""

    name = "given"

    def __init__(self, *logits: Sequence[float]) -> None:
        self._logits = logits
        self.calls = 0

    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        self.calls += 1
        return [judged(*row) for row, _ in zip(self._logits, passages, strict=True)]


class NoScorer:
    """Must not be asked."""

    def score(self, *_: object, **__: object) -> np.ndarray:
        raise AssertionError("BM25 was asked")


def judged(*logits: float) -> Judged:
    return Judged(max(logits, default=-np.inf), np.array(logits, dtype=np.float64))


def passage(text: str, given: Judged | None = None, *, language: str = "en") -> Passage:
    return Passage(
        text[:9], text, tuple(split_sentences(text, language)), "", language, judged=given
    )


def kept(valued: Valued) -> list[list[bool]]:
    return [[bool(value >= valued.floor) for value in row] for row in valued.values]


def valued(selector: Given, keep: Keep = "cautious", texts: Sequence[str] = TEXTS) -> Valued:
    pruner = SelectorPruner(selector, NoScorer(), keep=keep)
    return pruner.value(QUESTION, [passage(text) for text in texts])


def test_values_are_probabilities_in_the_order_of_the_logits() -> None:
    found = valued(Given([9.0, 2.0, -3.0], [0.0, -30.0]))
    flat = np.concatenate(found.values)
    assert ((flat >= 0) & (flat < 1)).all()
    assert list(np.argsort(-flat)) == [0, 1, 3, 2, 4]
    assert flat[0] == pytest.approx(probability(9.0))
    assert found.note == ""


@pytest.mark.parametrize("keep", get_args(Keep))
def test_what_is_far_behind_the_best_goes(keep: Keep) -> None:
    margin = MARGINS[keep]
    found = valued(Given([9.0, 9.1 - margin, 8.9 - margin], [-20.0, 8.9]), keep)
    assert kept(found) == [[True, True, False], [False, True]]


def test_the_cautious_keep_what_the_lean_leave() -> None:
    logits = ([9.0, 4.5, 2.0], [0.5, -5.0])
    found = [
        sum(map(sum, kept(valued(Given(*logits), keep))))
        for keep in ("cautious", "balanced", "lean")
    ]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 3


def test_where_all_are_alike_all_stay() -> None:
    assert all(map(all, kept(valued(Given([3.0, 2.9, 2.8], [3.0, 2.7]), "lean"))))


def test_nothing_relevant_nothing_sent() -> None:
    low = NOTHING - 0.1
    found = valued(Given([low, low - 1, low], [low, low - 2]))
    assert found.note == "nothing answers the question"
    assert not any(map(any, kept(found)))
    above = valued(Given([NOTHING + 0.1, low, low], [low, low]))
    assert above.note == ""
    assert kept(above)[0][0]


@pytest.mark.parametrize("texts", [(), ("",), ("  ",)])
def test_no_words_no_values(texts: tuple[str, ...]) -> None:
    given = [[-np.inf] * len(split_sentences(text, "en")) for text in texts]
    found = valued(Given(*given), texts=texts)
    assert [len(row) for row in found.values] == [len(row) for row in given]
    assert not any(map(any, kept(found)))
    assert all((row >= 0).all() for row in found.values)


def test_a_judgement_at_hand_is_taken() -> None:
    selector = Given([1.0, 1.0, 1.0], [1.0, 1.0])
    some = [passage(TEXTS[0], judged(5.0, 1.0, 0.0)), passage(TEXTS[1], judged(2.0, 3.0))]
    found = SelectorPruner(selector, NoScorer()).value(QUESTION, some)
    assert selector.calls == 0
    assert [int(np.argmax(row)) for row in found.values] == [0, 1]


def test_all_are_judged_together_where_one_judgement_is_missing() -> None:
    """What is rare depends on the passages at hand, so two judgements are not of one scale."""
    selector = Given([1.0, 2.0, 3.0], [1.0, 2.0])
    some = [passage(TEXTS[0], judged(9.0, 1.0, 0.0)), passage(TEXTS[1])]
    found = SelectorPruner(selector, NoScorer()).value(QUESTION, some)
    assert selector.calls == 1
    assert [int(np.argmax(row)) for row in found.values] == [2, 1]


def test_sentences_of_the_passage_that_the_search_prefers_come_along_sooner() -> None:
    """Where the selector sees little in any, those beside the best one are the better guess."""
    search = [passage(TEXTS[0], judged(3.0, -2.0, -2.2)), passage(TEXTS[1], judged(-1.9, -1.8))]
    some = [
        replace(one, judged=replace(one.judged, prior=prior))
        for one, prior in zip(search, (0.9, 0.895), strict=True)
        if one.judged is not None
    ]
    found = SelectorPruner(Given(), NoScorer()).value(QUESTION, some)
    order = np.argsort(-np.concatenate(found.values), kind="stable")
    assert order.tolist() == [0, 4, 1, 3, 2]
    alike = [replace(one, judged=replace(one.judged, prior=0.9)) for one in some if one.judged]
    plain = SelectorPruner(Given(), NoScorer()).value(QUESTION, alike)
    assert np.argsort(-np.concatenate(plain.values), kind="stable").tolist() == [0, 4, 3, 1, 2]
    assert sorted(np.concatenate(plain.values)) == pytest.approx(
        sorted(np.concatenate(found.values)), rel=0.05
    ), "no value is made or lost"


def test_a_repetition_is_worth_little() -> None:
    same = "The old stone bridge over the river opened in 1937."
    found = valued(Given([5.0], [5.0]), texts=(same, same))
    assert found.values[0][0] > 10 * found.values[1][0]


class NoEmbedder:
    """Must not be asked."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the embedder was asked for {name}")


def test_what_the_search_says_of_a_passage_counts() -> None:
    even = [Judged(2.0, np.array([2.0]), prior) for prior in (0.2, 0.9)]
    two = [passage("One.", even[0]), passage("Two.", even[1])]
    pruner = SelectorPruner(Given(), NoScorer(), embedder=NoEmbedder())  # type: ignore[arg-type]
    first, second = pruner.value(QUESTION, two).values
    assert second[0] > first[0]
    assert second[0] == pytest.approx(probability(2.0)), "the best passage's value stays"


def test_the_embedder_counts_where_no_search_has_scored() -> None:
    selector = Given([1.0], [1.0])
    two = [passage("Dogs wait outside."), passage("The bridge is red.")]
    pruner = SelectorPruner(selector, NoScorer(), embedder=Axes())
    first, second = pruner.value(QUESTION, two).values
    assert second[0] > first[0]


def test_an_embedder_that_does_not_know_the_language_is_not_asked() -> None:
    two = [passage(TEXTS[1]), passage(GERMAN, language="de")]
    selector = Given([1.0, 1.0], [1.0, 1.0, 1.0])
    pruner = SelectorPruner(selector, RankBM25Scorer(), embedder=NoEmbedder())  # type: ignore[arg-type]
    assert len(pruner.value(ASKED, two).values) == 2


# ── other languages ─────────────────────────────────────────────────────────────────────────────

GERMAN = "Die Stadt liegt am Meer. Die Brücke wurde im Mai 1937 eröffnet. Hunde warten draußen."
ASKED = "Wann wurde die Brücke eröffnet?"


def helped(language: str, fluent: Sequence[str] = ("en",)) -> np.ndarray:
    pruner = SelectorPruner(Given([1.0, 1.0, 1.0]), RankBM25Scorer(), fluent=fluent)
    (row,) = pruner.value(ASKED, [passage(GERMAN, language=language)]).values
    return row


def test_bm25_decides_where_the_selector_knows_little() -> None:
    row = helped("de")
    assert int(np.argmax(row)) == 1
    assert row[1] > row[0]


def test_bm25_has_no_say_in_a_language_that_the_selector_knows() -> None:
    row = helped("de", fluent=("en", "de"))
    assert len(set(row)) == 1


def test_the_passage_of_the_words_helps_its_sentences() -> None:
    two = [passage(GERMAN, language="de"), passage("Es regnet. Es schneit.", language="de")]
    pruner = SelectorPruner(Given([1.0, 1.0, 1.0], [1.0, 1.0]), RankBM25Scorer())
    first, second = pruner.value(ASKED, two).values
    assert first.min() > second.max()


def test_a_language_that_is_known_keeps_its_values_among_others() -> None:
    mixed = [passage(TEXTS[1]), passage(GERMAN, language="de")]
    pruner = SelectorPruner(Given([3.0, 1.0], [1.0, 1.0, 1.0]), RankBM25Scorer())
    english, _ = pruner.value(ASKED, mixed).values
    assert list(english) == pytest.approx([probability(3.0), probability(1.0)])


def test_bm25_brings_no_answer_out_of_nothing() -> None:
    pruner = SelectorPruner(Given([-20.0, -20.0, -20.0]), RankBM25Scorer())
    found = pruner.value(ASKED, [passage(GERMAN, language="de")])
    assert found.note
    assert not any(map(any, kept(found)))


@pytest.mark.parametrize("text", ["", "  ", "🙂!"])
def test_other_languages_without_words_do_no_harm(text: str) -> None:
    some = [passage(text, language="xx")]
    given = [0.0] * len(some[0].sentences)
    found = SelectorPruner(Given(given), RankBM25Scorer()).value("?", some)
    assert not any(np.isnan(row).any() for row in found.values)


# ── without a trained model ─────────────────────────────────────────────────────────────────────


class Axes:
    """An embedder of one axis a word that matters."""

    name = variant = "axes"
    dimensions = 3
    max_tokens = 100

    def count(self, text: str) -> int:
        return len(text.split())

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.array([["bridge" in t.lower(), "1937" in t, 0.1] for t in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)

    embed_queries = embed_documents


def test_similarity_keeps_a_share_of_the_best() -> None:
    scorer = SentencePruner(Axes(), RankBM25Scorer())
    some = [passage(text) for text in TEXTS]

    def count(floor: float) -> int:
        pruner = SimilarityPruner(scorer, lambda question: Weights(), floor=floor)
        found = pruner.value(QUESTION, some)
        assert found.floor == pytest.approx(floor * max(row.max() for row in found.values))
        assert kept(found)[0][0], "the best is always kept"
        return sum(map(sum, kept(found)))

    assert count(0.0) == 5
    assert 1 <= count(1.0) < count(0.3) < 5


def test_similarity_asks_for_its_weights_by_question() -> None:
    asked: list[str] = []

    def weights(question: str) -> Weights:
        asked.append(question)
        return Weights(dense=0.0)

    pruner = SimilarityPruner(SentencePruner(Axes(), RankBM25Scorer()), weights, floor=0.3)
    pruner.value(QUESTION, [passage(TEXTS[0])])
    assert asked == [QUESTION]


def test_similarity_of_nothing() -> None:
    pruner = SimilarityPruner(
        SentencePruner(Axes(), RankBM25Scorer()), lambda question: Weights(), floor=0.3
    )
    assert pruner.value(QUESTION, []).values == []


def talk(turns: int, *, names: tuple[str, str] = ("Ann: ", "Bob: ")) -> Passage:
    """A transcript of one sentence a turn; without names it is an essay."""
    lines = [
        f"{names[n % 2]}We spoke of matter number {n} for quite some time.\n" for n in range(turns)
    ]
    spans, start = [], 0
    for line in lines:
        spans.append((start, start + len(line)))
        start += len(line)
    return Passage("talk", "".join(lines), tuple(spans))


def test_of_a_talk_the_stretch_around_what_is_relevant_goes_along() -> None:
    logits = [-6.0 - n % 3 for n in range(200)]
    for number in (*range(60, 80), *range(84, 100)):
        logits[number] = 3.0
    pruner = SelectorPruner(Given(logits), NoScorer())
    spoken = pruner.value(QUESTION, [talk(200)]).values[0]
    assert spoken[82] > spoken[10], "between relevant turns, not far from them"
    assert sorted(spoken) == sorted(pruner.value(QUESTION, [talk(200, names=("", ""))]).values[0])
    written = pruner.value(QUESTION, [talk(200, names=("", ""))]).values[0]
    assert written[81] == written[9], "an essay is judged sentence by sentence"


def test_of_a_talk_with_scattered_remarks_each_counts_for_itself() -> None:
    logits = [-6.0 + 0.5 * (n * 37 % 11) for n in range(200)]
    logits[40] = logits[150] = 4.0
    values = SelectorPruner(Given(logits), NoScorer()).value(QUESTION, [talk(200)]).values[0]
    assert set(np.argsort(-values)[:2]) == {40, 150}


def test_hits_of_a_search_are_not_taken_for_a_talk() -> None:
    logits = [-6.0 - n % 3 for n in range(200)]
    for number in (*range(60, 80), *range(84, 100)):
        logits[number] = 3.0
    found = replace(talk(200), score=0.5)
    values = SelectorPruner(Given(logits), NoScorer()).value(QUESTION, [found]).values[0]
    assert values[81] == values[9]
