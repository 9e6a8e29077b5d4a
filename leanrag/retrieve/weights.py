"""How much the dense side counts for one question, from the scores that both sides gave.

The weight is logistic in a handful of features of the two lists, in the manner of predictors of
query performance (Shtok et al., 2012, https://doi.org/10.1145/2180868.2180873): a side that
prefers few hits clearly knows more than one that finds many alike. ``pipelines.fusion`` fits the
coefficients.
"""

import math
from collections.abc import Mapping, Sequence

from leanrag.types import SearchResult

COEFFICIENTS: Mapping[str, float] = {"foreign": -3.08, "dense_gap": 0.07, "lexical_gap": -0.21}


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

    ``foreign`` is how little the embedding model knows of the language. Of each side there is the
    lead of its first hit over the second (``gap``), as a share of the width of the list's scores.
    How level the first ten are, and whether a side knows the other's first hit, were tried as
    well and taught nothing.
    """
    dense = scaled({hit.id: hit.dense or 0.0 for hit in result.dense})
    lexical = scaled({hit.id: hit.lexical or 0.0 for hit in result.lexical})
    return {
        "foreign": 1 - share,
        "dense_gap": _gap(list(dense.values())),
        "lexical_gap": _gap(list(lexical.values())),
    }


def scaled(scores: Mapping[str, float]) -> dict[str, float]:
    """The scores by falling value, ties by id, scaled to 0..1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    width = (high - low) or 1.0
    ordered = sorted(scores, key=lambda name: (-scores[name], name))
    return {name: (scores[name] - low) / width for name in ordered}


def _gap(scores: Sequence[float]) -> float:
    return scores[0] - scores[1] if len(scores) > 1 else 0.0
