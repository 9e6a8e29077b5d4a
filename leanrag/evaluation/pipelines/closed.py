"""Pipelines over the contexts that a case brings: rank, then cut at the budget; and controls.

These are the plain ways that people use today, and the controls without which no claim counts.
"""

import random
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise
from time import perf_counter
from typing import TypeAlias

import numpy as np

from leanrag.api.wiring.models import shared_models
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import Outcome, Piece
from leanrag.evaluation.pipelines.cutting import Ranked, cut, joined
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.pool import LexicalPool
from leanrag.evaluation.results import PipelineInfo
from leanrag.evaluation.words import word_spans
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.tokens.fitting import most
from leanrag.types import Passage, Span

RRF_K = 60
Order: TypeAlias = Callable[[Case, Workbench], tuple[list[int], float]]
"""Places of the case's contexts, best first, and the seconds that a user would wait for it."""

_REMEMBERED = 8
_SMALL_GAP = 4
_MORE_TRIES = 20
"""Units tried behind the first that does not fit, so that a control uses its budget up."""


class ClosedPipeline:
    """Orders the contexts and sends as many as fit, the last one cut at the budget."""

    def __init__(self, info: PipelineInfo, order: Order, bench: Workbench) -> None:
        self.info = info
        self._order = order
        self._bench = bench
        self._known: OrderedDict[tuple[str, str], tuple[list[int], float]] = OrderedDict()

    def run(self, case: Case, budget: int | None) -> Outcome:
        """The contexts in this pipeline's order, cut at ``budget``."""
        order, waited = self._ranked(case)
        started = perf_counter()
        contexts = [case.contexts[place] for place in order]
        room = None if budget is None else self._bench.room(case, budget)
        kept = cut(
            [Ranked(context.id, context.text) for context in contexts], room, self._bench.counter
        )
        waited += perf_counter() - started
        ranking = tuple(context.id for context in contexts)
        return self._bench.finish(case, kept, seconds=waited, ranking=ranking)

    def close(self) -> None:
        """Nothing is held."""

    def _ranked(self, case: Case) -> tuple[list[int], float]:
        # The order does not depend on the budget; its time counts for every budget all the same.
        key = (case.id, case.question)
        if key not in self._known:
            self._known[key] = self._order(case, self._bench)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[key]


def given_order(case: Case, bench: Workbench) -> tuple[list[int], float]:
    """As the case has them."""
    return list(range(len(case.contexts))), 0.0


def newest_order(case: Case, bench: Workbench) -> tuple[list[int], float]:
    """The last first, as a window over a conversation keeps its newest turns."""
    return list(reversed(range(len(case.contexts)))), 0.0


def bm25_order(case: Case, bench: Workbench) -> tuple[list[int], float]:
    """By BM25 among the case's own contexts, ties in their order."""
    pool = LexicalPool([f"{context.title} {context.text}" for context in case.contexts])
    started = perf_counter()
    scores = pool.scores(case.question)
    return np.argsort(-scores, kind="stable").tolist(), perf_counter() - started


def dense_order(case: Case, bench: Workbench) -> tuple[list[int], float]:
    """By cosine with the question; the passages' embeddings are made ahead."""
    passages = bench.vectors.documents([context.text for context in case.contexts])
    started = perf_counter()
    scores = passages @ bench.vectors.query(case.question)
    return np.argsort(-scores, kind="stable").tolist(), perf_counter() - started


def rrf_order(case: Case, bench: Workbench) -> tuple[list[int], float]:
    """Reciprocal rank fusion of both, k = 60 (Cormack, Clarke and Büttcher, 2009)."""
    lexical, first = bm25_order(case, bench)
    dense, second = dense_order(case, bench)
    started = perf_counter()
    scores = np.zeros(len(case.contexts))
    for order in (lexical, dense):
        for rank, place in enumerate(order, start=1):
            scores[place] += 1 / (RRF_K + rank)
    fused = np.argsort(-scores, kind="stable").tolist()
    return fused, first + second + perf_counter() - started


def selector_order(case: Case, bench: Workbench) -> tuple[list[int], float]:
    """By the built-in selector: the best sentence of each context, ties in their order."""
    selector = shared_models().selector("builtin")
    passages = [
        Passage(c.id, c.text, tuple(split_sentences(c.text, language)), c.title, language)
        for c in case.contexts
        for language in [detect_language(c.text)]
    ]
    started = perf_counter()
    judged = selector.judge(case.question, passages)
    best = [max([one.relevance, *map(float, one.sentences)]) for one in judged]
    order = np.argsort(-np.array(best), kind="stable").tolist()
    return order, perf_counter() - started


# ── controls ────────────────────────────────────────────────────────────────────────────────────


class RandomDeletion:
    """Deletes units at random, all equally likely, until the rest fits into the budget."""

    def __init__(
        self,
        info: PipelineInfo,
        units: Callable[[str], Sequence[Span]],
        bench: Workbench,
    ) -> None:
        self.info = info
        self._units = units
        self._bench = bench

    def run(self, case: Case, budget: int | None) -> Outcome:
        """As many units as fit, in their order; the draw depends on seed and case alone."""
        started = perf_counter()
        units = [
            (number, span)
            for number, context in enumerate(case.contexts)
            for span in self._units(context.text)
        ]
        draw = random.Random(f"{self._bench.seed}\x1f{case.id}")  # noqa: S311
        order = draw.sample(range(len(units)), len(units))
        chosen = order
        if budget is not None:
            chosen = self._fitting(case, units, order, self._bench.room(case, budget))
        kept = _pieces(case, [units[place] for place in sorted(chosen)])
        seconds = perf_counter() - started
        return self._bench.finish(case, kept, seconds=seconds, reason="drawn for deletion")

    def close(self) -> None:
        """Nothing is held."""

    def _fitting(
        self, case: Case, units: Sequence[tuple[int, Span]], order: list[int], budget: int
    ) -> list[int]:
        """The longest beginning of ``order`` that fits, and what still fits behind it."""

        def used(places: Sequence[int]) -> int:
            pieces = _pieces(case, [units[place] for place in sorted(places)])
            return self._bench.counter.count(joined(pieces))

        def fits(places: Sequence[int]) -> bool:
            return used(places) <= budget

        # A first guess by proportion spares counting the whole text again and again.
        guess = 2 * (len(units) * budget // max(1, self._bench.tokens_of(case))) + 8
        low = most(len(units), lambda number: fits(order[:number]), guess=guess)
        chosen = order[:low]
        if budget - used(chosen) <= _SMALL_GAP:
            return chosen
        for place in order[low + 1 : low + 1 + _MORE_TRIES]:
            if fits([*chosen, place]):
                chosen.append(place)
        return chosen


def _pieces(case: Case, units: Sequence[tuple[int, Span]]) -> list[Piece]:
    spans: dict[int, list[Span]] = {}
    for number, span in units:
        spans.setdefault(number, []).append(span)
    pieces = []
    for number, parts in spans.items():
        context = case.contexts[number]
        text = "".join(context.text[start:end] for start, end in parts)
        pieces.append(Piece(context.id, text, tuple(parts)))
    return pieces


def word_units(text: str) -> list[Span]:
    """Spans that tile ``text``, each a word with what follows it."""
    starts = [0, *(start for start, _ in word_spans(text)[1:]), len(text)]
    return [(start, end) for start, end in pairwise(starts) if start < end]
