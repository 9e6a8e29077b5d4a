"""Relevance that is borrowed from what stands around."""

import numpy as np

from leanrag.history.spread import region_weight, supported


def test_a_piece_borrows_most_from_the_one_before_it() -> None:
    scores = supported(np.array([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]))
    assert scores[3] == 1.0
    assert scores[4] > scores[2] > scores[0]
    assert scores[4] > scores[5] > 0 == scores[0]


def test_regions_weigh_more_where_relevance_comes_in_stretches() -> None:
    rng = np.random.default_rng(0)
    scattered = rng.normal(size=600)
    stretches = np.repeat(rng.normal(size=20), 30)
    assert region_weight(stretches) > 3 * region_weight(scattered)


def test_short_conversations() -> None:
    for size in range(4):
        own = np.arange(size, dtype=float)
        assert supported(own).shape == (size,)
        assert region_weight(own) > 0
