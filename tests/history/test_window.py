"""The newest turns that fit."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from leanrag.errors import InputError
from leanrag.history.window import newest
from leanrag.types import Message
from tests.history.parts import WordCounter, assistant, call, result, user

COUNTER = WordCounter()
CHAT = [
    user("one two three four"),
    assistant("five six"),
    user("seven eight nine"),
    assistant("ten"),
]


def contents(messages: Sequence[Message]) -> list[str]:
    return [message["content"] for message in messages]


def test_everything_stays_where_it_fits() -> None:
    kept, (entry,) = newest(CHAT, counter=COUNTER, max_tokens=25)
    assert kept == CHAT
    assert (entry.stage, entry.items_in, entry.items_out) == ("history", 4, 4)
    assert entry.tokens_in == entry.tokens_out == 10
    assert dict(entry.dropped) == {}


def test_what_is_cut_starts_with_a_question() -> None:
    # All but the first message would fit, but then a reply would stand first.
    kept, (entry,) = newest(CHAT, counter=COUNTER, max_tokens=24)
    assert contents(kept) == ["seven eight nine", "ten"]
    assert entry.items_out == 2
    assert dict(entry.dropped) == {"older than the window": 2}


def test_a_conversation_that_starts_with_a_greeting_stays_whole() -> None:
    chat = [assistant("Welcome."), user("Hello"), assistant("Hi")]
    kept, _ = newest(chat, counter=COUNTER, max_tokens=100)
    assert kept == chat


def test_the_last_reply_stays_where_its_question_is_too_long() -> None:
    chat = [user("a " * 100), assistant("short answer")]
    kept, _ = newest(chat, counter=COUNTER, max_tokens=20)
    assert contents(kept) == ["short answer"]


def test_nothing_fits() -> None:
    kept, (entry,) = newest(CHAT, counter=COUNTER, max_tokens=3)
    assert kept == []
    assert dict(entry.dropped) == {"older than the window": 4}


def test_no_history_leaves_no_trace() -> None:
    assert newest(None, counter=COUNTER, max_tokens=100) == ([], ())
    assert newest([], counter=COUNTER, max_tokens=100) == ([], ())


def test_a_call_goes_with_its_result() -> None:
    chat = [
        user("one two"),
        assistant(None, tool_calls=[call("a")]),
        result("a", "three four five"),
        user("six"),
    ]
    kept, _ = newest(chat, counter=COUNTER, max_tokens=13)
    assert contents(kept) == ["six"]


def test_messages_around_the_history_are_counted_with_it() -> None:
    class Seam(WordCounter):
        """Each change of role costs two tokens."""

        def count_messages(self, messages: Sequence[Message]) -> int:
            roles = [message["role"] for message in messages]
            changes = sum(a != b for a, b in pairwise(roles))
            return super().count_messages(messages) + 2 * changes

    before, after = [{"role": "system", "content": "s"}], [user("question")]
    counter = Seam()
    base = counter.count_messages([*before, *after])
    for limit in range(60):
        kept, _ = newest(CHAT, counter=counter, max_tokens=limit, before=before, after=after)
        assert counter.count_messages([*before, *kept, *after]) - base <= limit
    assert kept == CHAT


def test_a_template_that_wants_a_question_first_is_never_shown_a_reply() -> None:
    class Strict(WordCounter):
        def count_messages(self, messages: Sequence[Message]) -> int:
            if messages[0]["role"] == "assistant":
                raise InputError("the chat template refuses these messages")
            return super().count_messages(messages)

    for limit in range(40):
        kept, _ = newest(CHAT, counter=Strict(), max_tokens=limit)
        assert not kept or kept[0]["role"] == "user"


def test_a_malformed_message_is_refused() -> None:
    with pytest.raises(InputError, match=r"history\[1\]"):
        newest([user("a"), {"role": "user"}], counter=COUNTER, max_tokens=10)
