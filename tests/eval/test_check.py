"""The gate: a figure that fell, a broken budget, damaged results."""

from pathlib import Path

import pytest

from eval import check
from leanrag.evaluation.results import PipelineInfo, Results, write_results
from tests.evaluation.test_eval_compare import results


def run(survived: dict[int, str], role: str = "leanrag") -> Results:
    info = PipelineInfo(name="p", title="p", role=role)
    return results(survived).model_copy(update={"pipelines": (info,)})


@pytest.mark.parametrize(
    ("marks", "role", "status", "told"),
    [
        ("1" * 39 + "0", "leanrag", 0, "No figure fell"),
        ("1" * 20 + "0" * 20, "leanrag", 1, "survival fell from 100.0 to 50.0 %"),
        ("1" * 20 + "0" * 20, "baseline", 0, "No figure fell"),
    ],
)
def test_a_fall_of_our_own_figures_fails(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    marks: str,
    role: str,
    status: int,
    told: str,
) -> None:
    write_results(run({64: "1" * 40}, role), tmp_path / "base" / "nq")
    write_results(run({64: marks}, role), tmp_path / "new" / "nq")

    assert check.main([str(tmp_path / "new"), str(tmp_path / "base")]) == status
    assert told in capsys.readouterr().out


def test_a_new_suite_passes_and_nothing_at_all_does_not(tmp_path: Path) -> None:
    assert check.main([str(tmp_path)]) == 2
    assert check.main([]) == 2
    write_results(run({64: "1" * 40}), tmp_path / "new" / "fresh")
    assert check.main([str(tmp_path / "new"), str(tmp_path / "none")]) == 0


def test_damaged_results_fail(tmp_path: Path) -> None:
    (tmp_path / "nq").mkdir()
    (tmp_path / "nq" / "results.json").write_text("{", encoding="utf-8")

    assert check.main([str(tmp_path), str(tmp_path / "none")]) == 1
