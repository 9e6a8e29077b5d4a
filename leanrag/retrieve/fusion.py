"""Fuses the dense and the BM25 list into one ranking."""

from collections.abc import Sequence
from dataclasses import replace

from leanrag.types import Hit, SearchResult


def fuse(result: SearchResult, *, dense_weight: float) -> list[Hit]:
    """One list from two, by a convex combination of scores scaled within each list.

    The scores of each list are scaled to 0 for its last hit and 1 for its best one; a hit that
    a list does not hold counts as its last one. Unlike reciprocal rank fusion this keeps how
    clearly one side prefers a hit (Bruch et al., "An Analysis of Fusion Functions for Hybrid
    Retrieval", https://arxiv.org/abs/2210.11934).

    Args:
        result: the two lists, best first.
        dense_weight: weight of the dense side, 0 to 1.

    Returns:
        Hits with ``score`` in 0 to 1, best first, ties by id; the order within the input lists
        does not matter.
    """
    dense = _scaled(result.dense, [hit.dense or 0.0 for hit in result.dense])
    lexical = _scaled(result.lexical, [hit.lexical or 0.0 for hit in result.lexical])
    if not result.lexical:
        dense_weight = 1.0
    elif not result.dense:
        dense_weight = 0.0
    merged: dict[str, Hit] = {}
    for hit in (*result.dense, *result.lexical):
        known = merged.get(hit.id)
        merged[hit.id] = hit if known is None else _joined(known, hit)
    fused = [
        replace(
            hit,
            score=dense_weight * dense.get(hit.id, 0.0)
            + (1 - dense_weight) * lexical.get(hit.id, 0.0),
        )
        for hit in merged.values()
    ]
    return sorted(fused, key=lambda hit: (-hit.score, hit.id))


def _scaled(hits: Sequence[Hit], scores: Sequence[float]) -> dict[str, float]:
    if not hits:
        return {}
    low, high = min(scores), max(scores)
    width = high - low
    return {
        hit.id: (score - low) / width if width > 0 else 1.0
        for hit, score in zip(hits, scores, strict=True)
    }


def _joined(first: Hit, second: Hit) -> Hit:
    return replace(
        first,
        dense=first.dense if first.dense is not None else second.dense,
        lexical=first.lexical if first.lexical is not None else second.lexical,
    )
