from types import SimpleNamespace

import numpy as np

from pipelines.selector.arrays import IGNORED, NEGATIVE, POSITIVE
from pipelines.selector.calibrate import (
    calibration,
    margins,
    platt,
    reliability,
    reliability_table,
)


def test_platt_finds_the_curve_that_the_rows_were_drawn_from():
    draw = np.random.default_rng(0)
    scores = draw.normal(0, 4, 40_000)
    holds = draw.random(40_000) < 1 / (1 + np.exp(-(0.5 * scores - 2.0)))
    slope, offset = platt(scores, holds)
    assert abs(slope - 0.5) < 0.03
    assert abs(offset + 2.0) < 0.1


def test_platt_gives_the_share_where_the_scores_say_nothing():
    scores = np.tile([-1.0, 1.0], 500)
    holds = np.arange(1000) // 2 % 4 == 0
    slope, offset = platt(scores, holds)
    assert abs(slope) < 1e-6
    assert abs(1 / (1 + np.exp(-offset)) - 0.25) < 1e-6


def groups_of(*targets: list[int]) -> SimpleNamespace:
    return SimpleNamespace(
        targets=[np.array(row, dtype=np.uint8) for row in targets], sets=np.zeros(len(targets), int)
    )


def test_a_margin_counts_questions_whose_answer_lies_further_behind():
    groups = groups_of([POSITIVE, NEGATIVE], [NEGATIVE, POSITIVE], [NEGATIVE, NEGATIVE])
    scores = [np.array([1.0, 0.0]), np.array([5.5, 0.0]), np.array([9.0, 0.0])]
    found = margins(groups, ["nq"], scores)  # type: ignore[arg-type]
    assert found["5.0"] == 50.0
    assert found["6.0"] == 0.0


def test_a_sentence_that_holds_the_answer_unmarked_counts_as_an_answer_too():
    groups = groups_of([IGNORED, NEGATIVE, POSITIVE])
    found = margins(groups, ["nq"], [np.array([9.0, 8.0, 0.0])])  # type: ignore[arg-type]
    assert found["4.0"] == 0.0


def test_sets_that_may_not_be_learned_from_leave_the_curve_alone():
    draw = np.random.default_rng(1)
    scores = [draw.normal(0, 3, 50) for _ in range(20)]
    targets = [(draw.random(50) < 1 / (1 + np.exp(-row))).astype(int).tolist() for row in scores]
    groups = groups_of(*targets)
    alone = calibration(groups, ["nq"], scores)  # type: ignore[arg-type]
    more = groups_of(*targets, [POSITIVE] * 50)
    more.sets[-1] = 1
    joined = calibration(more, ["nq", "locomo"], [*scores, np.full(50, -9.0)])  # type: ignore[arg-type]
    assert (joined["slope"], joined["offset"]) == (alone["slope"], alone["offset"])


def test_reliability_is_told_by_set_and_band():
    sure, doubtful = 12.0, -20.0
    groups = groups_of([POSITIVE] * 15 + [NEGATIVE] * 5 + [IGNORED], [NEGATIVE] * 40)
    groups.sets[1] = 1
    scores = [np.array([sure] * 21), np.array([doubtful] * 40)]
    found = reliability(groups, ["nq", "cmrc"], scores)  # type: ignore[arg-type]
    assert [band[0] for band in found["nq"]] == [0, 0, 0, 0, 0, 0, 20, 20]
    assert found["nq"][-1][2] == 0.75
    assert found["cmrc"][0][0] == found["cmrc"][-1][0] == 40
    table = reliability_table(found)
    assert "| nq | 20 |" in table
    assert "→ 75.0" in table
