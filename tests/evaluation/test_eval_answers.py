"""The endpoint path against a real HTTP server on this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from leanrag.errors import EvaluationError, LLMError
from leanrag.evaluation.answers import JUDGE_PROMPT, abstains
from leanrag.evaluation.endpoint import Endpoint
from leanrag.evaluation.records import read_case_records
from leanrag.evaluation.runner import run_suite
from tests.chat_server import AT_ONCE, ChatServer, Response, chat_server, failure, said


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as made:
        yield made


def endpoint(server: ChatServer, folder: Path, **more: Any) -> Endpoint:
    return Endpoint(
        server.url, api_key="secret", cache=folder / "answers.sqlite", attempts=3, **more
    )


ASK = [{"role": "user", "content": "How many?"}]


def test_a_reply_is_fetched_once_and_kept(server: ChatServer, tmp_path: Path) -> None:
    first = endpoint(server, tmp_path).ask("m", ASK, max_tokens=9)
    again = endpoint(server, tmp_path).ask("m", ASK, max_tokens=9)

    assert (first.text, first.prompt_tokens, first.cached) == ("42", 7, False)
    assert (again.text, again.prompt_tokens, again.cached) == ("42", 7, True)
    (asked,) = server.asked
    assert asked.body["messages"] == ASK
    assert [asked.body[name] for name in ("temperature", "max_tokens", "model")] == [0, 9, "m"]
    assert asked.headers["authorization"] == "Bearer secret"


def test_another_question_model_or_length_is_another_reply(
    server: ChatServer, tmp_path: Path
) -> None:
    ends = endpoint(server, tmp_path)
    ends.ask("m", ASK, max_tokens=9)
    ends.ask("other", ASK, max_tokens=9)
    ends.ask("m", ASK, max_tokens=10)
    ends.ask("m", [*ASK, *ASK], max_tokens=9)

    assert len(server.asked) == 4


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_faults_are_retried(server: ChatServer, tmp_path: Path, status: int) -> None:
    server.respond = lambda body: (
        said("late") if len(server.asked) == 3 else failure(status, "busy")
    )

    assert endpoint(server, tmp_path).ask("m", ASK, max_tokens=9).text == "late"
    assert len(server.asked) == 3


def test_a_lasting_fault_is_told_and_not_kept(server: ChatServer, tmp_path: Path) -> None:
    server.respond = lambda body: failure(503, "busy")
    ends = endpoint(server, tmp_path)

    with pytest.raises(LLMError, match="failed, after all attempts: busy") as caught:
        ends.ask("m", ASK, max_tokens=9)
    assert caught.value.retryable
    assert len(server.asked) == 3
    server.respond = lambda body: said("back")
    assert ends.ask("m", ASK, max_tokens=9).text == "back"


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (failure(401, "bad key"), "bad key"),
        (failure(404, "gone"), "no model 'm'"),
        (Response(body={"choices": []}), "no text"),
        (said(None), "no text"),
        (Response(body={"hello": "world"}), "no text"),
        (Response(body=b"<html>"), "no usable answer"),
    ],
)
def test_what_will_not_pass_is_not_retried(
    server: ChatServer, tmp_path: Path, response: Response, told: str
) -> None:
    server.respond = lambda body: response

    with pytest.raises(LLMError, match=told) as caught:
        endpoint(server, tmp_path).ask("m", ASK, max_tokens=9)
    assert not caught.value.retryable
    assert len(server.asked) == 1


def test_no_server_at_all_is_a_passing_fault(server: ChatServer, tmp_path: Path) -> None:
    ends = Endpoint("http://127.0.0.1:9/v1", api_key="k", cache=tmp_path / "a.sqlite", attempts=1)

    with pytest.raises(LLMError) as caught:
        ends.ask("m", ASK, max_tokens=9)
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I don't know.", True),
        ("The sources do not mention this.", True),
        ("There is not enough information to answer.", True),
        ("It is not stated in the provided context.", True),
        ("根据资料，无法确定。", True),
        ("Das wird nicht erwähnt.", True),
        ("В тексте нет информации.", True),
        ("", True),
        ("42", False),
        ("No, it does not contain lead.", False),
        ("He said that he could not swim.", False),
        ("The sources do not mention the year, " + "but there is much more to tell. " * 20, False),
    ],
)
def test_abstention_is_recognised(text: str, found: bool) -> None:
    assert abstains(text) is found


# ── in a run ────────────────────────────────────────────────────────────────────────────────────


def suite(folder: Path, server: ChatServer, **answers: object) -> Path:
    cases = [
        {
            "id": f"case-{n}",
            "question": f"How tall is tower {n}?",
            "answers": [f"{n}7 metres"],
            "contexts": [f"Tower {m} is {m}7 metres tall." for m in range(4)],
            "answerable": n != 3,
        }
        for n in range(4)
    ]
    values = {
        "name": "answers",
        "budgets": [12, 60],
        "pipelines": ["full", "bm25"],
        "cases": cases,
        "answers": {"base_url": server.url, "model": "reader", **answers},
    }
    path = folder / "suite.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def reader(body: dict[str, Any]) -> Response:
    """Answers from the prompt where it can; as a judge it compares the words."""
    content = body["messages"][-1]["content"]
    if body["model"] == "judge":
        references, answer = content.split("Reference answers: ")[1].split("\nAnswer: ")
        return said("Yes." if references in answer.split("\n")[0] else "no")
    number = content.rsplit("tower ", 1)[1].rstrip("?")
    known = number != "3" and f"Tower {number} is" in content
    return said(f"It is {number}7 metres" if known else "I do not know.")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "any")


def test_answers_are_scored_and_judged(server: ChatServer, tmp_path: Path) -> None:
    server.respond = reader
    results = run_suite(suite(tmp_path, server, judge="judge"), out=tmp_path / "out")

    cell = results.cell("full", None)
    assert cell is not None
    scores = cell.answers
    assert scores is not None
    assert (scores.model, scores.judge) == ("reader", "judge")
    assert scores.judge_prompt == JUDGE_PROMPT
    # "It is 07 metres" holds the answer; the question without one is met by saying so.
    assert scores.exact_match.value == 1 / 4
    assert scores.f1.value == pytest.approx((3 * 2 / 3 + 1) / 4)
    assert scores.judged is not None
    assert scores.judged.value == 1
    assert scores.abstained_unanswerable is not None
    assert scores.abstained_unanswerable.value == 1
    assert scores.abstained_answerable is not None
    assert scores.abstained_answerable.value == 0
    record = next(iter(read_case_records(tmp_path / "out")))
    answer = record.outcomes[0].answer
    assert answer is not None
    assert answer.text == "It is 07 metres"


def test_a_second_run_asks_nothing(server: ChatServer, tmp_path: Path) -> None:
    server.respond = reader
    path = suite(tmp_path, server, judge="judge")
    first = run_suite(path, out=tmp_path / "out")
    asked = len(server.asked)
    (tmp_path / "out" / "cache" / "outcomes.jsonl").unlink()

    second = run_suite(path, out=tmp_path / "out")

    assert len(server.asked) == asked
    assert [cell.answers for cell in first.cells] == [cell.answers for cell in second.cells]


def test_only_so_many_cases_are_answered(server: ChatServer, tmp_path: Path) -> None:
    server.respond = reader
    results = run_suite(suite(tmp_path, server, cases=2))

    scores = results.cells[0].answers
    assert scores is not None
    assert scores.f1.n == 2
    assert scores.judged is None
    assert results.cells[0].n == 4


def test_an_endpoint_that_fails_for_a_while_costs_cases_not_the_run(
    server: ChatServer, tmp_path: Path
) -> None:
    server.respond = lambda body: (
        Response(503, {}, AT_ONCE)
        if "tower 2?" in body["messages"][-1]["content"]
        else reader(body)
    )
    path = suite(tmp_path, server, attempts=1)

    results = run_suite(path, out=tmp_path / "out")

    assert all((cell.n, cell.failures) == (3, 1) for cell in results.cells)
    assert "case-2" in results.run.problems[0].source
    server.respond = reader
    mended = run_suite(path, out=tmp_path / "out")
    assert all((cell.n, cell.failures) == (4, 0) for cell in mended.cells)


def test_a_case_that_the_model_declines_costs_no_other(server: ChatServer, tmp_path: Path) -> None:
    server.respond = lambda body: (
        failure(400, "filtered", code="content_filter")
        if "tower 2?" in body["messages"][-1]["content"]
        else reader(body)
    )

    results = run_suite(suite(tmp_path, server), out=tmp_path / "out")

    assert all((cell.n, cell.failures) == (3, 1) for cell in results.cells)


def test_an_endpoint_that_refuses_stops_the_run(server: ChatServer, tmp_path: Path) -> None:
    server.respond = lambda body: failure(401, "bad key")

    with pytest.raises(LLMError, match="bad key"):
        run_suite(suite(tmp_path, server))
    assert len(server.asked) <= 8


def test_a_missing_key_is_named(
    server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")

    with pytest.raises(EvaluationError, match="OPENAI_API_KEY is empty"):
        run_suite(suite(tmp_path, server))
