"""From a selector's logits to probabilities, and to the floor below which nothing is sent.

The figures belong to one set of weights; ``pipelines/selector/calibrate.py`` finds them.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from leanrag.compress.values import Values

Keep = Literal["cautious", "balanced", "lean"]

SLOPE, OFFSET = 0.39, -2.55
"""Platt's calibration of the selector's logits, on the tune rows of eleven sets."""
MARGINS: Mapping[Keep, float] = {"cautious": 12.0, "balanced": 8.0, "lean": 5.0}
"""How far behind the best a sentence may be and still go along, in logits. On the tune rows
0.5, 1.7 and 4.6 % of the answers stand in sentences further behind."""
NOTHING = -7.5
"""Where the best sentence is below, nothing answers the question; so it is for less than one in a
hundred of the tune rows that hold an answer."""
NOTHING_STRANGE = -10.0
"""The same where the selector knows little of the language: there 4 in a hundred of the tune rows
with an answer lie below the other bound, and one below this."""
WIDER = 2.0
"""The margins are this much wider where BM25, whose scores lie far apart, has helped."""


def best_of(logits: Sequence[Values]) -> float:
    """The greatest of all; minus infinity where there is none."""
    return max((float(row.max()) for row in logits if len(row)), default=-np.inf)


def floor_of(best: float, keep: Keep, *, fluent: bool) -> float | None:
    """The probability from which a sentence is worth sending; None where nothing is.

    Args:
        best: logit of the best sentence.
        keep: how much is kept beside it.
        fluent: whether the selector knows the language of all that it read.
    """
    if best < (NOTHING if fluent else NOTHING_STRANGE):
        return None
    return probability(best - (MARGINS[keep] if fluent else WIDER * MARGINS[keep]))


def probability(logit: float) -> float:
    """The calibrated probability that belongs to a logit of the selector."""
    return float(probabilities(np.array([logit]))[0])


def probabilities(logits: Values) -> Values:
    """The same for many."""
    values: Values = 1 / (1 + np.exp(-np.clip(SLOPE * logits + OFFSET, -30, 30)))
    return values
