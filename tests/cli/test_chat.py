"""``leanrag chat`` and ``leanrag history``."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from leanrag.api.conversation import Conversation
from leanrag.api.memory.catalogue import Conversations
from leanrag.errors import LLMError
from leanrag.types import Answer, Citation, Delta, Prompt, TraceEntry
from tests.api.talk import without_models
from tests.cli.conftest import Run
from tests.cli.fakes import PROMPT, FakeRAG

LEDGER = (*PROMPT.trace, TraceEntry("prune", 20, 9, 2900, 20, 0.01))
MADE = replace(PROMPT, trace=(TraceEntry("history", 8, 2, 500, 0, 0.0), *LEDGER))


class ChattyRAG(FakeRAG):
    """Makes the same prompt for each question, and answers where it is asked to."""

    asked: ClassVar[list[tuple[str, int, dict[str, Any]]]] = []

    def __init__(self, settings: Any = None, **overrides: Any) -> None:
        super().__init__(settings, **overrides)
        self._talks = Conversations(settings)

    def conversation(self, name: str, *, tenant: str = "") -> Conversation:
        return Conversation(name, tenant=tenant, among=self._talks)

    def prompt(self, question: str, **options: Any) -> Prompt:
        self._note(question, options)
        return replace(MADE, question=question)

    def ask_stream(self, question: str, **options: Any) -> Iterator[Prompt | Delta | Answer]:
        self._note(question, options)
        yield MADE
        yield Delta("Cats ")
        if "fail" in question:
            raise LLMError("the endpoint went away")
        yield Delta("sleep. [1]")
        cited = Citation(1, (12, 15), MADE.sources[0])
        yield Answer("Cats sleep. [1]", (cited,), MADE, None, "stop", MADE.trace)

    def _note(self, question: str, options: dict[str, Any]) -> None:
        self.asked.append((question, len(options.pop("history")), options))


@pytest.fixture
def chat(api: Any, run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a chat over a fake API and a real store of conversations."""
    without_models(monkeypatch)
    fake: Any = type("LeanRAG", (ChattyRAG,), {"calls": [], "error": None, "asked": []})
    api_module = __import__("sys").modules["leanrag.api"]
    monkeypatch.setattr(api_module, "LeanRAG", fake)
    (store / "leanrag.json").write_text('{"schema_version": 1, "engine": "qdrant-edge"}')

    def call(*arguments: object, said: str = "") -> Any:
        ran = run(*arguments, "--store", store, stdin=said.encode())
        call.asked = fake.asked  # type: ignore[attr-defined]
        return ran

    return call


def objects(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_without_an_endpoint_each_turn_shows_its_prompt_and_what_was_saved(chat: Any) -> None:
    ran = chat("chat", "--conversation", "c", said="Why do cats sleep?\n\n/quit\nnot read\n")
    assert ran.code == 0
    assert "no endpoint is set" in ran.out
    assert "Cats sleep." in ran.out
    assert "sent 40 tokens; the full history with whole chunks would be 3,420" in ran.out
    assert "saved 3,380 (99%)" in ran.out
    assert [question for question, _, _ in chat.asked] == ["Why do cats sleep?"]


def test_json_is_one_line_a_turn(chat: Any) -> None:
    ran = chat(
        "chat", "--conversation", "c", "--json", "--budget", 300, "--where", "team=db",
        said="My name is Ann.\n/facts\n/history\n/summary\n/help\n/nonsense\n",
    )  # fmt: skip
    turn, facts, history, summary, commands, wrong = objects(ran.out)
    assert turn["conversation"] == "c"
    assert turn["answer"] is None
    assert turn["saved"] == {"sent": 40, "whole": 3420, "tokens": 3380}
    assert turn["messages"] == [dict(message) for message in PROMPT.messages]
    assert facts["facts"][0]["statement"] == "My name is Ann."
    assert [one["message"]["content"] for one in history["turns"]] == ["My name is Ann."]
    assert summary == {"summary": None}
    assert "/quit" in commands["help"]
    assert wrong["error"]["type"] == "InputError"
    assert chat.asked[0][2] == {"budget": 300, "model": None, "where": ["team=db"]}


def test_a_conversation_is_taken_up_again_by_tenant_and_id(chat: Any) -> None:
    chat("chat", "--conversation", "c", "--tenant", "x", said="one\ntwo\n")
    again = chat("chat", "--conversation", "c", "--tenant", "x", said="three\n")
    assert "2 turns so far" in again.out
    chat("chat", "--conversation", "c", said="other\n")
    assert [known for _, known, _ in chat.asked] == [0, 1, 2, 0]


def test_with_an_endpoint_the_model_answers_and_is_remembered(
    chat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEANRAG_LLM__BASE_URL", "http://localhost:1/v1")
    ran = chat("chat", "--conversation", "c", said="Why?\nplease fail\nAgain?\n")
    assert ran.code == 0
    assert "Cats sleep. [1]" in ran.out
    assert "docs/cats.md" in ran.out
    assert "error: the endpoint went away" in ran.out
    assert [known for _, known, _ in chat.asked] == [0, 2, 2]
    (line,) = objects(chat("chat", "--conversation", "d", "--json", said="Why?\n").out)
    assert line["answer"] == "Cats sleep. [1]"
    shown = objects(chat("history", "show", "d", "--json").out)[0]
    assert [turn["role"] for turn in shown["turns"]] == ["user", "assistant"]


def test_input_that_is_no_text_is_left_out(chat: Any, run: Run, store: Path) -> None:
    ran = run("chat", "--conversation", "c", "--json", "--store", store, stdin=b"\xff\xfe\nWhy?\n")
    assert "line 1 of the input is not UTF-8" in ran.err
    assert len(objects(ran.out)) == 1


def test_a_store_is_needed(run: Run, tmp_path: Path) -> None:
    ran = run("chat", "--store", tmp_path / "nowhere", stdin=b"Why?\n")
    assert ran.code == 3
    assert "no store at" in ran.err


def test_conversations_are_listed_shown_and_deleted(chat: Any) -> None:
    chat("chat", "--conversation", "c", "--tenant", "x", said="The deadline is May 3.\n")
    (listed,) = objects(chat("history", "list", "--json").out)
    (info,) = listed["conversations"]
    assert (info["id"], info["tenant"], info["turns"]) == ("c", "x", 1)
    assert "The deadline is May 3." in chat("history", "show", "c", "--tenant", "x").out
    missing = chat("history", "show", "c", "--json")
    assert missing.code == 3
    assert objects(missing.out)[0]["error"]["type"] == "StoreError"
    assert chat("history", "list", "--tenant", "y").out.strip() == "no conversations"
    (gone,) = objects(chat("history", "delete", "c", "--tenant", "x", "--json").out)
    assert gone == {"deleted": {"id": "c", "tenant": "x", "turns": 1}}
    assert chat("history", "delete", "c", "--tenant", "x").code == 3


def test_a_wrong_use_of_history_names_its_help(run: Run) -> None:
    ran = run("history", "burn")
    assert ran.code == 2
    assert "leanrag history --help" in ran.err
