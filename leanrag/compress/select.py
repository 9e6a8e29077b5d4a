"""What every sentence is worth, and which are not worth sending whatever the budget."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from leanrag.compress.prune import SentencePruner, Values, Weights
from leanrag.compress.repeats import discount_repeats
from leanrag.protocols import Embedder, LexicalScorer, Selector
from leanrag.text.regions import region, standard, stretches
from leanrag.text.terms import terms
from leanrag.text.turns import is_transcript
from leanrag.types import Judged, Passage, Places

Keep = Literal["cautious", "balanced", "lean"]

SLOPE, OFFSET = 0.39, -2.55
"""Platt's calibration of the selector's logits, on the tune rows of eleven sets."""
MARGINS: Mapping[Keep, float] = {"cautious": 12.0, "balanced": 8.0, "lean": 5.0}
"""How far behind the best a sentence may be and still go along, in logits. On the tune rows
0.5, 1.7 and 4.6 % of the answers stand in sentences further behind."""
NOTHING_FOUND = "nothing answers the question"
"""What the trace says where no sentence is worth sending."""
ABOVE_ALL = 1.0
"""A floor that no probability reaches."""
NOTHING = -7.5
"""Where the best sentence is below, nothing answers the question; so it is for less than one in a
hundred of the tune rows that hold an answer."""
NOTHING_STRANGE = -10.0
"""The same where the selector knows little of the language: there 4 in a hundred of the tune rows
with an answer lie below the other bound, and one below this."""
WIDER = 2.0
"""The margins are this much wider where BM25, whose scores lie far apart, has helped."""
PRIOR = 8.0
"""Weight of what the search, or the embedder, says of a passage beside the selector."""
SECOND_VOTE = 0.5
"""Weight of the second order of the sentences, by what was known of their passage before, beside
the selector's; see ``_voted``. On the tune rows it gains most where a question has its answer in
a sentence that says nothing of the question, as in technical documentation."""
VOTE_K = 5
"""How slowly a place in an order loses its weight."""
REGION, REGION_WEIGHT = 32.0, 2.0
"""Standard deviation, in sentences, of the stretch of a meeting in which a sentence stands, and its
weight beside the sentence's own score. On the tune rows of QMSum 75 instead of 61 % of what is
relevant is kept in 15 % of a meeting, whatever the width (24, 32) and the weight (2 to 6)."""
LEXICAL = 8.0
"""Weight of BM25, of sentence and of passage, where the selector knows little of the language."""


@dataclass(frozen=True, slots=True)
class Valued:
    """The value of each sentence, in 0..1, one array a passage.

    Sentences below ``floor`` are not worth sending. ``note`` says so where none is. ``places``, one
    a passage, say where in it an answer seems to stand; empty where that is not known.
    """

    values: list[Values]
    floor: float
    note: str = ""
    places: Sequence[Places | None] = ()


class Pruner(Protocol):
    """Says what sentences are worth for a question."""

    def value(
        self, question: str, passages: Sequence[Passage], idf: Mapping[str, float] | None = None
    ) -> Valued:
        """Values of shape (sentences,), one array a passage."""
        ...


class SelectorPruner:
    """Values are the probabilities of a trained selector that a sentence is evidence.

    How much is kept follows from them: where one sentence stands out little else is sent, where
    many are alike they all stay.
    """

    def __init__(
        self,
        selector: Selector,
        lexical: LexicalScorer,
        *,
        embedder: Embedder | None = None,
        keep: Keep = "cautious",
        fluent: Sequence[str] = ("en",),
    ) -> None:
        """Takes what computes the values.

        Args:
            selector: judges sentences.
            lexical: scores terms by BM25.
            embedder: compares passages that no search has scored, where it knows the language.
            keep: how much is kept beside the best sentence.
            fluent: languages that embedder and selector know; in others BM25 helps.
        """
        self._selector = selector
        self._lexical = lexical
        self._embedder = embedder
        self._margin = MARGINS[keep]
        self._fluent = frozenset(fluent)

    def value(
        self, question: str, passages: Sequence[Passage], idf: Mapping[str, float] | None = None
    ) -> Valued:
        """Probabilities of shape (sentences,), one array a passage."""
        judged = self._judged(question, passages)
        if any(passage.judged is not None for passage in passages):
            priors = [one.prior for one in judged]
        else:
            priors = self._priors(question, passages)
        best = _best([one.sentences for one in judged])
        logits = [one.sentences + PRIOR * prior for one, prior in zip(judged, priors, strict=True)]
        logits = self._helped(question, passages, logits)
        # what helps to order says nothing of whether the best one is an answer
        shift = best - _best(logits) if np.isfinite(best) else 0.0
        values = discount_repeats([_probability(row + shift) for row in logits], passages)
        known = self._fluent.issuperset(passage.language for passage in passages)
        if best < (NOTHING if known else NOTHING_STRANGE):
            return Valued(values, ABOVE_ALL, NOTHING_FOUND)
        margin = self._margin if known else WIDER * self._margin
        floor = float(_probability(np.array([best - margin]))[0])
        if _are_a_talk(passages):
            return Valued(_in_regions(values, judged), floor)
        places = [one.places for one in judged]
        return Valued(_voted(values, floor, judged, priors), floor, places=places)

    def _judged(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        """What the selector says of each passage; all are read anew where one was not read.

        What is rare depends on the passages at hand, so that two readings are not of one scale.
        The priors stay; that of a passage that was not read is its own score.
        """
        known = [passage.judged for passage in passages]
        if None not in known:
            return [one for one in known if one is not None]
        fresh = self._selector.judge(question, passages)
        return [
            replace(
                new,
                prior=old.prior if old is not None else min(1.0, max(0.0, passage.score or 0.0)),
            )
            for new, old, passage in zip(fresh, known, passages, strict=True)
        ]

    def _priors(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """The likeness of each passage by the embedder, scaled to 0..1 over the passages."""
        known = self._fluent.issuperset(passage.language for passage in passages)
        if not passages or self._embedder is None or not known:
            return [0.0] * len(passages)
        vectors = self._embedder.embed_documents([passage.text for passage in passages])
        cosines = (vectors @ self._embedder.embed_queries([question])[0]).astype(np.float64)
        width = cosines.max() - cosines.min()
        scaled = (cosines - cosines.min()) / width if width > 0 else np.zeros_like(cosines)
        return [float(value) for value in scaled]

    def _helped(
        self, question: str, passages: Sequence[Passage], logits: list[Values]
    ) -> list[Values]:
        """The logits, with BM25 added in languages that the selector knows little of."""
        if all(passage.language in self._fluent for passage in passages):
            return logits
        wanted = {p.language: terms(question, p.language) for p in passages}
        asked = list(dict.fromkeys(term for found in wanted.values() for term in found))
        whole = self._bm25(asked, [terms(f"{p.label}\n{p.text}", p.language) for p in passages])
        parts = [
            terms(p.text[start:end], p.language) for p in passages for start, end in p.sentences
        ]
        own = self._bm25(asked, parts)
        more = [
            LEXICAL * (row + relevance)
            for row, relevance in zip(self._rows(own, passages), whole, strict=True)
        ]
        strange = [passage.language not in self._fluent for passage in passages]
        # the best of what is helped has nothing added, so that the others stand as they did
        most = _best([row for row, helped in zip(more, strange, strict=True) if helped])
        return [
            row + added - most if helped and len(row) else row
            for row, added, helped in zip(logits, more, strange, strict=True)
        ]

    @staticmethod
    def _rows(flat: NDArray[np.float64], passages: Sequence[Passage]) -> list[Values]:
        ends = np.cumsum([len(passage.sentences) for passage in passages])
        return np.split(flat, ends[:-1])

    def _bm25(self, asked: Sequence[str], texts: Sequence[Sequence[str]]) -> NDArray[np.float64]:
        scores = self._lexical.score(asked, texts)
        width = scores.max() - scores.min() if len(scores) else 0.0
        scaled: NDArray[np.float64] = (
            (scores - scores.min()) / width if width > 0 else np.zeros_like(scores)
        )
        return scaled


class SimilarityPruner:
    """Values from the embedder and BM25, without a trained model; see ``SentencePruner``."""

    def __init__(
        self, pruner: SentencePruner, weights: Callable[[str], Weights], *, floor: float
    ) -> None:
        """Takes the scorer, the mix of signals by question, and the floor.

        Args:
            pruner: scores sentences.
            weights: the mix for a question.
            floor: sentences below this share of the best one's value are not worth sending.
        """
        self._pruner = pruner
        self._weights = weights
        self._floor = floor

    def value(
        self, question: str, passages: Sequence[Passage], idf: Mapping[str, float] | None = None
    ) -> Valued:
        """Values of shape (sentences,), one array a passage."""
        scored = self._pruner.score(question, passages, weights=self._weights(question), idf=idf)
        values = discount_repeats(scored, passages)
        best = max((float(row.max()) for row in values if len(row)), default=0.0)
        return Valued(values, self._floor * best)


def _voted(
    values: Sequence[Values], floor: float, judged: Sequence[Judged], priors: Sequence[float]
) -> list[Values]:
    """The values, handed out anew by a vote of two orders of the sentences that are worth sending.

    One order is that of the values; in the other the sentences of the passage with the greatest
    prior come first, by the selector within a passage. Their places are summed as in reciprocal
    rank fusion (Cormack, Clarke and Büttcher, 2009). No value is made or lost, and what lies
    below the floor stays there. Passages of which nothing was known before do not vote.
    """
    if len(set(priors)) < 2:
        return list(values)
    flat = np.concatenate(list(values))
    live = np.flatnonzero(flat >= floor)
    if not len(live):
        return list(values)
    owners = np.repeat(np.arange(len(values)), [len(row) for row in values])
    known = np.asarray(priors)[owners]
    own = np.concatenate([one.sentences for one in judged])
    first = _places(np.argsort(-flat[live], kind="stable"))
    second = _places(np.lexsort((-own[live], -known[live])))
    votes = 1 / (VOTE_K + first) + SECOND_VOTE / (VOTE_K + second)
    result = flat.copy()
    result[live[np.argsort(-votes, kind="stable")]] = np.sort(flat[live])[::-1]
    return np.split(result, np.cumsum([len(row) for row in values])[:-1])


def _are_a_talk(passages: Sequence[Passage]) -> bool:
    """Whether texts that no search has ordered are the parts of a transcript."""
    if any(passage.score is not None for passage in passages):
        return False
    lines = [line for passage in passages for line in passage.text.split("\n") if line.strip()]
    return is_transcript(lines)


def _in_regions(values: Sequence[Values], judged: Sequence[Judged]) -> list[Values]:
    """The values, handed out anew by score and by the stretch of the talk that sentences stand in.

    What a meeting says of a matter stands together, and much of it says nothing by itself. Where
    relevance is scattered, as among friends, stretches do not count. No value is made or lost.
    """
    flat, own = np.concatenate(list(values)), np.concatenate([one.sentences for one in judged])
    known = np.isfinite(own)
    if not known.any():
        return list(values)
    scores = standard(np.where(known, own, own[known].min()))
    scores = scores + REGION_WEIGHT * stretches(scores) * region(scores, REGION)
    result = np.empty_like(flat)
    result[np.argsort(-scores, kind="stable")] = np.sort(flat)[::-1]
    return np.split(result, np.cumsum([len(row) for row in values])[:-1])


def _places(order: NDArray[np.intp]) -> NDArray[np.intp]:
    """The place of each item in an order, from 0."""
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places


def _best(logits: Sequence[Values]) -> float:
    return max((float(row.max()) for row in logits if len(row)), default=-np.inf)


def probability(logit: float) -> float:
    """The calibrated probability that belongs to a logit of the selector."""
    return float(_probability(np.array([logit]))[0])


def _probability(logits: Values) -> Values:
    values: Values = 1 / (1 + np.exp(-np.clip(SLOPE * logits + OFFSET, -30, 30)))
    return values
