"""Regions of relevance: how much the stretch of a text matters in which a piece of it stands."""

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

_POWER = 3
"""A region counts by its best pieces: many that are a little relevant are none."""
_STRETCHES = 0.06
"""Autocorrelation from which on relevance counts as coming in stretches."""
_LAGS = range(4, 25)


def standard(values: Scores) -> Scores:
    """Values with mean 0 and variance 1; zeros where all are the same."""
    spread = values.std() if len(values) else 0.0
    if spread < 1e-12:
        return np.zeros_like(values)
    return np.asarray((values - values.mean()) / spread)


def region(own: Scores, width: float) -> Scores:
    """How relevant the stretch is that each piece stands in.

    The mean of the cubes of the positive scores under a bell curve around the piece.

    Args:
        own: the pieces' own relevance, in the order of the text; shape (pieces,).
        width: standard deviation of the curve, in pieces.
    """
    if not len(own):
        return own.copy()
    reach = int(3 * width)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    energy = np.maximum(own, 0.0) ** _POWER
    smooth: Scores = np.convolve(energy, bell / bell.sum())[reach : reach + len(own)]
    return smooth


def stretches(own: Scores) -> float:
    """Whether relevance comes in long stretches (1) or is scattered (0), or how far between.

    A topic of a meeting goes on for many turns, what friends mention of it for one or two. The
    autocorrelation of the scores, over lags beyond direct neighbours, tells which it is.
    """
    values = standard(own)
    lags = [lag for lag in _LAGS if lag < len(values)]
    if not lags:
        return 0.0
    mean = np.mean([values[:-lag] @ values[lag:] / len(values) for lag in lags])
    return float(np.clip(mean / _STRETCHES, 0.0, 1.0))
