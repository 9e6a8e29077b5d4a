"""What counts as a conversation, and how errors name the place."""

from typing import Any

import pytest

from leanrag.errors import InputError
from leanrag.history.messages import ORPHAN, UNANSWERED, group, validate
from tests.history.parts import assistant, call, result, user


def test_a_turn_keeps_only_what_can_be_sent() -> None:
    (turn,) = validate([user("Hi", id="a", name="Ann", time="8 May", annotations=[], audio=None)])
    assert turn.message == {"role": "user", "content": "Hi", "name": "Ann"}
    assert (turn.id, turn.speaker, turn.time, turn.text) == ("a", "Ann", "8 May", "Hi")


def test_ids_are_given_ones_or_positions() -> None:
    turns = validate([user("a"), assistant("b", id=7), user("c", id="x")])
    assert [turn.id for turn in turns] == ["turn-0", "7", "x"]


def test_no_history_is_an_empty_one() -> None:
    assert validate(None) == []
    assert validate([]) == []


def test_parts_and_calls_have_a_text() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "refusal", "refusal": "two"}]
    turns = validate(
        [user(parts), assistant(None, tool_calls=[call("c", "weather", '{"city": "Rome"}')])]
    )
    assert turns[0].text == "one\ntwo"
    assert turns[0].message["content"] == parts
    assert "weather" in turns[1].text
    assert "Rome" in turns[1].text


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
            "[image: https://example.org/a.png]",
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            "[image: image/png]",
        ),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}, "[audio]"),
        ({"type": "file", "file": {"filename": "a.pdf", "file_data": "AAAA"}}, "[file: a.pdf]"),
        ({"type": "input_image", "image_url": 3}, "[image]"),
    ],
)
def test_a_placeholder_stands_for_what_is_no_text(part: dict[str, Any], shown: str) -> None:
    (turn,) = validate([user([{"type": "text", "text": "Look:"}, part])])
    assert turn.text == f"Look:\n{shown}"
    texts = [{"type": "text", "text": "Look:"}, {"type": "text", "text": shown}]
    assert turn.message["content"] == texts


def test_a_refusal_is_what_was_said() -> None:
    (turn,) = validate([assistant(None, refusal="I cannot help with that.")])
    assert turn.message["content"] == "I cannot help with that."


def test_a_dump_of_an_api_message_is_accepted() -> None:
    (turn,) = validate([assistant("Yes.", refusal=None, tool_calls=None, function_call=None)])
    assert turn.message == {"role": "assistant", "content": "Yes."}


@pytest.mark.parametrize(
    ("history", "place"),
    [
        ("text", "history: expected a list"),
        ({"role": "user"}, "history: expected a list"),
        (7, "history: expected a list"),
        ([user("a"), "b"], r"history\[1\]: expected a message"),
        ([{"content": "a"}], r"history\[0\]\.role: None"),
        ([{"role": "bot", "content": "a"}], r"history\[0\]\.role: 'bot'"),
        ([{"role": ["user"], "content": "a"}], r"history\[0\]\.role"),
        ([user(None)], r"history\[0\]\.content: missing"),
        ([user("a"), user(3)], r"history\[1\]\.content: expected a text"),
        ([user({"type": "text"})], r"history\[0\]\.content: expected a text"),
        ([user(["a"])], r"history\[0\]\.content\[0\]: expected a content part"),
        ([user([{"type": "text"}])], r"history\[0\]\.content\[0\]\.text"),
        ([user("a", id="x"), user("b", id="x")], r"history\[1\]\.id: 'x' is also"),
        ([user("a", id=1.5)], r"history\[0\]\.id"),
        ([user("a", id=True)], r"history\[0\]\.id"),
        ([user("a", name=3)], r"history\[0\]\.name"),
        ([user("a", time=3)], r"history\[0\]\.time"),
        ([user("a", tool_calls=[call("c")])], r"history\[0\]\.tool_calls: only an assistant"),
        ([assistant("a", tool_calls="c")], r"history\[0\]\.tool_calls: expected a list"),
        ([assistant("a", tool_calls=[{}])], r"history\[0\]\.tool_calls\[0\]"),
        ([assistant("a", tool_calls=[{"id": "c", "function": 1}])], r"tool_calls\[0\]\.function"),
        ([{"role": "tool", "content": "a"}], r"history\[0\]\.tool_call_id: missing"),
    ],
)
def test_a_malformed_message_is_named(history: Any, place: str) -> None:
    with pytest.raises(InputError, match=place):
        validate(history)


def test_calls_stand_with_all_of_their_results() -> None:
    turns = validate(
        [
            user("two cities"),
            assistant(None, tool_calls=[call("a"), call("b")]),
            result("b"),
            result("a"),
            assistant("done"),
        ]
    )
    groups, dropped = group(turns)
    assert [len(members) for members in groups] == [1, 3, 1]
    assert dropped == {}


def test_a_call_without_its_result_cannot_be_sent() -> None:
    turns = validate([assistant(None, tool_calls=[call("a"), call("b")]), result("a"), user("x")])
    groups, dropped = group(turns)
    assert [members[0].text for members in groups] == ["x"]
    assert dropped == {UNANSWERED: 2}


def test_a_result_without_its_call_cannot_be_sent() -> None:
    turns = validate([result("a"), user("x"), result("a")])
    groups, dropped = group(turns)
    assert [members[0].text for members in groups] == ["x"]
    assert dropped == {ORPHAN: 2}


def test_a_second_result_of_one_call_is_left_out() -> None:
    turns = validate([assistant(None, tool_calls=[call("a")]), result("a"), result("a", "again")])
    groups, dropped = group(turns)
    assert [len(members) for members in groups] == [2]
    assert dropped == {ORPHAN: 1}
