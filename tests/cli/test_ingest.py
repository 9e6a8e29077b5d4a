"""``leanrag ingest``."""

import json
from pathlib import Path

import pytest

from leanrag.errors import InputError, PruneError, StoreInUseError
from leanrag.types import IngestReport
from tests.cli.conftest import Run
from tests.cli.fakes import FAILED, REPORT, FakeRAG


def test_what_is_asked_is_handed_on(run: Run, api: type[FakeRAG], tmp_path: Path) -> None:
    ran = run(
        *("ingest", tmp_path, "b.md", "--store", tmp_path / "s", "--collection", "docs"),
        *("--metadata", "team=db", "--metadata", "year=2024", "--prune", "--workers", "2"),
    )
    assert ran.code == 0
    calls = dict(api.calls)
    assert calls["settings"]["settings"].store == str(tmp_path / "s")
    assert calls["settings"]["settings"].collection == "docs"
    assert calls["ingest"] == {
        "paths": [tmp_path, Path("b.md")],
        "metadata": {"team": "db", "year": 2024},
        "prune": True,
        "force": False,
        "workers": 2,
    }
    assert "close" in calls


def test_path_templates_are_settings(run: Run, api: type[FakeRAG]) -> None:
    templates = ("--path-template", "{team}/{name}.md", "--path-template", "{year}.txt")
    assert run("ingest", "docs", *templates).code == 0
    intake = dict(api.calls)["settings"]["settings"].ingest
    assert intake.path_templates == ("{team}/{name}.md", "{year}.txt")


def test_json_alone_on_stdout_and_progress_on_stderr(run: Run, api: type[FakeRAG]) -> None:
    ran = run("ingest", "docs", "--json")
    assert json.loads(ran.out)["documents"]["added"] == REPORT.added
    assert "2/2" in ran.err


def test_a_quiet_run_says_nothing_on_stderr(run: Run, api: type[FakeRAG]) -> None:
    api.report = IngestReport(added=1, warnings=("something odd",))
    assert run("ingest", "docs", "--quiet").err == ""


def test_failures_are_listed_and_exit_1(run: Run, api: type[FakeRAG]) -> None:
    api.report = FAILED
    ran = run("ingest", "docs", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["failures"] == [{"source": "a.pdf", "error": "not a PDF"}]
    ran = run("ingest", "docs")
    assert ran.code == 1
    assert "failed: a.pdf: not a PDF" in ran.out


def test_an_empty_folder_is_a_warning(run: Run, api: type[FakeRAG]) -> None:
    api.report = IngestReport()
    ran = run("ingest", "docs", "--json")
    assert ran.code == 0
    assert "warning: no documents under docs\n" in ran.err


def test_warnings_of_the_report_are_said(run: Run, api: type[FakeRAG]) -> None:
    api.report = IngestReport(warnings=("docs: no documents",))
    ran = run("ingest", "docs")
    assert ran.err.count("warning:") == 1
    assert "warning: docs: no documents\n" in ran.err


def test_named_roots_and_force_are_handed_on(run: Run, api: type[FakeRAG]) -> None:
    assert run("ingest", "--root", "handbook=../a=b", "notes.md", "--prune", "--force").code == 0
    asked = dict(api.calls)["ingest"]
    assert asked["paths"] == [{"root": "handbook", "path": "../a=b"}, Path("notes.md")]
    assert (asked["prune"], asked["force"]) == (True, True)


@pytest.mark.parametrize("given", [(), ("--root", "docs"), ("--prune", "--force")])
def test_something_must_be_named(run: Run, api: type[FakeRAG], given: tuple[str, ...]) -> None:
    assert run("ingest", *given).code == 2
    assert api.calls == []


def test_what_was_deleted_is_listed(run: Run, api: type[FakeRAG]) -> None:
    api.report = IngestReport(deleted=2, deleted_sources=("a.md", "b/c.md"))
    assert json.loads(run("ingest", "docs", "--json").out)["deleted_sources"] == ["a.md", "b/c.md"]
    out = run("ingest", "docs").out
    assert "deleted: a.md\ndeleted: b/c.md\n" in out


def test_a_refused_prune_is_work_not_done(run: Run, api: type[FakeRAG]) -> None:
    api.error = PruneError("docs: not pruned")
    ran = run("ingest", "docs", "--prune", "--json")
    assert ran.code == 3
    assert json.loads(ran.out)["error"]["type"] == "PruneError"


@pytest.mark.parametrize("pair", ["team", "=db", ""])
def test_malformed_metadata_is_refused_before_anything_is_opened(
    run: Run, api: type[FakeRAG], pair: str
) -> None:
    ran = run("ingest", "docs", "--metadata", pair)
    assert ran.code == 2
    assert api.calls == []


@pytest.mark.parametrize(
    ("error", "code"), [(InputError("docs: no such path"), 2), (StoreInUseError("in use"), 3)]
)
def test_errors_have_their_codes(run: Run, api: type[FakeRAG], error: Exception, code: int) -> None:
    api.error = error
    ran = run("ingest", "docs", "--quiet")
    assert ran.code == code
    assert ran.err == f"error: {error}\n"
    assert api.calls[-1][0] == "close"


def test_an_interrupt_closes_the_store(run: Run, api: type[FakeRAG]) -> None:
    api.error = KeyboardInterrupt()
    ran = run("ingest", "docs", "--quiet")
    assert ran.code == 130
    assert api.calls[-1][0] == "close"
