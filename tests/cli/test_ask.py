"""``leanrag ask`` against a real store and a real HTTP server."""

import json
from pathlib import Path

import pytest

from leanrag import LeanRAG
from tests.chat_server import (
    ChatServer,
    Response,
    answering,
    failure,
    free_port,
    piece,
    streamed,
    usage,
)
from tests.cli.conftest import Run

QUESTION = "How tall is the Eiffel Tower?"
TEXT = "The Eiffel Tower in Paris is 330 metres tall. " + "It has many visitors every day. " * 40


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("ask") / "store"
    with LeanRAG(store) as rag:
        rag.ingest([{"id": "towers.txt", "title": "Towers", "text": TEXT}])
    return store


@pytest.fixture
def server(endpoint: ChatServer, monkeypatch: pytest.MonkeyPatch) -> ChatServer:
    monkeypatch.setenv("LEANRAG_LLM__BASE_URL", endpoint.url)
    monkeypatch.setenv("LEANRAG_LLM__API_KEY", "sk-secret")
    monkeypatch.setenv("LEANRAG_LLM__ATTEMPTS", "1")
    endpoint.asked.clear()
    endpoint.queue.clear()
    endpoint.respond = answering("It is 330 metres tall [1].")
    return endpoint


def test_the_answer_its_sources_and_what_it_took(run: Run, server: ChatServer, place: Path) -> None:
    ran = run("ask", QUESTION, "--store", place, "--budget", "200")

    lines = ran.out.strip().splitlines()
    assert ran.code == 0
    assert lines[0] == "It is 330 metres tall [1]."
    assert "[1] towers.txt: Towers" in lines
    assert lines[-1].startswith("sent ")
    assert "saved " in lines[-1]
    assert "the endpoint counted 7 and answered with 2" in lines[-1]
    assert server.bodies[0]["stream"] is True


def test_json_is_one_object(run: Run, server: ChatServer, place: Path) -> None:
    ran = run("ask", QUESTION, "--store", place, "--json", "--model", "gpt-4")

    value = json.loads(ran.out)
    assert (ran.code, value["answer"]) == (0, "It is 330 metres tall [1].")
    (citation,) = value["citations"]
    assert (citation["number"], citation["source"], citation["page"]) == (1, "towers.txt", None)
    assert value["answer"][slice(*citation["span"])] == "[1]"
    assert "330 metres" in citation["text"]
    assert value["usage"] == {"input": 7, "cached": 0, "output": 2, "reasoning": 0}
    assert value["tokens"]["saved"] == value["tokens"]["baseline"] - value["tokens"]["prompt"]
    assert value["trace"][-1]["stage"] == "answer"
    assert (value["finish_reason"], value["unknown_marks"], value["called"]) == ("stop", [], True)
    assert server.bodies[0]["model"] == "gpt-4"


def test_cached_tokens_are_told(run: Run, server: ChatServer, place: Path) -> None:
    last = {**piece(None), "choices": [], "usage": usage(900, 9, cached=768)}
    events = [piece("So [1]."), piece(None, finish="stop"), last, "[DONE]"]
    server.queue = [Response(events=events)]

    out = run("ask", QUESTION, "--store", place).out

    assert "counted 900 (768 from its cache) and answered with 9" in out


def test_what_is_odd_about_an_answer_is_said_on_stderr(
    run: Run, server: ChatServer, place: Path
) -> None:
    server.respond = lambda body: streamed("So it is [7], and", finish="length")

    ran = run("ask", QUESTION, "--store", place)
    assert ran.code == 0
    assert "marks without a source: [7]" in ran.err
    assert "cut off; raise reply_tokens" in ran.err
    assert "[1] towers.txt: Towers  (not cited)" in ran.out
    assert run("ask", QUESTION, "--store", place, "--quiet").err == ""


def test_an_answer_cannot_steer_the_terminal(run: Run, server: ChatServer, place: Path) -> None:
    server.respond = lambda body: streamed("red \x1b[31m text [bold]x[/bold]")

    out = run("ask", QUESTION, "--store", place).out

    assert "\x1b" not in out
    assert "[bold]x[/bold]" in out


def test_a_stream_that_breaks_off_keeps_what_came(
    run: Run, server: ChatServer, place: Path
) -> None:
    server.queue = [Response(events=[piece("It is 330")], cut=True)]

    ran = run("ask", QUESTION, "--store", place)

    assert ran.code == 3
    assert ran.out == "It is 330\n"
    assert "broke off its answer" in ran.err


@pytest.mark.parametrize("as_json", [False, True])
def test_an_endpoint_that_fails_is_exit_code_3(
    run: Run, server: ChatServer, place: Path, as_json: bool
) -> None:
    server.respond = lambda body: failure(401, "bad key sk-secret")

    ran = run("ask", QUESTION, "--store", place, *(["--json"] if as_json else []))

    assert ran.code == 3
    assert "sk-secret" not in ran.out + ran.err
    if as_json:
        assert json.loads(ran.out)["error"]["type"] == "LLMAccessError"
    else:
        assert "does not accept the key" in ran.err


def test_an_endpoint_that_is_down_is_exit_code_3(
    run: Run, server: ChatServer, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEANRAG_LLM__BASE_URL", f"http://127.0.0.1:{free_port()}/v1")

    ran = run("ask", QUESTION, "--store", place)

    assert (ran.code, ran.out) == (3, "")
    assert "cannot be reached" in ran.err


def test_no_endpoint_is_wrong_usage(
    run: Run, server: ChatServer, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEANRAG_LLM__BASE_URL")
    monkeypatch.delenv("LEANRAG_LLM__API_KEY")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    ran = run("ask", QUESTION, "--store", place)

    assert ran.code == 2
    assert "LEANRAG_LLM__BASE_URL" in ran.err


def test_a_prompt_that_does_not_fit_is_told_before_anything_is_shown(
    run: Run, server: ChatServer, place: Path
) -> None:
    ran = run("ask", QUESTION, "--store", place, "--budget", "3")

    assert (ran.code, ran.out) == (3, "")
    assert server.asked == []
