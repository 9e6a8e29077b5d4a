"""Fits what turns a selector's scores into probabilities, and how far behind the best they lie.

    python -m pipelines.selector.calibrate build/selector/final --arrays build/selector \\
        --table eval/baselines/retrieval/reliability.md

The slope and the offset are Platt's (1999): a logistic regression of "this sentence is evidence" on
its score. They, the margins and the bound for "nothing answers the question" stand in
``leanrag.compress.calibration`` and ``leanrag.retrieve.rerank``, and belong to one set of weights.
The table says for each set how often sentences are evidence to which the settings in use give a
probability of some band: whether the probability means the same on every corpus.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leanrag.compress.calibration import probability
from pipelines.selector.arrays import IGNORED, NEGATIVE, POSITIVE, Groups

MARGINS = (4.0, 5.0, 6.0, 8.0, 10.0, 12.0)
ANSWERED = (
    "nq",
    "xquad_en",
    "xquad_zh",
    "xquad_de",
    "xquad_es",
    "xquad_ru",
    "cmrc",
    "mtrag",
    "tatqa",
)
"""Sets whose questions one sentence answers."""
RARELY = 0.01
ROUNDS = 50
BANDS = (0.0, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1.01)
FEWEST_SENTENCES = 20


def platt(scores: NDArray[np.float64], holds: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the likeliest logistic curve, by Newton's method.

    Args:
        scores: of sentences.
        holds: whether each is evidence; some are and some are not.
    """
    found = np.array([0.0, np.log(holds.mean() / (1 - holds.mean()))])
    inputs = np.stack([scores, np.ones_like(scores)], axis=1)
    for _ in range(ROUNDS):
        sure = 1 / (1 + np.exp(-np.clip(inputs @ found, -30, 30)))
        curvature = (inputs * (sure * (1 - sure))[:, None]).T @ inputs
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), inputs.T @ (sure - holds))
        found = found - step
        if np.abs(step).max() < 1e-9:
            break
    return float(found[0]), float(found[1])


def margins(
    groups: Groups, names: Sequence[str], scores: Sequence[NDArray[np.float64]]
) -> dict[str, float]:
    """By margin, the percentage of questions whose answer lies further behind the best sentence."""
    behind = []
    for group, values in enumerate(scores):
        held = groups.targets[group] != NEGATIVE
        if names[groups.sets[group]] in ANSWERED and held.any():
            behind.append(float(values.max() - values[held].max()))
    return {
        str(margin): round(100 * float(np.mean(np.array(behind) > margin)), 2) for margin in MARGINS
    }


def reliability(
    groups: Groups, names: Sequence[str], scores: Sequence[NDArray[np.float64]]
) -> dict[str, list[tuple[int, float, float]]]:
    """By set and band of probability: sentences, mean probability, share that is evidence.

    The last entry of a set is over all bands.
    """
    flat: dict[str, tuple[list[NDArray[np.float64]], list[NDArray[np.bool_]]]] = {}
    for group, values in enumerate(scores):
        target = groups.targets[group]
        known = (target != IGNORED) & np.isfinite(values)
        inputs, holds = flat.setdefault(names[groups.sets[group]], ([], []))
        inputs.append(values[known])
        holds.append(target[known] == POSITIVE)
    found = {}
    for name, (inputs, holds) in flat.items():
        sure = np.array([probability(float(value)) for value in np.concatenate(inputs)])
        right = np.concatenate(holds)
        inside = [(sure >= low) & (sure < high) for low, high in pairwise(BANDS)]
        found[name] = [
            (
                int(band.sum()),
                float(sure[band].mean()) if band.any() else 0.0,
                float(right[band].mean()) if band.any() else 0.0,
            )
            for band in [*inside, np.ones(len(sure), dtype=np.bool_)]
        ]
    return found


def reliability_table(found: Mapping[str, Sequence[tuple[int, float, float]]]) -> str:
    """The reliability of each set as Markdown."""
    heads = [f"{100 * low:g}–{100 * min(high, 1):g} %" for low, high in pairwise(BANDS)]
    rows = [["set", "sentences", *heads, "all"], ["---"] * (len(heads) + 3)]
    for name, bands in found.items():
        cells = [
            f"{100 * sure:.1f} → {100 * right:.1f}" if number >= FEWEST_SENTENCES else "–"
            for number, sure, right in bands
        ]
        rows.append([name, f"{bands[-1][0]:,}", *cells])
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return (
        "# Probability of the selector, by set\n\n"
        "Sentences of tune rows by the calibrated probability that they are evidence: its mean in "
        "percent, and behind the arrow the share that is evidence. Bands of fewer than "
        f"{FEWEST_SENTENCES} sentences are left out.\n\n{table}\n\n"
        "A set whose questions have one short answer has less evidence in each band than one whose "
        "questions have many passages to answer them, which a question does not tell beforehand. "
        "So one curve serves all: what is kept depends on how far a sentence is behind the best of "
        "its own question, where the level of a set falls out.\n"
    )


def calibration(
    groups: Groups, names: Sequence[str], scores: Sequence[NDArray[np.float64]]
) -> dict[str, object]:
    """Slope, offset, margins, and the score that one answered question in a hundred stays below."""
    inputs, holds, best = [], [], []
    for group, values in enumerate(scores):
        target = groups.targets[group]
        if (target == POSITIVE).any():
            best.append(float(values.max()))
        if names[groups.sets[group]] != "locomo":
            inputs.append(values[target != IGNORED])
            holds.append(target[target != IGNORED] == POSITIVE)
    slope, offset = platt(np.concatenate(inputs).astype(np.float64), np.concatenate(holds))
    return {
        "slope": round(slope, 3),
        "offset": round(offset, 3),
        "percent_further_behind": margins(groups, names, scores),
        "nothing_below": round(float(np.quantile(best, RARELY)), 2),
    }


def main() -> None:
    """Prints the fit of the scores that ``pipelines.selector.average`` left."""
    parser = argparse.ArgumentParser(description="Calibrates a trained selector.")
    parser.add_argument("run", type=Path, help="folder with tune_scores.npy")
    parser.add_argument("--arrays", type=Path, required=True)
    parser.add_argument("--table", type=Path, help="file for the reliability of each set")
    given = parser.parse_args()
    groups = Groups(given.arrays / "tune.npz")
    names = json.loads((given.arrays / "manifest.json").read_text(encoding="utf-8"))["sets"]
    sizes = [len(groups.targets[group]) for group in range(len(groups))]
    flat = np.load(given.run / "tune_scores.npy")
    scores = np.split(flat, np.cumsum(sizes)[:-1])
    print(json.dumps(calibration(groups, names, scores)))
    if given.table is not None:
        table = reliability_table(reliability(groups, names, scores))
        given.table.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
