"""The search for the fewest tokens, on measures whose best choice is known."""

from itertools import product

import pytest

from leanrag.evaluation.search import Axis, Choice, Score, Search, Trial

AXES = (Axis("a.x", (1, 2, 3)), Axis("b.y", (0.1, 0.2, 0.3)))
BUDGETS = (10, 20, 40, 80)
START = {"a.x": 1, "b.y": 0.1}
CASES = 20


def measured(choice: Choice, case: int) -> Score:
    """Case n needs n tokens; good settings need a part of that."""
    settings = dict(choice.settings)
    worse = abs(settings["a.x"] - 2) + 10 * abs(settings["b.y"] - 0.3)
    needed = (case + 1) * (1 + worse)
    return Score(float(needed <= choice.budget), choice.budget - (case % 3))


def search(*, most: int = 1000, measure: object = measured) -> Search:
    return Search(measure, CASES, BUDGETS, AXES, most)  # type: ignore[arg-type]


def every_choice() -> list[Choice]:
    names = [axis.name for axis in AXES]
    return [
        Choice(tuple(zip(names, values, strict=True)), budget)
        for *values, budget in product(*(axis.values for axis in AXES), BUDGETS)
    ]


@pytest.mark.parametrize("required", [9, 15, 18, 20])
def test_it_finds_what_trying_everything_finds(required: float) -> None:
    totals = {}
    for choice in every_choice():
        scores = [measured(choice, case) for case in range(CASES)]
        if sum(score.quality for score in scores) >= required:
            totals[choice] = sum(score.tokens for score in scores)

    found = search().cheapest(START, required)[-1]

    assert found.tokens == min(totals.values())
    assert found.quality >= required


def test_pruning_spares_cases_and_the_result_was_run_on_all() -> None:
    run = search()

    kept = run.cheapest(START, 20)

    assert kept[-1].cases == CASES
    assert sum(trial.cases for trial in run.trials) < len(run.trials) * CASES / 2
    assert len({trial.choice for trial in run.trials}) == len(run.trials)
    assert [trial.tokens for trial in kept] == sorted((t.tokens for t in kept), reverse=True)


def test_trials_are_bounded_and_every_one_is_reported() -> None:
    seen: list[Trial] = []
    run = search(most=5)
    run.step = seen.append

    run.cheapest(START, 20)

    assert run.exhausted
    assert seen == run.trials
    assert len(seen) == 5


def test_nothing_is_found_where_nothing_keeps_it() -> None:
    assert search(measure=lambda choice, case: Score(0.5, 1)).cheapest(START, 15) == ()


def test_a_known_trial_is_the_result_where_nothing_beats_it() -> None:
    known = Trial(Choice(tuple(START.items()), 80), "kept", CASES, 20, 100)

    assert search().cheapest(START, 20, known=known) == (known,)
    assert search(most=1).cheapest(START, 20, known=known) == (known,)


def test_the_best_quality_is_at_the_largest_budget_and_near_the_start() -> None:
    best = search(measure=lambda choice, case: Score(1, 1)).best_quality(START, AXES)

    assert dict(best.choice.settings) == START
    assert best.choice.budget == max(BUDGETS)
    run = search()
    run.budgets = (10, 20)
    own = sum(measured(Choice(tuple(START.items()), 20), case).quality for case in range(CASES))
    assert run.best_quality(START, AXES).quality > own
