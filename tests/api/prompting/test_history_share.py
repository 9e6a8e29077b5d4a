"""The conversation in front of a question: how much room it gets, and what of it is sent."""

from typing import Any

import pytest

from leanrag.api.memory.reading import TurnReader
from leanrag.api.memory.room import Room
from leanrag.api.prompting.history_share import Past, recall, said
from leanrag.errors import InputError
from leanrag.tokens import OpenAICounter, UpperBoundCounter
from leanrag.types import Chunk, Hit, Message
from tests.api.talk import among, talk, without_models
from tests.history.parts import WordEmbedder, assistant, user

COUNTER = OpenAICounter("o200k_base")
BEFORE = [{"role": "system", "content": "Answer."}]
AFTER = [{"role": "user", "content": "Why?"}]
CHAT = [
    user("I adopted a parrot called Kiwi in Rome."),
    assistant("How nice."),
    *(user(f"Remark {n} about the weather on day {n}.") for n in range(80)),
]


class AlternatingCounter(OpenAICounter):
    """Like a chat template that wants the roles of user and assistant to alternate."""

    def count_messages(self, messages: Any) -> int:
        roles = [message["role"] for message in messages if message["role"] != "system"]
        if any(role != ("user", "assistant")[n % 2] for n, role in enumerate(roles)):
            raise InputError("the chat template refuses these messages: roles must alternate")
        return super().count_messages(messages)


def hit(dense: float | None) -> Hit:
    chunk = Chunk("c", "d", 0, "prose", (), (0, 1), "x", ((0, 1),))
    return Hit(chunk, "s", "t", 1.0, dense=dense)


def reader() -> TurnReader:
    return TurnReader(WordEmbedder)


def past(history: Any, available: int, question: str, counter: Any = COUNTER) -> Past:
    return Past(recall(history, counter, reader()), counter, available, BEFORE, AFTER, question)


def added(messages: Any) -> int:
    base = COUNTER.count_messages([*BEFORE, *AFTER])
    return COUNTER.count_messages([*BEFORE, *messages, *AFTER]) - base if messages else 0


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_models(monkeypatch)


@pytest.fixture(params=["list", "conversation"])
def history(request: pytest.FixtureRequest) -> Any:
    if request.param == "list":
        return CHAT
    chat = talk(among(summary_after=300))
    chat.extend(CHAT)
    chat.wait(60)
    return chat


def test_documents_that_answer_leave_less_to_the_conversation(history: Any) -> None:
    asked = "What is the parrot called?"
    shares = [
        past(history, 600, asked).share(hits) for hits in ([hit(0.95)], [hit(0.3), hit(0.1)], [])
    ]
    assert shares == sorted(shares)
    assert shares[0] < 0.3
    assert shares[-1] == 1.0
    assert past(history, 600, asked).share([hit(None)]) > shares[0]


def test_a_conversation_that_hardly_matters_is_not_looked_into() -> None:
    short = past(CHAT[:2], 5000, "anything")
    assert short.share([hit(0.95)]) == 1.0
    assert len(short.take(1.0).kept_ids) == 2


@pytest.mark.parametrize("available", [0, 1, 30, 120, 400, 900])
def test_the_room_is_never_exceeded(history: Any, available: int) -> None:
    for share in (0.0, 0.3, 1.0):
        before = past(history, available, "What is the parrot called?")
        taken = before.take(share)
        assert added(taken.messages) <= available
        assert taken.tokens.out == added(taken.messages)
        more = before.more(taken, available - taken.tokens.out)
        assert taken.tokens.out <= added(more.messages) <= available


def test_the_last_exchange_has_its_floor_and_an_older_turn_is_recalled(history: Any) -> None:
    last = past(history, 400, "zzz").take(0.0)
    assert "Remark 79" in str(last.messages[-1]["content"])
    told = past(history, 400, "What is the parrot called?").take(0.9)
    assert any("Kiwi" in str(message["content"]) for message in told.messages)


def test_notes_stand_in_front_and_stay_the_same_from_question_to_question() -> None:
    chat = talk(among(summary_after=300))
    chat.extend([*CHAT, user("The budget is 500 euros."), assistant("Noted.")])
    chat.wait(60)
    notes = {
        past(chat, 700, question).take(share).messages[0]["content"]
        for question, share in (("parrot?", 0.9), ("rain?", 0.15), ("zzz", 0.5))
    }
    assert len(notes) == 1
    assert notes.pop().startswith("Notes on the conversation")


def test_what_is_sent_is_counted_as_it_is_masked(history: Any) -> None:
    remembered = recall(history, COUNTER, reader())

    def mask(messages: Any) -> list[dict[str, Any]]:
        return [
            {**message, "content": str(message["content"]).replace("Kiwi", "[NAME-1] of the bird")}
            for message in messages
        ]

    room = Room(200, COUNTER, mask=mask)
    kept = remembered.condense("What is the parrot called?", room)
    text = " ".join(str(message["content"]) for message in kept.messages)
    assert "Kiwi" not in text
    assert "[NAME-1]" in text
    assert COUNTER.count_messages(kept.messages) <= 200


def test_a_template_that_wants_roles_to_alternate_gets_the_newest_turns() -> None:
    chat = [message for n in range(40) for message in (user(f"asked {n} " * 9), assistant("yes"))]
    counter = AlternatingCounter("o200k_base")
    remembered = recall(chat, counter, reader())
    kept = remembered.condense("asked 3", Room(150, counter))
    assert kept.messages
    assert counter.count_messages(kept.messages) <= 150
    contents = [turn["content"] for turn in chat]
    assert [message["content"] for message in kept.messages] == contents[-len(kept.messages) :]
    assert len(kept.kept_ids) == len(kept.messages)


def test_a_template_that_takes_no_second_system_text_gets_no_notes() -> None:
    class OneSystemText(OpenAICounter):
        def count_messages(self, messages: Any) -> int:
            if any(message["role"] == "system" for message in messages[1:]):
                raise InputError("the chat template refuses these messages: system comes first")
            return super().count_messages(messages)

    chat = talk(among(summary_after=300))
    chat.extend(CHAT)
    chat.wait(60)
    taken = past(chat, 700, "parrot Kiwi", OneSystemText("o200k_base")).take(0.6)
    assert chat.summary is not None
    assert {message["role"] for message in taken.messages} <= {"user", "assistant"}
    assert any("Kiwi" in str(message["content"]) for message in taken.messages)


def test_a_list_of_thousands_is_shortlisted_by_words_first() -> None:
    chat: list[Message] = [user(f"Remark {n} about the weather.") for n in range(3000)]
    chat[100] = user("I adopted a parrot called Kiwi.", id="here")
    remembered = recall(chat, COUNTER, reader())
    looked_at = remembered.shortlist("Which parrot did I adopt?")
    assert len(looked_at) < 2000
    kept = remembered.condense("Which parrot did I adopt?", Room(120, COUNTER))
    assert "here" in kept.kept_ids


def test_an_upper_bound_is_kept_too(history: Any) -> None:
    counter = UpperBoundCounter()
    kept = recall(history, counter, reader()).condense("parrot", Room(700, counter))
    assert kept.messages
    assert counter.count_messages(kept.messages) <= 700


def test_what_was_said_last_is_there_to_read_a_follow_up_by(history: Any) -> None:
    assert said(history)[-1]["content"] == CHAT[-1]["content"]
    with pytest.raises(InputError, match=r"history\[0\]"):
        said(["hello"])  # type: ignore[list-item]
