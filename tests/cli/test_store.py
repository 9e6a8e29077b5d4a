"""``leanrag delete`` and ``leanrag info``."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.fakes import FakeRAG


def test_delete_by_source(run: Run, api: type[FakeRAG], store: Path) -> None:
    ran = run("delete", "--store", store, "--source", "a", "--source", "b", "--json")
    assert json.loads(ran.out) == {"deleted": 1}
    assert dict(api.calls)["delete"] == {"sources": ["a", "b"], "where": None}


def test_delete_by_filter(run: Run, api: type[FakeRAG], store: Path) -> None:
    ran = run("delete", "--store", store, "--where", "year<2020", "--where", "team=db")
    assert ran.out == "documents deleted: 1\n"
    assert dict(api.calls)["delete"] == {"sources": (), "where": ["year<2020", "team=db"]}


def test_nothing_matched(run: Run, api: type[FakeRAG], store: Path) -> None:
    api.deleted = 0
    ran = run("delete", "--store", store, "--where", "year<2020")
    assert (ran.code, ran.out) == (0, "documents deleted: 0\n")
    assert ran.err == "warning: no document matched; nothing was deleted\n"


@pytest.mark.parametrize("options", [(), ("--source", "a", "--where", "b=c")])
def test_what_to_delete_must_be_named(
    run: Run, api: type[FakeRAG], store: Path, options: tuple[str, ...]
) -> None:
    ran = run("delete", "--store", store, *options)
    assert ran.code == 2
    assert "--source" in ran.err
    assert api.calls == []


def test_info(run: Run, api: type[FakeRAG], store: Path) -> None:
    out = run("info", "--store", store).out
    assert "documents 2, chunks 12, tokens 900" in out
    assert "team" in out
    assert "pets" not in out
    assert "pets (2)" in run("info", "--store", store, "--facets").out
    assert "copies: a.md, b.md" in out
    assert "nearly the same (93% alike): a.md, c.md" in out
    figures = json.loads(run("info", "--store", store, "--json").out)
    assert "facets" not in figures
    assert figures["duplicates"] == {
        "copies": [["a.md", "b.md"]],
        "near": [{"sources": ["a.md", "c.md"], "similarity": 0.93}],
    }


@pytest.mark.parametrize("command", [("info",), ("delete", "--source", "a")])
def test_a_missing_store_exits_3(
    run: Run, api: type[FakeRAG], tmp_path: Path, command: tuple[str, ...]
) -> None:
    ran = run(*command, "--store", tmp_path / "nowhere")
    assert ran.code == 3
    assert ran.err.startswith(f"error: no store at {tmp_path / 'nowhere'}; make one with")
    assert not (tmp_path / "nowhere").exists()
