"""``leanrag compress``."""

import json
import sys
from typing import Any

import pytest

from leanrag.settings import CompressionSettings, Settings
from leanrag.types import Compressed
from tests.cli.conftest import Run
from tests.cli.fakes import FakeRAG, fake_compress

ASK = ("compress", "--question", "Who won?", "--budget", "50")


def lines(*values: object) -> bytes:
    return "\n".join(json.dumps(value, ensure_ascii=False) for value in values).encode()


def ids(out: str) -> list[str]:
    return [text["id"] for text in json.loads(out)["texts"]]


def test_texts_are_read_and_printed(run: Run, api: type[FakeRAG]) -> None:
    ran = run(*ASK, "--json", stdin=lines({"id": "a", "title": "T", "text": "Ann won. 猫"}))
    assert ran.code == 0
    payload = json.loads(ran.out)
    assert payload["texts"] == [{"id": "a", "text": "Ann won. 猫", "spans": [[0, 10]]}]
    assert payload["tokens"] == {"in": 9, "out": 9, "budget": 50}


def test_people_see_texts_and_tokens(run: Run, api: type[FakeRAG]) -> None:
    out = run(*ASK, stdin=lines({"id": "a", "text": "Ann won."})).out
    assert "Ann won." in out
    assert "9 tokens in, 9 out, budget 50" in out


def test_a_text_without_an_id_gets_its_line_number(run: Run, api: type[FakeRAG]) -> None:
    stdin = (
        b"\xef\xbb\xbf"
        + lines({"text": "a"})
        + b"\n\n"
        + lines({"id": "", "text": "b"}, {"id": 9, "text": "c"})
    )
    ran = run(*ASK, "--json", stdin=stdin)
    assert ids(ran.out) == ["1", "3", "9"]


def test_a_repeated_id_is_replaced_with_a_warning(run: Run, api: type[FakeRAG]) -> None:
    ran = run(*ASK, "--json", stdin=lines({"id": "a", "text": "x"}, {"id": "a", "text": "y"}))
    assert ids(ran.out) == ["a", "2"]
    assert ran.err == "warning: line 2 of the input: id 'a' is that of line 1; taken as 2\n"


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        (b'{"text": "a"}\n{"text": ', "line 2 of the input: not valid JSON"),
        (b'{"text": "a"}\n["b"]', "line 2 of the input: expected an object"),
        (b'{"id": "a"}', "line 1 of the input: 'text' is missing"),
        (b'{"text": 3}', "line 1 of the input: 'text' is missing or is not a text"),
        (b'{"text": "a", "title": 3}', "line 1 of the input: 'title'"),
        (b'{"text": "a", "id": [1]}', "line 1 of the input: 'id'"),
        (b'{"text": "a"}\n{"text": "\xff"}', "line 2 of the input is not UTF-8"),
        (b'{"id": "2", "text": "a"}\n{"text": "b"}\n', "line 2 of the input: id '2'"),
        (b"[" * 100_000, "line 1 of the input: not valid JSON"),
    ],
)
def test_a_broken_line_is_named(run: Run, api: type[FakeRAG], stdin: bytes, words: str) -> None:
    ran = run(*ASK, "--json", stdin=stdin)
    assert ran.code == 2
    error = json.loads(ran.out)["error"]
    assert error["type"] == "InputError"
    assert words in error["message"]


def test_mode_and_rate_reach_the_settings(
    run: Run, api: type[FakeRAG], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[CompressionSettings] = []

    def compress(question: str, texts: object, *, settings: Settings, **more: Any) -> Compressed:
        seen.append(settings.compression)
        return fake_compress(question, texts, **more)

    monkeypatch.setattr(sys.modules["leanrag.api"], "compress", compress)
    asked = run(*ASK, "--mode", "both", "--rate", "0.4", stdin=lines({"text": "a"}))
    assert asked.code == 0
    assert (seen[0].mode, seen[0].rate) == ("both", 0.4)
    assert run(*ASK, "--mode", "gently", stdin=b"").code == 2
    assert run(*ASK, "--rate", "0", stdin=b"").code == 2
