"""The example programs run and show what they promise."""

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.chat_server import ChatServer, Response, failure
from tests.examples.conftest import EXAMPLES


def run(name: str, *arguments: str) -> None:
    """Runs an example as a program."""
    before, sys.argv = sys.argv, [name, *arguments]
    try:
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    finally:
        sys.argv = before


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder, on a wide terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")


def test_rag_in_20_lines_shows_the_prompt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("rag_in_20_lines.py", str(folder), "How are tolls paid?")
    out = capsys.readouterr().out
    assert "2 added, 0 unchanged, 0 failed" in out
    assert "Tolls are paid by plate" in out
    assert "of 600 tokens" in out


def test_rag_in_20_lines_answers_with_citations(
    folder: Path, endpoint: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    run("rag_in_20_lines.py", str(folder), "How are tolls paid?")
    out = capsys.readouterr().out
    assert "By plate [1]." in out
    assert "[1] " in out.splitlines()[-1]
    assert "tolls.md" in out
    assert "secret-key" not in out


def test_llama_index_before_and_after(capsys: pytest.CaptureFixture[str]) -> None:
    run("llama_index_before_after.py")
    rows = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
    sent = {row[1].strip(): (int(row[2].replace(",", "")), row[3].strip()) for row in rows}
    before, between, after = sent.values()
    assert after[0] <= 300 < before[0]
    assert between[0] < before[0]
    assert (between[1], after[1]) == ("yes", "yes")


def test_a_chinese_corpus(capsys: pytest.CaptureFixture[str]) -> None:
    run("chinese.py", "忘记管理员密码怎么办?")
    out = capsys.readouterr().out
    assert "3 个文档" in out
    assert "按住重置键五秒" in out.replace("\n", "").replace("│", "").replace(" ", "")


def test_what_is_kept_of_a_context(capsys: pytest.CaptureFixture[str]) -> None:
    run("before_after.py", "When is the else clause of a try statement executed?")
    assert "tokens before" in capsys.readouterr().out


def test_a_batch_with_one_failure(
    folder: Path, tmp_path: Path, endpoint: ChatServer, capsys: pytest.CaptureFixture[str]
) -> None:
    questions = tmp_path / "questions.txt"
    questions.write_text("How are tolls paid?\nWhen did the bridge open?\n", encoding="utf-8")
    answer = endpoint.respond

    def respond(body: dict[str, Any]) -> Response:
        asked = body["messages"][-1]["content"]
        return failure(400, "no such thing") if "did the bridge" in asked else answer(body)

    endpoint.respond = respond
    with pytest.raises(SystemExit) as ended:
        run("batch_with_ledger.py", str(folder), str(questions))
    out = capsys.readouterr().out
    assert ended.value.code == 1
    assert "By plate [1]." in out
    assert "failed: " in out
    assert "whole chunks" in out
