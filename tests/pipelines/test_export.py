"""Export: what is packed comes back, small enough and close enough; figures count what is kept."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.selector.arrays import IGNORED, NEGATIVE, POSITIVE, Groups
from pipelines.selector.export import SCALE, WORDS, config, layers_of, packed, unpacked
from pipelines.selector.figures import figures, fill


def made_up() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(0)
    words = draw.normal(0, 0.05, (50, 24)).astype(np.float32)
    words[7] = 0.0
    return {
        WORDS: words,
        "embeddings.position_embeddings.weight": draw.normal(size=(16, 24)).astype(np.float32),
        "encoder.layer.0.intermediate.dense.bias": np.ones(96, np.float32),
        "encoder.layer.1.intermediate.dense.bias": np.ones(96, np.float32),
    }


def test_what_is_packed_comes_back() -> None:
    weights = made_up()
    small = packed(weights)
    assert small[WORDS].dtype == np.int8
    assert sum(value.nbytes for value in small.values()) < 0.55 * sum(
        value.nbytes for value in weights.values()
    )
    back = unpacked(small)
    assert back.keys() == weights.keys()
    for name, value in weights.items():
        found = back[name].astype(np.float32)
        # a word's numbers are kept to half a step of its own scale
        step = np.abs(value).max(axis=-1, keepdims=True) / 127 if name == WORDS else 0.0
        assert (np.abs(found - value) <= 0.6 * step + 2e-3 * np.abs(value)).all()
    assert not back[WORDS][7].any()


def test_packing_again_changes_nothing() -> None:
    once = packed(made_up())
    again = packed(unpacked(once))
    assert (np.abs(again[WORDS].astype(int) - once[WORDS].astype(int)) <= 1).all()
    assert unpacked(made_up()).keys() == made_up().keys()
    assert WORDS + SCALE not in unpacked(once)


def test_the_configuration_follows_from_the_weights() -> None:
    weights = made_up()
    assert layers_of(weights) == 2
    found = config(weights, layers=2)
    assert (found["vocab_size"], found["hidden_size"], found["intermediate_size"]) == (50, 24, 96)
    assert found["max_position_embeddings"] == 16


def test_the_best_are_kept_while_they_fit() -> None:
    values, tokens = np.array([0.9, 0.8, 0.7, 0.1]), np.array([5, 9, 4, 1])
    assert fill(values, tokens, 10).tolist() == [True, False, True, True]
    assert not fill(values, tokens, 0).any()


def test_perfect_scores_reach_every_figure(arrays: Path) -> None:
    groups = Groups(arrays / "tune.npz")
    perfect = [(groups.targets[n] == POSITIVE).astype(float) for n in range(len(groups))]
    assert figures(groups, ["nq"], perfect) == {"nq 64": 100.0, "nq 128": 100.0}
    others = [
        np.where(groups.targets[n] == NEGATIVE, 1.0 + np.arange(len(groups.targets[n])), 0.0)
        for n in range(len(groups))
    ]
    assert figures(groups, ["nq"], others)["nq 64"] < 100.0
    assert any((groups.targets[n] == IGNORED).any() for n in range(len(groups)))
    assert figures(groups, ["locomo"], perfect) == {"locomo R@10": 100.0}
    assert figures(groups, ["qmsum"], perfect) == {"qmsum 15%": 100.0}


@pytest.mark.parametrize("name", ["nq", "xquad_zh", "cmrc", "tatqa", "mtrag", "clapnq"])
def test_every_set_has_its_figure(arrays: Path, name: str) -> None:
    groups = Groups(arrays / "tune.npz")
    scores = [np.zeros(len(groups.targets[n])) for n in range(len(groups))]
    assert figures(groups, [name], scores)
