import numpy as np
import pytest

from leanrag.evaluation.statistics import Resampler
from leanrag.evaluation.tokens_at import budget_at, tokens_at, tokens_at_interval


def test_the_budget_is_read_off_between_two_that_were_run() -> None:
    shares = np.array([0.8, 0.9, 1.0])

    assert tokens_at([64, 128, 256], shares) == pytest.approx(192)
    assert budget_at([64, 128, 256], shares) == 256


def test_a_fall_of_the_curve_does_not_count() -> None:
    assert tokens_at([10, 20, 30], np.array([0.9, 0.96, 0.8])) == pytest.approx(10 + 10 * 5 / 6)


@pytest.mark.parametrize(("shares", "found"), [([0.5, 0.94], None), ([0.97, 0.99], 10.0)])
def test_the_ends(shares: list[float], found: float | None) -> None:
    assert tokens_at([10, 20], np.array(shares)) == found


def test_the_interval_surrounds_the_value() -> None:
    rng = np.random.default_rng(4)
    needed = rng.integers(10, 150, size=300)
    budgets = [20, 60, 100, 140, 180]
    values = np.stack([(needed <= budget).astype(float) for budget in budgets], axis=1)

    estimate = tokens_at_interval(budgets, values, np.ones(300), Resampler(range(300)))

    assert estimate is not None
    assert estimate.low < estimate.value < estimate.high
    assert 135 < estimate.value < 165
    assert estimate.n == 300


def test_no_estimate_where_no_budget_reaches_it() -> None:
    values = np.zeros((20, 2))

    assert tokens_at_interval([1, 2], values, np.ones(20), Resampler(range(20))) is None
    assert tokens_at_interval([1, 2], values, np.zeros(20), Resampler(range(20))) is None
