"""Reranking: by the terms of the question that a hit holds, and by a model that reads both."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from leanrag.protocols import PairScorer, Reranker, Selector
from leanrag.text.terms import terms
from leanrag.types import Hit, Judged

EARLIER = 2.0
"""Weight of the score before, which lies between 0 and 1, beside the selector's."""
SLOPE = 0.39
"""Calibration of the selector's logits, see ``leanrag.compress.calibration``."""
CLEAR = 0.6
"""A hit whose score before lies further behind the first one's than this need not be read."""
FEWEST = 10
"""Hits that a model always reads."""


class NoReranker:
    """Keeps the order of the fusion."""

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits by falling score, ties by id."""
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))


class ScoreReranker:
    """Adds to the fused score how much of the question the hit covers.

    Coverage is the share of the question's terms, weighed by their rarity among the hits, that
    stand in the hit's title, headings or text. BM25 lets one repeated term outweigh a missing
    one, and a single vector blurs names and numbers; coverage makes up for both.
    """

    def __init__(self, *, coverage: float = 0.2) -> None:
        self._coverage = coverage

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits by fused score plus weighted coverage, ties by id."""
        wanted = set(terms(question))
        if not wanted or not hits:
            return sorted(hits, key=lambda hit: (-hit.score, hit.id))
        held = [wanted & _hit_terms(hit) for hit in hits]
        rarity = _rarity(wanted, held)
        # Rounded once, since the order of a set differs from process to process.
        total = math.fsum(rarity.values()) or 1.0
        scored = [
            replace(
                hit,
                score=(1 - self._coverage) * hit.score
                + self._coverage * math.fsum(rarity[term] for term in found) / total,
            )
            for hit, found in zip(hits, held, strict=True)
        ]
        return sorted(scored, key=lambda hit: (-hit.score, hit.id))


class SelectorReranker:
    """Orders the first hits by how relevant a selector finds them.

    Its judgement of every sentence stays with the hit, so that pruning need not ask again.
    """

    def __init__(self, selector: Selector, first: Reranker, *, depth: int) -> None:
        """Takes the model, the order before it, and how many hits it reads.

        Args:
            selector: judges hits.
            first: orders all hits.
            depth: the most that are judged, see ``clear_depth``; the others follow in their order.
        """
        self._selector = selector
        self._first = first
        self._depth = depth

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits by relevance and earlier score, ties by id, those not judged behind."""

        def judge(head: Sequence[Hit]) -> list[Hit]:
            judged = self._selector.judge(question, [hit.passage for hit in head])
            return [
                replace(
                    hit,
                    judged=replace(one, prior=hit.score),
                    score=_sigmoid(SLOPE * _worth(one)) + EARLIER * hit.score,
                )
                for hit, one in zip(head, judged, strict=True)
            ]

        return _head_first(self._first.rerank(question, hits), self._depth, judge)


class PairReranker:
    """Orders the first hits by the score of a model that reads question and hit together."""

    def __init__(
        self, scorer: PairScorer, first: Reranker, *, depth: int, earlier: float = 0.0
    ) -> None:
        """Takes the model, the order before it, and how many hits it reads.

        Args:
            scorer: a cross-encoder, or late interaction.
            first: orders all hits.
            depth: the most that are read, see ``clear_depth``; the others follow in their order.
            earlier: weight of the score before beside the model's, which is scaled to 0..1 over
                the hits that it reads.
        """
        self._scorer = scorer
        self._first = first
        self._depth = depth
        self._earlier = earlier

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits by the model's score and the earlier one, ties by id, the others behind."""

        def read(head: Sequence[Hit]) -> list[Hit]:
            scores = [float(score) for score in self._scorer.score(question, _texts(head))]
            low, width = min(scores), (max(scores) - min(scores)) or 1.0
            return [
                replace(hit, score=(score - low) / width + self._earlier * hit.score)
                for hit, score in zip(head, scores, strict=True)
            ]

        return _head_first(self._first.rerank(question, hits), self._depth, read)


def clear_depth(scores: Sequence[float], most: int) -> int:
    """How many of the first hits are worth reading, from how clear their scores are.

    All that are less than ``CLEAR`` behind the first one, at least ``FEWEST`` and at most
    ``most``.

    Args:
        scores: by falling value, 0 to 1.
        most: an upper bound.
    """
    close = sum(score >= scores[0] - CLEAR for score in scores[:most]) if scores else 0
    return min(max(close, FEWEST), most, len(scores))


def _head_first(
    ordered: Sequence[Hit], most: int, score: Callable[[Sequence[Hit]], list[Hit]]
) -> list[Hit]:
    """The hits that are worth reading by their new scores, the others in their order behind."""
    depth = clear_depth([hit.score for hit in ordered], most)
    head, tail = ordered[:depth], ordered[depth:]
    if not head:
        return []
    behind = max((hit.score for hit in tail), default=0.0)
    ranked = [replace(hit, score=behind + hit.score) for hit in score(head)]
    return [*sorted(ranked, key=lambda hit: (-hit.score, hit.id)), *tail]


def _worth(judged: Judged) -> float:
    """The best sentence's logit, which holds the passage's relevance."""
    return max([judged.relevance, *map(float, judged.sentences)])


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def _texts(hits: Sequence[Hit]) -> list[str]:
    labels = [" > ".join([hit.title, *hit.chunk.headings]) for hit in hits]
    return [f"{label}\n{hit.chunk.body}" for label, hit in zip(labels, hits, strict=True)]


def _hit_terms(hit: Hit) -> set[str]:
    label = " ".join([hit.title, *hit.chunk.headings])
    return set(terms(f"{label}\n{hit.chunk.text}", hit.chunk.language))


def _rarity(wanted: set[str], held: Sequence[set[str]]) -> Mapping[str, float]:
    return {term: 1.0 / (1.0 + sum(term in found for found in held) / len(held)) for term in wanted}
