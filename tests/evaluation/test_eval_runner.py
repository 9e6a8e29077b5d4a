"""Whole runs of a small suite, offline and without a model."""

from pathlib import Path

import pytest
import yaml

from leanrag.errors import EvaluationError, LLMError
from leanrag.evaluation import runner
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.closed import ClosedPipeline
from leanrag.evaluation.pipelines.contract import Outcome
from leanrag.evaluation.records import read_case_records
from leanrag.evaluation.report import write_report_from
from leanrag.evaluation.results import Results, read_results
from leanrag.evaluation.runner import run_suite
from tests.evaluation.builders import suite_file

NAMES = ["full", "bm25", "truncation", "random-sentences"]


def written(folder: Path, **more: object) -> Path:
    cases = [
        {
            "id": f"case-{n}",
            "question": f"How tall is tower {n}?",
            "answers": [f"{n}7 metres"],
            "document": f"d{n // 2}",
            "tags": ["even" if n % 2 == 0 else "odd"],
            "contexts": [
                {"id": str(m), "text": f"Tower {m} is old. It is {m}7 metres tall. People like it."}
                for m in range(10)
            ],
            "evidence": [{"context": str(n), "text": f"It is {n}7 metres tall."}],
        }
        for n in range(10)
    ]
    values = {
        "name": "towers",
        "budgets": [8, 20, 60],
        "pipelines": NAMES,
        "subject": "bm25",
        "cases": cases,
        **more,
    }
    return suite_file(folder, **values)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int | None]]:
    """What was really run, not taken up from the journal."""
    made: list[tuple[str, str, int | None]] = []
    plain = ClosedPipeline.run

    def watched(self: ClosedPipeline, case: Case, budget: int | None) -> Outcome:
        made.append((self.info.name, case.id, budget))
        return plain(self, case, budget)

    monkeypatch.setattr(ClosedPipeline, "run", watched)
    return made


def figures(results: Results) -> dict[str, object]:
    """Everything but times."""
    values = results.model_dump(mode="json", exclude={"run"})
    for cell in values["cells"]:
        cell["seconds_p50"] = cell["seconds_p95"] = 0
    return values


def test_a_run_gives_figures_for_every_pipeline_and_budget(tmp_path: Path) -> None:
    results = run_suite(written(tmp_path), out=tmp_path / "out")

    assert {(cell.pipeline, cell.budget) for cell in results.cells} == {
        ("full", None),
        *((name, budget) for name in NAMES[1:] for budget in (8, 20, 60)),
    }
    full, best = results.cell("full", None), results.cell("bm25", 20)
    assert full is not None
    assert best is not None
    assert full.survival is not None
    assert full.survival.value == 1
    assert best.survival is not None
    assert (best.survival.value, best.survival.n, best.n) == (1, 10, 10)
    assert best.tokens.value <= 20
    assert best.evidence is not None
    assert best.evidence.recall.value == 1
    assert best.cost is not None
    assert full.cost is not None
    assert best.cost.standard < full.cost.standard
    assert next(iter(best.costs)) == results.run.priced_model
    assert best.costs["gpt-4o-mini"].standard < best.cost.standard
    assert [row.tag for row in best.tags] == ["even", "odd"]
    assert all(cell.violations == 0 for cell in results.cells)
    assert results.run.documents == 5
    assert results.run.quality == "survival"


def test_the_headline_and_the_comparison_follow(tmp_path: Path) -> None:
    results = run_suite(written(tmp_path))
    lines = {line.pipeline: line for line in results.headline}

    assert lines["bm25"].tokens_at_95 is not None
    assert 8 <= lines["bm25"].tokens_at_95.value <= 20
    assert lines["bm25"].budget_at_95 == 20
    assert lines["truncation"].budget_at_95 is None
    assert lines["full"].tokens_at_95 is None
    assert lines["bm25"].full_value == 1
    against = {(c.b, c.budget): c for c in results.comparisons}
    assert against["truncation", 20].difference > 0.5
    assert against["truncation", 20].n == 10
    # Five documents are too few for a verdict.
    assert against["truncation", 20].verdict == "no difference shown"


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    results = run_suite(written(tmp_path), out=tmp_path / "out")

    assert read_results(tmp_path / "out") == results
    records = list(read_case_records(tmp_path / "out"))
    assert [record.id for record in records] == [f"case-{n}" for n in range(10)]
    assert len(records[3].contexts) == 10
    kept = next(o for o in records[3].outcomes if (o.pipeline, o.budget) == ("bm25", 20))
    texts = {context.id: context.text for context in records[3].contexts}
    spans = kept.kept[0].spans or ()
    assert "37 metres" in "".join(texts[kept.kept[0].id][a:b] for a, b in spans)
    assert len((tmp_path / "out" / "texts.jsonl").read_text().splitlines()) == 10


