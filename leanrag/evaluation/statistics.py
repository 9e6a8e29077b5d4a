"""Intervals and verdicts: paired bootstrap by source document, Wilson intervals.

Cases that share a document are not independent, so whole documents are drawn (the cluster
bootstrap, Field and Welsh, 2007). Everything is seeded: the same values give the same interval.

Wilson's interval is scipy's. The bootstrap is not: ``scipy.stats.bootstrap`` gives the same BCa
interval but for the noise of its draws (ties with the mean count half there, too), but it draws
anew for every figure, while here all pipelines and budgets of a run are judged under the same
draws, which ratios and tokens at 95 are read off as well. It also has no interval where all values
are equal, and takes two to three times as long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leanrag.evaluation.results import Estimate, Verdict

Values: TypeAlias = NDArray[np.float64]
RESAMPLES = 2000
FEWEST_DOCUMENTS = 10
"""With fewer, no verdict is given: a bootstrap of so few draws claims too much."""
SEED = 20
_NORMAL = NormalDist()
_Z95 = _NORMAL.inv_cdf(0.975)
_BLOCK = 4_000_000
"""Draws in flight at once; 10,000 documents drawn 2,000 times at once would need 160 MB."""


class Resampler:
    """Seeded draws of whole documents, shared by all figures over the same cases."""

    def __init__(
        self, clusters: ArrayLike, *, resamples: int = RESAMPLES, seed: int = SEED
    ) -> None:
        _, self._index = np.unique(np.asarray(clusters), return_inverse=True)
        self.sizes: Values = np.bincount(self._index).astype(np.float64)
        self._resamples = resamples
        self._seed = seed

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return self._index.size

    @property
    def documents(self) -> int:
        """How many documents they come from."""
        return self.sizes.size

    def sums(self, columns: Values) -> Values:
        """Sums by document of columns of shape (cases, k); shape (documents, k)."""
        return np.stack(
            [np.bincount(self._index, weights=column) for column in columns.T], axis=1
        ).astype(np.float64)

    def means(self, columns: Values) -> Values:
        """Means of columns of shape (cases, k) under every draw; shape (resamples, k).

        All columns see the same draws, so that differences between them are paired.
        """
        sums = self.sums(columns)
        step = max(1, _BLOCK // self.documents)
        parts = []
        for start in range(0, self._resamples, step):
            weights = self._weights[start : start + step].astype(np.float64)
            parts.append((weights @ sums) / (weights @ self.sizes)[:, None])
        return np.concatenate(parts)

    @cached_property
    def _weights(self) -> NDArray[np.uint16]:
        """How often each document was drawn; shape (resamples, documents)."""
        generator = np.random.default_rng(self._seed)
        weights = np.empty((self._resamples, self.documents), dtype=np.uint16)
        for row in weights:
            draws = generator.integers(0, self.documents, size=self.documents)
            row[:] = np.bincount(draws, minlength=self.documents)
        return weights


def wilson(successes: int, n: int) -> Estimate:
    """A proportion with its 95 % score interval (Wilson, 1927)."""
    if not n:
        return Estimate(value=0.0, low=0.0, high=1.0, n=0)
    from scipy.stats import binomtest

    share = successes / n
    found = binomtest(successes, n).proportion_ci(method="wilson")
    # Rounding must not put an end of 0 or 1 on the wrong side of the share.
    return Estimate(
        value=share, low=min(share, float(found.low)), high=max(share, float(found.high)), n=n
    )


def proportion(flags: Sequence[bool] | NDArray[np.bool_], draws: Resampler) -> Estimate:
    """A proportion: Wilson where every case has its own document, else the cluster bootstrap.

    At 0 and 1 the bootstrap knows no spread, so Wilson's interval over the documents stands in.
    """
    marks = np.asarray(flags, dtype=np.float64)
    hits = int(marks.sum())
    if draws.documents == marks.size:
        return wilson(hits, marks.size)
    if hits in (0, marks.size):
        bound = wilson(draws.documents if hits else 0, draws.documents)
        return Estimate(value=hits / marks.size, low=bound.low, high=bound.high, n=marks.size)
    return mean_interval(marks, draws)


def mean_interval(values: ArrayLike, draws: Resampler) -> Estimate:
    """A mean with its 95 % percentile bootstrap interval over documents."""
    numbers = np.asarray(values, dtype=np.float64)
    if not numbers.size:
        return Estimate(value=0.0, low=0.0, high=0.0, n=0)
    low, high = np.quantile(draws.means(numbers[:, None])[:, 0], [0.025, 0.975])
    value = float(numbers.mean())
    return Estimate(
        value=value, low=min(float(low), value), high=max(float(high), value), n=numbers.size
    )


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The mean of a minus b over the same cases, and what may be said of it."""

    difference: float
    low: float
    high: float
    n: int
    verdict: Verdict


def paired_difference(
    a: ArrayLike, b: ArrayLike, draws: Resampler, *, higher_is_better: bool = True
) -> PairedDifference:
    """Compares two pipelines case by case; a verdict only where the interval leaves out 0.

    Fewer than ``FEWEST_DOCUMENTS`` source documents never give one.

    Raises:
        ValueError: the sides differ in length.
    """
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if not left.size == right.size == draws.cases:
        raise ValueError("paired values and their documents must be of one length")
    if not left.size:
        return PairedDifference(0.0, 0.0, 0.0, 0, "no difference shown")
    low, high = bca_interval(left - right, draws)
    verdict: Verdict = "no difference shown"
    if draws.documents >= FEWEST_DOCUMENTS and (low > 0 or high < 0):
        verdict = "better" if (low > 0) == higher_is_better else "worse"
    return PairedDifference(float((left - right).mean()), low, high, left.size, verdict)


def bca_interval(values: Values, draws: Resampler) -> tuple[float, float]:
    """The 95 % bias-corrected and accelerated interval of a mean (BCa, Efron, 1987).

    It keeps its level for rare differences better than plain percentiles do.
    """
    mean = float(values.mean())
    if draws.documents < 2 or np.all(values == values[0]):
        return mean, mean
    means = draws.means(values[:, None])[:, 0]
    # Ties with the mean count half, since differences of survival take few values.
    below = (np.sum(means < mean) + 0.5 * np.sum(means == mean)) / means.size
    bias = _NORMAL.inv_cdf(float(np.clip(below, 1 / means.size, 1 - 1 / means.size)))
    sums = draws.sums(values[:, None])[:, 0]
    left_out = (sums.sum() - sums) / np.maximum(values.size - draws.sizes, 1)
    deviation = left_out.mean() - left_out
    spread = float(np.sum(deviation**2)) ** 1.5
    acceleration = float(np.sum(deviation**3)) / (6 * spread) if spread else 0.0
    ends = []
    for z in (-_Z95, _Z95):
        shifted = bias + (bias + z) / (1 - acceleration * (bias + z))
        ends.append(float(np.quantile(means, _NORMAL.cdf(shifted))))
    return min(ends), max(ends)
