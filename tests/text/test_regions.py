"""Regions of relevance in a long text."""

import numpy as np

from leanrag.text.regions import region, standard, stretches

WIDTH = 16


def test_a_region_counts_by_its_best_pieces() -> None:
    own = np.zeros(400)
    own[50] = 3.0
    own[300:309] = 1.0
    scores = region(own, WIDTH)
    assert scores.shape == own.shape
    assert scores[50 + WIDTH] > scores[304]
    assert scores[200] < 1e-3


def test_stretches_are_told_from_scattered_pieces() -> None:
    rng = np.random.default_rng(0)
    assert stretches(np.repeat(rng.normal(size=20), 30)) == 1.0
    assert stretches(rng.normal(size=600)) < 0.3


def test_short_texts() -> None:
    for size in range(4):
        own = np.arange(size, dtype=float)
        assert region(own, WIDTH).shape == standard(own).shape == (size,)
        assert stretches(own) == 0.0