def test_two_runs_agree_but_for_time(tmp_path: Path) -> None:
    path = written(tmp_path)

    first, second = (run_suite(path, out=tmp_path / name) for name in ("a", "b"))

    assert figures(first) == figures(second)


def test_a_run_that_was_stopped_goes_on(
    tmp_path: Path,
    calls: list[tuple[str, str, int | None]],
) -> None:
    path, out = written(tmp_path), tmp_path / "out"

    def stop(done: int, total: int, text: str) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_suite(path, out=out, progress=stop)
    assert not (out / "results.json").exists()
    assert not list(out.glob("*.partial"))
    before = len(calls)

    results = run_suite(path, out=out)

    again = {name for _, name, _ in calls[before:]}
    assert again == {f"case-{n}" for n in range(4, 10)}
    assert results.run.cases == 10
    before = len(calls)
    assert figures(run_suite(path, out=out)) == figures(results)
    assert len(calls) == before


def test_a_line_cut_off_by_a_kill_is_run_again(
    tmp_path: Path, calls: list[tuple[str, str, int | None]]
) -> None:
    path, out = written(tmp_path), tmp_path / "out"
    whole = run_suite(path, out=out)
    journal = out / "cache" / "outcomes.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    calls.clear()

    assert figures(run_suite(path, out=out)) == figures(whole)
    assert len(calls) <= 3


def test_a_changed_case_or_setting_runs_again(
    tmp_path: Path, calls: list[tuple[str, str, int | None]]
) -> None:
    out = tmp_path / "out"
    run_suite(written(tmp_path), out=out)
    calls.clear()

    run_suite(written(tmp_path, budgets=[8, 20]), out=out)
    assert len(calls) == 10 * (1 + 2 + 2)
    calls.clear()
    run_suite(written(tmp_path, pipelines=["full", "bm25"]), out=out)
    assert calls == []


def test_changed_code_runs_again(
    tmp_path: Path,
    calls: list[tuple[str, str, int | None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path, out = written(tmp_path), tmp_path / "out"
    run_suite(path, out=out)
    calls.clear()
    monkeypatch.setattr(runner, "code_hash", lambda: "other")

    run_suite(path, out=out)
    assert calls


def test_a_case_that_fails_is_counted_and_the_others_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = ClosedPipeline.run

    def failing(self: ClosedPipeline, case: Case, budget: int | None) -> Outcome:
        if (self.info.name, case.id, budget) == ("bm25", "case-2", 20):
            raise LLMError("the endpoint is down")
        return plain(self, case, budget)

    monkeypatch.setattr(ClosedPipeline, "run", failing)
    results = run_suite(written(tmp_path), out=tmp_path / "out")

    cell = results.cell("bm25", 20)
    assert cell is not None
    assert (cell.n, cell.failures) == (9, 1)
    assert cell.survival is not None
    assert cell.survival.n == 9
    (problem,) = results.run.problems
    assert problem.source == "case-2 through bm25"
    assert "the endpoint is down" in problem.error
    monkeypatch.setattr(ClosedPipeline, "run", plain)
    mended = run_suite(written(tmp_path), out=tmp_path / "out")
    assert mended.run.problems == ()


def test_broken_rows_are_problems_of_the_run(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + "  \n", encoding="utf-8")
    values = yaml.safe_load(path.read_text())
    values["cases"].insert(1, {"id": "broken"})
    path.write_text(yaml.safe_dump(values), encoding="utf-8")

    results = run_suite(path)

    assert results.run.cases == 10
    (problem,) = results.run.problems
    assert problem.line is not None
    assert problem.line > 1
    assert "question" in problem.error


def test_a_suite_without_a_usable_case_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="no case to run; the first problem: question"):
        run_suite(written(tmp_path, cases=[{"id": "x"}]))


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []

    run_suite(written(tmp_path), progress=lambda *args: told.append(args), limit=3)

    assert [done for done, _, _ in told] == [1, 2, 3]


def test_workers_give_the_same_figures(tmp_path: Path) -> None:
    path = written(tmp_path)

    alone, together = (run_suite(path, workers=workers) for workers in (1, 2))

    assert figures(alone) == figures(together)
    assert together.run.workers == 2


def test_the_report_prices_the_tokens_for_every_model(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_suite(written(tmp_path), out=out)
    html, markdown = write_report_from(out)
    for text in (html.read_text(encoding="utf-8"), markdown.read_text(encoding="utf-8")):
        assert "questions by model" in text
        assert "claude-sonnet-4-5" in text
