"""``leanrag eval``."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

SUITE = """
name: cats
budgets: [40, 80]
pipelines: [leanrag]
cases:
  - id: sleep
    question: How long do cats sleep?
    answers: [sixteen hours]
    contexts: ["Cats sleep sixteen hours a day.", "Dogs walk three times a day."]
  - id: need
    question: What do cats need?
    answers: [taurine]
    contexts: ["A cat needs taurine.", "Birds sing at dawn."]
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    file = tmp_path / "suite.yaml"
    file.write_text(SUITE)
    return file


def test_a_suite_is_run_and_two_runs_are_compared(run: Run, suite: Path, tmp_path: Path) -> None:
    ran = run("eval", suite, "--out", tmp_path / "a", "--json")
    assert ran.code == 0
    results = json.loads(ran.out)
    assert results["run"]["cases"] == 2
    assert [cell["budget"] for cell in results["cells"]] == [40, 80]
    assert "per_case" not in results
    written = {file.name for file in (tmp_path / "a").iterdir()}
    assert {"results.json", "report.md", "report.html"} <= written
    out = run("eval", suite, "--out", tmp_path / "b", "--quiet").out
    assert "100.0%" in out
    assert f"written to {tmp_path / 'b'}" in out

    compared = run("eval", "compare", tmp_path / "a", tmp_path / "b", "--json")
    assert compared.code == 0
    assert json.loads(compared.out)["cases"] == 2
    assert "2 cases in both runs" in run("eval", "compare", tmp_path / "a", tmp_path / "b").out


def test_a_broken_case_is_listed_and_exits_1(run: Run, suite: Path) -> None:
    suite.write_text(SUITE + "  - {id: broken}\n")
    ran = run("eval", suite, "--quiet")
    assert ran.code == 1
    assert "failed: " in ran.out
    assert "question" in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere.yaml",), "nowhere.yaml: no such suite"),
        (("compare", "a"), "use: leanrag eval"),
        (("compare", "a", "b", "c"), "use: leanrag eval"),
        (("compare", "no-run-a", "no-run-b"), "no-run-a: no such run"),
    ],
)
def test_wrong_usage_says_how(run: Run, words: tuple[str, ...], message: str) -> None:
    ran = run("eval", *words)
    assert ran.code == 2
    assert message in ran.err


def test_a_suite_that_is_none_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "suite.yaml"
    file.write_text("- a\n- b\n")
    ran = run("eval", file, "--json")
    assert ran.code == 2
    error = json.loads(ran.out)["error"]
    assert error["type"] == "EvaluationError"
    assert str(file) in error["message"]
