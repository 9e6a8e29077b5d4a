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


def test_settings_are_tuned_and_a_weak_claim_is_warned_of(
    run: Run, suite: Path, tmp_path: Path
) -> None:
    cases = "".join(
        f"""
  - id: case{n}
    question: How tall is tower {n}?
    answers: [{n}7 metres]
    contexts: ["Tower {n} is {n}7 metres tall.", "Birds sing at dawn."]
"""
        for n in range(8)
    )
    suite.write_text(SUITE.partition("cases:")[0] + "cases:" + cases)

    ran = run("eval", "tune", suite, "--keep", "0.9", "--out", tmp_path / "out", "--json")

    assert ran.code == 0
    assert json.loads(ran.out)["held_out"]["share"]["n"] == 4
    assert "warning: the held-out part has only 4 source documents" in ran.err
    assert {"tuned.yaml", "tuning.json"} <= {file.name for file in (tmp_path / "out").iterdir()}
    shown = run("eval", "tune", suite, "--keep", "0.9", "--out", tmp_path / "out", "--quiet").out
    assert "held out" in shown
    assert "keep: " in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tune", "nowhere.yaml"), "nowhere.yaml: no such suite"),
        (("tune",), "use: leanrag eval"),
        (("suite.yaml", "--keep", "0.9"), "--keep is for tuning"),
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
