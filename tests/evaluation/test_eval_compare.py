from pathlib import Path

import pytest

from leanrag.errors import EvaluationError
from leanrag.evaluation.compare import compare, comparison_table
from leanrag.evaluation.results import (
    CaseColumn,
    PerCase,
    Results,
    RunInfo,
    read_results,
    write_results,
)


def results(survived: dict[int, str], *, ids: range = range(40), seed: int = 0) -> Results:
    columns = [
        CaseColumn(pipeline="p", budget=budget, survived=marks, tokens=(budget,) * len(marks))
        for budget, marks in survived.items()
    ]
    run = RunInfo(
        name="r",
        suite="s",
        suite_sha256="0",
        seed=seed,
        started_at="2026-01-01T00:00:00+00:00",
        seconds=1,
        cases=len(ids),
        leanrag="0",
        code_sha256="0",
        python="3",
        machine="m",
        counter="c",
        budget_counts="context",
    )
    return Results(
        run=run,
        pipelines=(),
        budgets=tuple(survived),
        cells=(),
        per_case=PerCase(
            ids=tuple(str(n) for n in ids), documents=tuple(ids), columns=tuple(columns)
        ),
    )


def test_a_fall_beyond_chance_is_worse() -> None:
    good, bad = "1" * 36 + "0" * 4, "1" * 20 + "0" * 20

    found = compare(results({64: good}), results({64: bad}))

    (figure,) = found.worse
    assert (figure.pipeline, figure.budget, figure.metric) == ("p", 64, "survival")
    assert figure.difference == pytest.approx(-0.4)
    assert figure.high < 0
    assert compare(results({64: bad}), results({64: good})).worse == ()


def test_a_small_fall_is_not() -> None:
    found = compare(results({64: "1" * 40}), results({64: "1" * 39 + "0"}))

    assert found.worse == ()
    assert found.figures[0].n == 40


def test_only_common_cases_are_compared() -> None:
    found = compare(results({64: "1" * 40}), results({64: "1" * 40}, ids=range(30, 70)))

    assert (found.cases, found.only_a, found.only_b) == (10, 30, 30)


def test_a_case_that_failed_on_one_side_is_left_out() -> None:
    found = compare(results({64: "1" * 40}), results({64: "-" + "1" * 39}))

    assert found.figures[0].n == 39


def test_tokens_at_95_are_compared_too() -> None:
    a = results({32: "0" * 40, 64: "1" * 20 + "0" * 20, 128: "1" * 40})
    b = results({32: "0" * 40, 64: "1" * 40, 128: "1" * 40})

    (tokens,) = compare(a, b).tokens_at_95

    assert tokens.a is not None
    assert tokens.b is not None
    assert tokens.b < 64 < tokens.a
    assert tokens.verdict == "better"
    assert tokens.difference is not None
    assert tokens.difference.high < 0


def test_what_else_differs_is_noted() -> None:
    found = compare(results({64: "1" * 40}), results({64: "1" * 40}, seed=1))

    assert found.notes == ("the seed differs",)


def test_runs_with_nothing_in_common_are_refused() -> None:
    one = results({64: "1" * 40})

    with pytest.raises(EvaluationError, match="no case in common"):
        compare(one, results({64: "1" * 40}, ids=range(100, 140)))
    with pytest.raises(EvaluationError, match="no pipeline at the same budget"):
        compare(one, results({32: "1" * 40}))


def test_runs_are_read_from_files_and_folders(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_results(results({64: "1" * 40}), tmp_path / name)

    found = compare(tmp_path / "a", tmp_path / "b" / "results.json")

    table = comparison_table(found)
    assert "| p | 64 | survival | 100.0 % | 100.0 % | +0.0 (+0.0 to +0.0) | 40 |" in table


@pytest.mark.parametrize("text", ["{", '{"schema_version": 99}', "[]"])
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "results.json").write_text(text, encoding="utf-8")

    with pytest.raises(EvaluationError, match="not the results of a run"):
        read_results(tmp_path)
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_results(tmp_path / "none")


def test_per_case_columns_stand_on_one_line(tmp_path: Path) -> None:
    path = write_results(results({64: "1" * 40}), tmp_path)

    assert len(path.read_text().splitlines()) < 60
    assert read_results(path).per_case.columns[0].survived == "1" * 40
