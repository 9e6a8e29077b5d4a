import numpy as np
import pytest
from scipy.stats import bootstrap

from leanrag.evaluation.statistics import (
    Resampler,
    bca_interval,
    mean_interval,
    paired_difference,
    proportion,
    wilson,
)


def test_wilson_matches_published_values() -> None:
    # Newcombe (1998), table I, method 3: 81 of 263 and 15 of 148.
    assert (round(wilson(81, 263).low, 4), round(wilson(81, 263).high, 4)) == (0.2553, 0.3662)
    assert (round(wilson(15, 148).low, 4), round(wilson(15, 148).high, 4)) == (0.0624, 0.1605)


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (0, 5), (5, 5), (1, 1)])
def test_wilson_holds_its_value_at_the_ends(hits: int, n: int) -> None:
    estimate = wilson(hits, n)

    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.n == n


def test_cases_of_one_document_widen_the_interval() -> None:
    flags = np.repeat(np.random.default_rng(1).random(40) < 0.5, 10)
    apart = proportion(flags, Resampler(np.arange(400)))
    together = proportion(flags, Resampler(np.arange(400) // 10))

    assert apart.value == together.value
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_all_alike_in_few_documents_still_has_an_interval() -> None:
    estimate = proportion(np.ones(20, dtype=bool), Resampler(np.arange(20) // 10))

    assert estimate.value == 1
    assert estimate.low < 0.5


def test_the_same_values_give_the_same_interval() -> None:
    values = np.random.default_rng(3).random(50)

    first, second = (mean_interval(values, Resampler(range(50))) for _ in range(2))

    assert first == second
    assert first != mean_interval(values, Resampler(range(50), seed=1))


def test_a_verdict_only_where_the_interval_leaves_out_zero() -> None:
    rng = np.random.default_rng(5)
    base = rng.random(200) < 0.5
    better = base | (rng.random(200) < 0.3)
    draws = Resampler(range(200))

    assert paired_difference(better, base, draws).verdict == "better"
    assert paired_difference(base, better, draws).verdict == "worse"
    assert paired_difference(better, base, draws, higher_is_better=False).verdict == "worse"
    assert paired_difference(base, base, draws).verdict == "no difference shown"
    noise = base ^ (rng.random(200) < 0.02)
    assert paired_difference(noise, base, draws).n == 200


def test_too_few_documents_give_no_verdict() -> None:
    result = paired_difference(np.ones(9), np.zeros(9), Resampler(range(9)))

    assert result.difference == 1
    assert result.verdict == "no difference shown"


def test_sides_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        paired_difference([1.0], [1.0, 0.0], Resampler([0, 1]))


def test_blocks_of_draws_do_not_change_the_means(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).random((30, 2))
    whole = Resampler(range(30)).means(values)
    monkeypatch.setattr("leanrag.evaluation.statistics._BLOCK", 1000)

    np.testing.assert_allclose(Resampler(range(30)).means(values), whole)


def test_the_interval_of_rare_differences_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(100):
        difference = (rng.random(120) < 0.1).astype(float) - (rng.random(120) < 0.05)
        low, high = bca_interval(difference, Resampler(range(120), resamples=500))
        hits += low <= 0.05 <= high
    assert 85 <= hits <= 100


@pytest.mark.parametrize("values", [(-1, 0, 0, 1), (0, 0, 0, 0, 1), tuple(range(9))])
def test_the_interval_is_that_of_scipy_but_for_the_draws(values: tuple[int, ...]) -> None:
    # Few values, so that many draws tie with the mean.
    sample = np.random.default_rng(11).choice(np.array(values, dtype=float), 150)
    known = bootstrap((sample,), np.mean, method="BCa", n_resamples=2000, rng=4)

    low, high = bca_interval(sample, Resampler(range(150)))

    noise = 0.15 * (known.confidence_interval.high - known.confidence_interval.low)
    assert low == pytest.approx(known.confidence_interval.low, abs=noise)
    assert high == pytest.approx(known.confidence_interval.high, abs=noise)


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert bca_interval(np.full(30, 0.5), Resampler(range(30))) == (0.5, 0.5)
