"""The chat service over real HTTP calls to a model."""

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.chat_server import ChatServer, failure
from tests.examples.conftest import EXAMPLES

ACME, OTHER = {"X-Tenant": "acme"}, {"X-Tenant": "other"}


@pytest.fixture
def client(
    endpoint: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    monkeypatch.setenv("LEANRAG_STORE", str(tmp_path / "store"))
    app = runpy.run_path(str(EXAMPLES / "chat_service.py"))["app"]
    with TestClient(app) as opened:
        for tenant, text in (
            (ACME, "Tolls are paid by plate."),
            (OTHER, "Our code word is heron."),
        ):
            added = opened.post(
                "/documents", headers=tenant, json={"id": "a", "title": "Notes", "text": text}
            )
            assert added.json() == {"added": 1, "updated": 0, "unchanged": 0}
        yield opened


def talk(client: TestClient, message: str, tenant: dict[str, str] = ACME) -> list[dict[str, Any]]:
    response = client.post("/chats/1", headers=tenant, json={"message": message})
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def test_an_answer_streams_with_its_citations(client: TestClient) -> None:
    *pieces, last = talk(client, "How are tolls paid?")
    assert "".join(piece["delta"] for piece in pieces) == "By plate [1]."
    assert last["citations"][0]["text"] == "Tolls are paid by plate."
    assert last["tokens"]["prompt"] <= last["tokens"]["budget"]


def test_the_conversation_goes_on(client: TestClient, endpoint: ChatServer) -> None:
    talk(client, "How are tolls paid?")
    talk(client, "And in which currency?")
    sent = json.dumps(endpoint.bodies[-1]["messages"])
    assert "How are tolls paid?" in sent
    turns = client.get("/chats/1", headers=ACME).json()
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 2
    assert client.delete("/chats/1", headers=ACME).json() == {"deleted": True}
    assert client.get("/chats/1", headers=ACME).json() == []


def test_tenants_see_nothing_of_each_other(client: TestClient, endpoint: ChatServer) -> None:
    talk(client, "How are tolls paid?")
    talk(client, "What is the code word?", OTHER)
    sent = json.dumps(endpoint.bodies[-1]["messages"])
    assert "heron" in sent
    assert "toll" not in sent.lower()
    talk(client, "What is the code word?")
    assert "heron" not in json.dumps(endpoint.bodies[-1]["messages"])
    assert len(client.get("/chats/1", headers=OTHER).json()) == 2


def test_errors_say_what_is_wrong(client: TestClient, endpoint: ChatServer) -> None:
    empty = client.post("/chats/1", headers=ACME, json={"message": " "})
    assert (empty.status_code, empty.json()["error"]) == (422, "InputError")
    assert client.post("/chats/1", json={"message": "Hello?"}).status_code == 422
    endpoint.respond = lambda body: failure(401, "wrong key")
    (line,) = talk(client, "How are tolls paid?")
    assert "key" in line["error"]
    assert "secret-key" not in line["error"]
    assert client.get("/chats/1", headers=ACME).json() == []
