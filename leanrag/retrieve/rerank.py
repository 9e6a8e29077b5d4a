"""Reranking with the signals at hand: which of the question's terms a hit holds, and where."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leanrag.text.terms import terms
from leanrag.types import Hit


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


def _hit_terms(hit: Hit) -> set[str]:
    label = " ".join([hit.title, *hit.chunk.headings])
    return set(terms(f"{label}\n{hit.chunk.text}", hit.chunk.language))


def _rarity(wanted: set[str], held: Sequence[set[str]]) -> Mapping[str, float]:
    return {term: 1.0 / (1.0 + sum(term in found for found in held) / len(held)) for term in wanted}
