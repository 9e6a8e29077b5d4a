"""Near copies behind what they copy, and not too many hits of one document."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from leanrag.text.terms import terms
from leanrag.types import Hit

COPY = 0.8
"""Share of the terms of two texts that both have (Jaccard) from which one is a near copy."""


def capped(hits: Sequence[Hit], per_document: int | None) -> list[Hit]:
    """The hits in their order, at most ``per_document`` of each document where it is given."""
    if per_document is None:
        return list(hits)
    seen: Counter[str] = Counter()
    kept = []
    for hit in hits:
        seen[hit.chunk.document_id] += 1
        if seen[hit.chunk.document_id] <= per_document:
            kept.append(hit)
    return kept


def diverse(hits: Sequence[Hit], *, weight: float, limit: int) -> list[Hit]:
    """The first ``limit`` hits by maximal marginal relevance.

    Each hit taken is the one of greatest ``(1 - weight) * relevance - weight * likeness``
    (Carbonell and Goldstein, 1998, https://doi.org/10.1145/290941.291025), where relevance is
    the score scaled to 0..1 over the hits that compete and likeness the share of terms with the
    most similar hit taken before, as far as that is nearly a copy, numbers included. So without
    near copies the order stays. Ties go to the one that stood in front, and a hit that fell back
    has no greater score than the one before it.

    Args:
        hits: best first.
        weight: of likeness, 0 to 1; with 0 nothing moves.
        limit: how many hits are wanted.
    """
    if weight <= 0 or len(hits) < 2:
        return list(hits[:limit])
    pool = list(hits[: 2 * limit])
    held = [frozenset(terms(hit.chunk.body, hit.chunk.language)) for hit in pool]
    high, low = pool[0].score, pool[-1].score
    width = (high - low) or 1.0
    left = list(range(len(pool)))
    likeness = [0.0] * len(pool)
    chosen: list[Hit] = []
    while left and len(chosen) < limit:
        best = max(
            left,
            key=lambda n: (
                (1 - weight) * (pool[n].score - low) / width - weight * likeness[n],
                -n,
            ),
        )
        left.remove(best)
        most = chosen[-1].score if chosen else pool[best].score
        chosen.append(replace(pool[best], score=min(most, pool[best].score)))
        for other in left:
            likeness[other] = max(likeness[other], _likeness(held[best], held[other]))
    return chosen


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of common terms, 0 below ``COPY`` or where a number differs."""
    every = one | other
    share = len(one & other) / len(every) if every else 0.0
    differing = one ^ other
    if share < COPY or any(map(str.isdigit, "".join(differing))):
        return 0.0
    return share
