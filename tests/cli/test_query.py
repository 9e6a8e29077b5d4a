"""``leanrag query`` and ``leanrag search``."""

import json
from pathlib import Path

import pytest

from leanrag.errors import BudgetError, FilterError
from tests.cli.conftest import Run
from tests.cli.fakes import FakeRAG


def test_what_is_asked_is_handed_on(run: Run, api: type[FakeRAG], store: Path) -> None:
    history = store.parent / "chat.json"
    history.write_text('[{"role": "user", "content": "Hi"}]')
    ran = run(
        *("query", "Why?", "--store", store, "--budget", "600", "--model", "gpt-4o-mini"),
        *("--where", "year>=2022", "--where", "team=db", "--history", history),
    )
    assert ran.code == 0
    assert dict(api.calls)["prompt"] == {
        "question": "Why?",
        "budget": 600,
        "model": "gpt-4o-mini",
        "where": ["year>=2022", "team=db"],
        "history": [{"role": "user", "content": "Hi"}],
    }


def test_what_is_not_given_is_left_to_the_settings(
    run: Run, api: type[FakeRAG], store: Path
) -> None:
    run("query", "Why?", "--store", store)
    asked = dict(api.calls)["prompt"]
    assert asked == {
        "question": "Why?",
        "budget": None,
        "model": None,
        "where": None,
        "history": None,
    }


def test_the_prompt_is_shown_with_sources_and_stages(
    run: Run, api: type[FakeRAG], store: Path
) -> None:
    out = run("query", "Why?", "--store", store).out
    for part in ("Answer from the sources.", "[1] Cats", "docs/cats.md, page 3", "rerank"):
        assert part in out
    assert "prompt 40 of 600 tokens = system 5 + history 0 + context 20" in out
    assert "40 below the cut" not in out


def test_explain_shows_scores_and_reasons(run: Run, api: type[FakeRAG], store: Path) -> None:
    out = run("query", "Why?", "--store", store, "--explain").out
    assert "40 below the cut" in out
    assert "score 0.7500" in out
    assert "10-21" in out
    explained = json.loads(run("query", "Why?", "--store", store, "--explain", "--json").out)
    assert explained["trace"][1]["dropped"] == {"below the cut": 40}


@pytest.mark.parametrize(
    ("error", "code"),
    [(BudgetError(90, 50), 3), (FilterError("no field 'yaer'", field="yaer"), 2)],
)
def test_errors_have_their_codes(
    run: Run, api: type[FakeRAG], store: Path, error: Exception, code: int
) -> None:
    api.error = error
    ran = run("query", "Why?", "--store", store, "--json")
    assert ran.code == code
    assert json.loads(ran.out)["error"] == {"type": type(error).__name__, "message": str(error)}


@pytest.mark.parametrize("command", ["query", "search"])
def test_a_missing_store_is_never_made(
    run: Run, api: type[FakeRAG], tmp_path: Path, command: str
) -> None:
    (tmp_path / "docs-store").mkdir()
    ran = run(command, "Why?", "--store", tmp_path / "doc-store", "--json")
    assert ran.code == 3
    error = json.loads(ran.out)["error"]
    assert error["type"] == "StoreError"
    assert "leanrag ingest" in error["message"]
    assert str(tmp_path / "docs-store") in error["message"]
    assert not (tmp_path / "doc-store").exists()
    assert api.calls == []


def test_a_malformed_history_is_named_before_the_store(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "chat.json"
    file.write_text('[{"role": "user", "content": "Hi"}, {"role": "bot", "content": "x"}]')
    ran = run("query", "Why?", "--history", file, "--store", tmp_path / "nowhere")
    assert ran.code == 2
    assert f"{file}: history[1].role: 'bot'" in ran.err


def test_hits_are_shown(run: Run, api: type[FakeRAG], store: Path) -> None:
    ran = run("search", "Why?", "--store", store, "--top-k", "3", "--where", "team=db")
    assert "1. 0.7500 docs/cats.md, page 3: Cats > Sleep" in ran.out
    assert "Cats sleep." in ran.out
    asked = dict(api.calls)["search"]
    assert asked == {"question": "Why?", "top_k": 3, "where": ["team=db"]}


def test_documents_cannot_steer_the_terminal(
    run: Run, api: type[FakeRAG], store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from tests.cli import fakes

    hostile = "\x1b]0;owned\x07[bold]x[/bold]\r\x9b2J"
    prompt = replace(
        fakes.PROMPT,
        messages=({"role": "user", "content": hostile},),
        sources=(replace(fakes.PROMPT.sources[0], source=hostile, title=hostile),),
    )
    monkeypatch.setattr(fakes, "PROMPT", prompt)
    out = run("query", "Why?", "--store", store).out
    assert not {"\x1b", "\x07", "\r", "\x9b"} & set(out)
    assert "[bold]x[/bold]" in out
