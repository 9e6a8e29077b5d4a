"""Tokens at 95: the smallest budget that keeps 95 % of the answers the full context holds."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leanrag.evaluation.results import Estimate
from leanrag.evaluation.statistics import Resampler, Values

SHARE = 0.95


def tokens_at(
    budgets: Sequence[int], shares: NDArray[np.float64], *, share: float = SHARE
) -> float | None:
    """The budget at which ``shares`` (of the full context's quality) reach ``share``.

    Shares are first made to never fall as the budget grows (the running maximum), then read
    off between the two budgets around it, linearly. None where no budget reaches it; the
    smallest budget where that one already does, since nothing is known below it.
    """
    best = np.maximum.accumulate(np.asarray(shares, dtype=np.float64))
    reached = np.flatnonzero(best >= share - 1e-12)
    if not reached.size:
        return None
    after = int(reached[0])
    if not after:
        return float(budgets[0])
    low, high = best[after - 1], best[after]
    part = (share - low) / (high - low)
    return float(budgets[after - 1] + part * (budgets[after] - budgets[after - 1]))


def tokens_at_interval(
    budgets: Sequence[int], values: Values, full: NDArray[np.float64], draws: Resampler
) -> Estimate | None:
    """``tokens_at`` with its 95 % bootstrap interval over documents.

    ``values`` has shape (cases, budgets), ``full`` (cases,) is the same of the full context.
    A draw that no budget satisfies counts as the largest budget, so an interval that ends there
    may end later. None where the budgets as run do not reach the share.
    """
    whole = float(full.mean()) if full.size else 0.0
    if whole <= 0:
        return None
    value = tokens_at(budgets, values.mean(axis=0) / whole)
    if value is None:
        return None
    means = draws.means(np.column_stack([values, full]))
    drawn = [tokens_at(budgets, row[:-1] / row[-1]) if row[-1] > 0 else None for row in means]
    places = [float(budgets[-1]) if place is None else place for place in drawn]
    low, high = np.quantile(places, [0.025, 0.975])
    return Estimate(
        value=value, low=min(float(low), value), high=max(float(high), value), n=len(full)
    )


def budget_at(
    budgets: Sequence[int], shares: NDArray[np.float64], *, share: float = SHARE
) -> int | None:
    """The smallest budget that was run and reaches ``share``."""
    reached = np.flatnonzero(np.asarray(shares) >= share - 1e-12)
    return int(budgets[int(reached[0])]) if reached.size else None
