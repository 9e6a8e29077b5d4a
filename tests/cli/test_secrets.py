"""Keys and passwords that are set reach no stream, no log, no export and no ledger."""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from leanrag import LeanRAG
from leanrag.errors import BackendError
from tests.chat_server import ChatServer, answering, failure, free_port
from tests.cli.conftest import Ran, Run

QUESTION = "How tall is the tower?"
CANARY = "CANARY"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("secrets") / "store"
    with LeanRAG(store) as rag:
        rag.ingest([{"id": "a", "text": "The tower is 330 metres tall."}])
    return store


@pytest.fixture
def server(
    endpoint: ChatServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[ChatServer]:
    """An endpoint whose address holds a password; whatever is logged holds none."""
    for name in list(os.environ):
        if name.startswith("LEANRAG_"):
            monkeypatch.delenv(name)
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("LEANRAG_LLM__BASE_URL", endpoint.url.replace("//", "//me:CANARY-1@"))
    monkeypatch.setenv("LEANRAG_LLM__API_KEY", "sk-CANARY-2")
    monkeypatch.setenv("LEANRAG_QDRANT__API_KEY", "CANARY-3")
    monkeypatch.setenv("LEANRAG_LLM__ATTEMPTS", "1")
    monkeypatch.setenv("LEANRAG_LLM__EXTRA", '{"api_key": "CANARY-4"}')
    endpoint.asked.clear()
    endpoint.queue.clear()
    endpoint.respond = answering("It is 330 metres tall [1].")
    yield endpoint
    assert CANARY not in caplog.text


def clean(ran: Ran) -> Ran:
    assert CANARY not in ran.out + ran.err
    assert "Traceback" not in ran.err
    return ran


def test_what_works_shows_none(run: Run, server: ChatServer, place: Path, tmp_path: Path) -> None:
    for command in (
        ("ask", QUESTION, "--store", place),
        ("query", QUESTION, "--store", place, "--explain"),
        ("ledger", "--store", place, "--export", tmp_path / "calls.csv"),
        ("info", "--store", place),
        ("settings",),
    ):
        assert clean(run(*command)).code == 0
        assert clean(run(*command, "--json")).code == 0
    clean(run("doctor", "--store", place, "--json"))
    assert server.asked
    written = [file.read_bytes() for file in place.iterdir() if file.is_file()]
    for data in [*written, (tmp_path / "calls.csv").read_bytes()]:
        assert CANARY.encode() not in data


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_an_endpoint_that_repeats_all_it_was_sent(
    run: Run, server: ChatServer, place: Path, status: int
) -> None:
    server.respond = lambda body: failure(status, f"no {server.asked[-1].headers} me:CANARY-1")
    for more in ((), ("--json",)):
        ran = clean(run("ask", QUESTION, "--store", place, *more))
        assert ran.code == 3
        assert "bWU6Q0FOQVJZLTE=" not in ran.out + ran.err


@pytest.mark.usefixtures("server")
def test_servers_that_are_not_there(run: Run, place: Path) -> None:
    server = f"http://me:CANARY@127.0.0.1:{free_port()}"
    for command in (
        ("search", QUESTION, "--store", server),
        ("ingest", place.parent, "--store", server),
        ("migrate", "--store", place, "--to", server),
        ("migrate", "--store", server, "--to", server),
        ("doctor", "--store", server),
    ):
        clean(run(*command))
        shown = clean(run(*command, "--json"))
        assert isinstance(json.loads(shown.out), dict)


@pytest.mark.parametrize("value", ['{"api_key": "CANARY', '["CANARY"]', "CANARY"])
@pytest.mark.usefixtures("server")
def test_malformed_json_in_the_environment_is_wrong_usage(
    run: Run, place: Path, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEANRAG_LLM", value)
    ran = clean(run("info", "--store", place, "--json"))
    assert ran.code == 2
    assert json.loads(ran.out)["error"]["type"] == "ConfigError"
    assert clean(run("info", "--store", place)).code == 2


@pytest.mark.usefixtures("server")
def test_a_malformed_file_is_wrong_usage(run: Run, place: Path, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("llm:\n  api_key: sk-CANARY: oops\n")
    ran = clean(run("info", "--store", place, "--config", file, "--json"))
    assert ran.code == 2
    assert "line 2, column 21" in json.loads(ran.out)["error"]["message"]
    suite = tmp_path / "suite.yaml"
    suite.write_text("answers:\n  base_url: http://me:CANARY: oops\n")
    assert clean(run("eval", suite)).code == 2


@pytest.mark.usefixtures("server")
def test_calls_of_an_application_are_recorded_without_the_password(place: Path) -> None:
    with LeanRAG(place) as rag:
        rag.record(rag.prompt(QUESTION), usage={"prompt_tokens": 90, "completion_tokens": 5})
        assert CANARY not in f"{rag!r} {rag.settings!r}"
    data = (place / "ledger.sqlite3").read_bytes()
    wal = place / "ledger.sqlite3-wal"
    assert CANARY.encode() not in data + (wal.read_bytes() if wal.exists() else b"")


def test_an_open_server_store_names_no_password(server: ChatServer) -> None:
    url = f"http://me:CANARY@127.0.0.1:{free_port()}"
    with pytest.raises(BackendError) as caught, LeanRAG(url) as rag:
        rag.search(QUESTION)
    assert CANARY not in str(caught.getrepr(style="native"))
    assert not server.asked
