"""Reranking: by the terms of the question that a hit holds, and by a model that reads both."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from leanrag.protocols import Reranker, Selector
from leanrag.text.terms import terms
from leanrag.types import Hit, Judged

EARLIER = 1.0
"""Weight of the score before the selector's, which lies between 0 and 1."""
SLOPE = 0.39
"""Calibration of the selector's logits, see ``leanrag.compress.select``."""


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
        total = sum(rarity.values()) or 1.0
        scored = [
            replace(
                hit,
                score=(1 - self._coverage) * hit.score
                + self._coverage * sum(rarity[term] for term in found) / total,
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
            depth: how many of the first are judged; the others follow in their order.
        """
        self._selector = selector
        self._first = first
        self._depth = depth

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits by relevance and earlier score, ties by id, those not judged behind."""
        ordered = self._first.rerank(question, hits)
        head, tail = ordered[: self._depth], ordered[self._depth :]
        judged = self._selector.judge(question, [hit.passage for hit in head])
        ranked = [
            replace(
                hit,
                judged=replace(one, prior=hit.score),
                score=1 + _sigmoid(_worth(one)) + EARLIER * hit.score,
            )
            for hit, one in zip(head, judged, strict=True)
        ]
        return [*sorted(ranked, key=lambda hit: (-hit.score, hit.id)), *tail]


def _worth(judged: Judged) -> float:
    """The best sentence's logit, which holds the passage's relevance."""
    return max([judged.relevance, *map(float, judged.sentences)])


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-SLOPE * max(-50.0, min(50.0, logit))))


def _hit_terms(hit: Hit) -> set[str]:
    label = " ".join([hit.title, *hit.chunk.headings])
    return set(terms(f"{label}\n{hit.chunk.text}", hit.chunk.language))


def _rarity(wanted: set[str], held: Sequence[set[str]]) -> Mapping[str, float]:
    return {term: 1.0 / (1.0 + sum(term in found for found in held) / len(held)) for term in wanted}
