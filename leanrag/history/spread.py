"""What the turns around a turn say of it: relevance that is borrowed, and regions of relevance."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

SUPPORT: Mapping[int, float] = {-2: 0.2, -1: 0.4, 1: 0.3, 2: 0.2}
"""What a turn borrows from those beside it: an answer rarely repeats the words of its question."""
REGION = 16
"""Standard deviation, in pieces, of the bell curve under which pieces make a region."""
_POWER = 3
"""A region counts by its best pieces: many that are a little relevant are none."""
_LEAST, _MOST = 0.1, 0.6
"""Weight of the region where relevance is scattered, and where it comes in long stretches."""
_STRETCHES = 0.06
"""Autocorrelation from which on relevance counts as coming in stretches."""
_LAGS = range(4, 25)


def standard(values: Scores) -> Scores:
    """Values with mean 0 and variance 1; zeros where all are the same."""
    spread = values.std() if len(values) else 0.0
    if spread < 1e-12:
        return np.zeros_like(values)
    return np.asarray((values - values.mean()) / spread)


def supported(own: Scores) -> Scores:
    """Each score with shares of those beside it."""
    scores = own.copy()
    for offset, weight in SUPPORT.items():
        if abs(offset) < len(own):
            to = slice(max(0, -offset), len(own) - max(0, offset))
            beside = slice(max(0, offset), len(own) - max(0, -offset))
            scores[to] += weight * own[beside]
    return scores


def region(own: Scores) -> Scores:
    """How relevant the stretch is that each piece stands in.

    The mean of the cubes of the positive scores under a bell curve around the piece.
    """
    if not len(own):
        return own.copy()
    reach = 3 * REGION
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / REGION) ** 2)
    energy = np.maximum(own, 0.0) ** _POWER
    smooth: Scores = np.convolve(energy, bell / bell.sum())[reach : reach + len(own)]
    return smooth


def region_weight(own: Scores) -> float:
    """How much regions matter, by how far relevance reaches in this conversation.

    A topic of a meeting goes on for many turns, what friends mention of it for one or two. The
    autocorrelation of the scores, over lags beyond direct neighbours, tells which it is.
    """
    values = standard(own)
    lags = [lag for lag in _LAGS if lag < len(values)]
    if not lags:
        return _LEAST
    mean = np.mean([values[:-lag] @ values[lag:] / len(values) for lag in lags])
    return float(_LEAST + (_MOST - _LEAST) * np.clip(mean / _STRETCHES, 0.0, 1.0))
