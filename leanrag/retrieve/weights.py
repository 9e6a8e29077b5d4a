"""How much the dense side counts for one question, from the scores that both sides gave.

The weight is logistic in a handful of features of the two lists, after the per-query weights of
Bruch et al. (https://arxiv.org/abs/2210.11934) and of the query-performance predictors that go
back to Shtok et al. (https://doi.org/10.1145/2180868.2180873): a side that prefers few hits
clearly knows more than one that finds many alike. ``pipelines.fusion`` fits the coefficients.
"""

import math
from collections.abc import Mapping, Sequence

from leanrag.types import SearchResult

COEFFICIENTS: Mapping[str, float] = {"foreign": -3.0, "dense_gap": 0.15, "lexical_gap": -0.14}
TOP = 10


def dense_weight(result: SearchResult, *, base: float, share: float) -> float:
    """The weight of the dense side for the question that found ``result``, 0 to 1.

    Args:
        result: the two lists.
        base: the weight for a question whose lists say nothing, see ``RetrievalSettings``.
        share: how far the embedding model can be trusted with the question's language.
    """
    if not 0 < base < 1:
        return base
    found = features(result, share=share)
    logit = math.log(base / (1 - base)) + sum(COEFFICIENTS[n] * found[n] for n in COEFFICIENTS)
    return 1 / (1 + math.exp(-logit))


def features(result: SearchResult, *, share: float) -> dict[str, float]:
    """What the lists say of each side, each feature 0 where it says nothing.

    ``foreign`` is how little the embedding model knows of the language. Of each side there are
    the lead of its first hit over the second (``gap``), how far its first ten keep up with the
    first one (``level``), each as a share of the width of the list's scores, and whether the
    other side knows its first hit (``confirmed``).
    """
    dense = _scaled({hit.id: hit.dense or 0.0 for hit in result.dense})
    lexical = _scaled({hit.id: hit.lexical or 0.0 for hit in result.lexical})
    return {
        "foreign": 1 - share,
        "dense_gap": _gap(list(dense.values())),
        "lexical_gap": _gap(list(lexical.values())),
        "dense_level": _level(list(dense.values())),
        "lexical_level": _level(list(lexical.values())),
        "dense_confirmed": lexical.get(next(iter(dense), ""), 0.0),
        "lexical_confirmed": dense.get(next(iter(lexical), ""), 0.0),
    }


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    """The scores by falling value, ties by id, scaled to 0..1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    width = (high - low) or 1.0
    ordered = sorted(scores, key=lambda name: (-scores[name], name))
    return {name: (scores[name] - low) / width for name in ordered}


def _gap(scaled: Sequence[float]) -> float:
    return scaled[0] - scaled[1] if len(scaled) > 1 else 0.0


def _level(scaled: Sequence[float]) -> float:
    return sum(scaled[:TOP]) / len(scaled[:TOP]) if scaled else 0.0
