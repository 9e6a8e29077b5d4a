"""A conversation: kept, recalled, summarised, deleted."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from leanrag import LeanRAG
from leanrag.adapters.sqlite.conversations.store import SqliteConversations
from leanrag.api.conversation import Conversation
from leanrag.api.memory import stored as memory_module
from leanrag.api.memory.catalogue import Conversations
from leanrag.errors import ConfigError, InputError, LeanRAGError, ModelError, StoreError
from leanrag.settings import Settings
from leanrag.tokens import OpenAICounter
from tests.api.talk import among, talk, without_models
from tests.history.models import failing, saying, stuck
from tests.history.parts import assistant, call, result, user

COUNTER = OpenAICounter("o200k_base")
ROLES = ("user", "assistant")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_models(monkeypatch)


def chatter(conversation: Conversation, count: int) -> None:
    conversation.extend(
        [
            {"role": ROLES[n % 2], "content": f"Remark {n} about the weather on day {n} in town."}
            for n in range(count)
        ]
    )


def test_turns_are_kept_with_id_role_time_and_tokens() -> None:
    chat = talk(among())
    one = chat.add("user", "Hello there", name="Ann", time="8 May")
    two = chat.add(assistant("Hi.", id="mine"))
    assert chat.turns == [one, two]
    assert (one.id, one.role, one.time, one.tokens) == ("turn-0", "user", "8 May", 2)
    assert one.message == {"role": "user", "content": "Hello there", "name": "Ann", "time": "8 May"}
    assert two.id == "mine"
    assert two.time.startswith("20")
    assert len(chat) == 2
    assert talk(among()), "an empty one is a conversation too"


def test_a_conversation_that_fits_comes_back_as_it_is() -> None:
    chat = talk(among())
    chatter(chat, 6)
    kept = chat.condense(500)
    assert [message["content"] for message in kept.messages] == [
        turn.message["content"] for turn in chat.turns
    ]
    assert kept.kept_ids == tuple(turn.id for turn in chat.turns)
    assert kept.covered_ids == ()
    assert chat.messages(500) == [dict(message) for message in kept.messages]


def test_an_older_turn_is_recalled_within_the_budget() -> None:
    chat = talk(among(summary="none"))
    chat.add("user", "I adopted a parrot called Kiwi.")
    chatter(chat, 400)
    kept = chat.condense(150, "What is the parrot called?")
    assert {"turn-0", "turn-400"} <= set(kept.kept_ids)
    assert COUNTER.count_messages(kept.messages) <= 150
    assert kept.tokens.out == COUNTER.count_messages(kept.messages)
    (entry,) = kept.trace
    assert (entry.stage, entry.items_in) == ("history", 401)
    assert entry.items_out + sum(entry.dropped.values()) == 401


def test_a_summary_stands_in_front_once_there_is_one() -> None:
    chat = talk(among(summary_after=300))
    chat.add("user", "My budget is 500 euros. I adopted a parrot called Kiwi in Rome.")
    chatter(chat, 60)
    assert chat.wait(60)
    summary = chat.summary
    assert summary is not None
    assert summary.turn_ids[0] == "turn-0"
    assert summary.tokens <= 200
    kept = chat.condense(650, "Will it rain?")
    notes = kept.messages[0]
    assert notes["role"] == "system"
    assert "500 euros" in notes["content"]
    assert kept.covered_ids
    assert not set(kept.covered_ids) & set(kept.kept_ids)
    other = chat.condense(670, "What about the parrot?")
    assert other.messages[0] == notes, "the front of the prompt stays the same, byte for byte"
    assert other.messages != kept.messages


def test_summaries_cover_all_but_the_newest_turns_whoever_asks() -> None:
    store = SqliteConversations()
    chat = talk(among(store, summary="none"))
    chatter(chat, 200)
    again = talk(among(store, summary_after=300))
    summary = again.summarise()
    assert summary is not None
    tokens = [turn.tokens for turn in again.turns]
    assert sum(tokens[summary.end :]) <= 300
    assert summary.turn_ids == tuple(turn.id for turn in again.turns[: summary.end])
    assert talk(among(store)).summary == summary
    assert again.summarise() == summary


def test_facts_are_there_at_once_and_newer_ones_hold() -> None:
    chat = talk(among())
    chat.add("user", "The deadline is May 3.")
    assert [fact.statement for fact in chat.facts] == ["The deadline is May 3."]
    chat.add("user", "The deadline is May 9.", time="long ago")
    assert [fact.superseded_by for fact in chat.facts] == ["turn-1", ""]


def test_facts_stay_when_their_turns_are_summarised() -> None:
    chat = talk(among(summary_after=300))
    chat.add("user", "The deadline is May 3.")
    chatter(chat, 80)
    chat.add("user", "The budget is 500 euros.")
    before = chat.facts
    chat.summarise()
    assert [fact.statement for fact in chat.facts] == [fact.statement for fact in before]
    assert len(before) == 2


def test_a_model_summarises_and_where_it_fails_the_trace_says_so() -> None:
    good = talk(among(model=saying("They talked about the weather."), summary_after=300))
    chatter(good, 60)
    summary = good.summarise()
    assert summary is not None
    assert summary.text == "They talked about the weather."
    assert summary.maker == "scripted"
    bad = talk(among(model=failing(RuntimeError("broken")), summary_after=300))
    chatter(bad, 60)
    summary = bad.summarise()
    assert summary is not None
    assert summary.maker == "extractive"
    assert "RuntimeError: broken" in bad.condense(300, "rain").trace[0].note


def test_a_stuck_model_blocks_nobody() -> None:
    model, release = stuck()
    conversations = among(model=model, summary_after=300, timeout_s=30)
    chat = talk(conversations)
    chatter(chat, 60)
    assert not chat.wait(0.01)
    kept = chat.condense(200, "rain")
    assert kept.messages
    chat.add("user", "Still there?")
    assert len(chat.turns) == 61
    release.set()
    conversations.close()


def test_a_failure_in_the_background_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: Any) -> None:
        raise StoreError("disk full")

    chat = talk(among(summary_after=300))
    monkeypatch.setattr(memory_module.Memory, "make", broken)
    chatter(chat, 60)
    assert chat.wait(60)
    note = chat.condense(200, "rain").trace[0].note
    assert "StoreError: disk full" in note
    assert len(chat.turns) == 60


def test_deleting_ends_it_for_everybody(tmp_path: Path) -> None:
    path = str(tmp_path / "talk.sqlite")
    mine = talk(among(SqliteConversations(path), summary_after=300))
    chatter(mine, 60)
    mine.wait(60)
    other = talk(among(SqliteConversations(path)))
    assert len(other.turns) == 60
    assert mine.delete()
    assert not mine.delete()
    assert other.turns == []
    assert other.summary is None
    assert other.facts == []
    assert other.messages(100, "rain") == []
    other.add("user", "A new beginning")
    assert [turn.id for turn in mine.turns] == ["turn-0"]
    assert len(mine.messages(100)) == 1


def test_what_another_process_adds_is_seen(tmp_path: Path) -> None:
    path = str(tmp_path / "talk.sqlite")
    mine, theirs = (talk(among(SqliteConversations(path))) for _ in range(2))
    mine.add("user", "one")
    assert len(theirs.messages(100)) == 1
    theirs.add("user", "two")
    mine.add("user", "three")
    said = [message["content"] for message in theirs.messages(100)]
    assert said == ["one", "two", "three"]


def test_threads_add_and_ask_at_once() -> None:
    chat = talk(among(summary_after=300))
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            for n in range(8):
                chat.add("user", f"Thread {number} says {n} about the weather.")
                assert COUNTER.count_messages(chat.messages(120, "weather")) <= 120
        except (LeanRAGError, AssertionError) as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    said = [turn.message["content"] for turn in chat.turns]
    assert len(set(said)) == 32
    for number in range(4):
        own = [text for text in said if text.startswith(f"Thread {number}")]
        assert own == [f"Thread {number} says {n} about the weather." for n in range(8)]


def test_tenants_do_not_see_each_other() -> None:
    conversations = among()
    talk(conversations, tenant="x").add("user", "My name is Ann.")
    stranger = talk(conversations, tenant="y")
    assert stranger.messages(100, "name") == []
    assert stranger.facts == []
    assert [(info.tenant, info.id) for info in conversations.list()] == [("x", "a")]


def test_tools_and_images() -> None:
    chat = talk(among(summary="none"))
    log = "\n".join(f"12:{n} INFO part {n} is well" for n in range(400))
    chat.extend(
        [
            {"role": "system", "content": "Be brief."},
            user([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAA"}}]),
            assistant(None, tool_calls=[call("c", "read_log")]),
            result("c", f"{log}\nERROR pump broken\n{log}"),
            assistant("The pump is broken."),
        ]
    )
    assert chat.turns[1].message["content"][0]["text"] == "[image: image/png]"
    kept = chat.condense(400, "Why is the pump broken?")
    roles = [message["role"] for message in kept.messages]
    assert roles.count("tool") == 1
    assert roles[roles.index("tool") - 1] == "assistant"
    (tool,) = [message for message in kept.messages if message["role"] == "tool"]
    assert "ERROR pump broken" in tool["content"]
    assert COUNTER.count_messages(kept.messages) <= 400
    assert chat.turns[3].message["content"].count("INFO") == 800, "what is stored stays whole"


def test_empty_and_very_long_turns() -> None:
    chat = talk(among())
    chat.add("user", "")
    chat.add("assistant", "   ")
    long = "The parrot is called Kiwi. " + "Nothing else happened on that day. " * 60_000
    assert len(long) > 2_000_000
    chat.add("user", long)
    chat.add("assistant", "I see.")
    messages = chat.messages(200, "What is the parrot called?")
    assert COUNTER.count_messages(messages) <= 200
    assert chat.turns[2].message["content"] == long


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ({"role": "robot", "content": "x"}, "role: 'robot'"),
        ({"role": "user", "content": 3}, "content: expected a text"),
        ({"role": "user"}, "content: missing"),
        ({"role": "tool", "content": "x"}, "tool_call_id: missing"),
        (7, "expected a message"),
        ({"role": "user", "content": "x", "id": "\ud800"}, "lone surrogate"),
        ({"role": "user", "content": "x", "time": 3}, "time: expected a text"),
        (
            {
                "role": "assistant",
                "content": "x",
                "tool_calls": [{"id": "c", "function": {"a": {1}}}],
            },
            "JSON",
        ),
    ],
)
def test_a_bad_message_is_named_and_nothing_is_stored(message: Any, place: str) -> None:
    chat = talk(among())
    chat.add("user", "fine")
    with pytest.raises(InputError, match=place):
        chat.extend([user("also fine"), message])
    assert len(chat.turns) == 1


def test_roles_out_of_order_are_kept_as_they_came() -> None:
    chat = talk(among())
    chat.extend([assistant("a"), assistant("b"), {"role": "system", "content": "c"}, result("x")])
    assert [turn.role for turn in chat.turns] == ["assistant", "assistant", "system", "tool"]
    assert [message["role"] for message in chat.messages(100)] == [
        "assistant",
        "assistant",
        "system",
    ]


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb", "\ud800", None, 7])
def test_a_bad_name_is_refused(name: Any) -> None:
    with pytest.raises(InputError, match="conversation"):
        Conversation(name, among=among())
    if name != "":
        with pytest.raises(InputError, match="tenant"):
            Conversation("a", tenant=name, among=among())


@pytest.mark.parametrize("budget", [0, -1, True, 2.5, "many", None])
def test_a_bad_budget_is_refused(budget: Any) -> None:
    with pytest.raises(InputError, match="budget"):
        talk(among()).messages(budget)


def test_a_content_beside_a_message_is_refused() -> None:
    with pytest.raises(InputError, match="content"):
        talk(among()).add(user("a"), "b")
    with pytest.raises(InputError, match="question"):
        talk(among()).messages(100, 7)  # type: ignore[arg-type]


def test_it_can_be_awaited() -> None:
    async def run() -> list[dict[str, Any]]:
        chat = talk(among())
        await asyncio.gather(*(chat.aadd("user", f"said {n}") for n in range(5)))
        assert (await chat.acondense(200)).tokens.out <= 200
        return await chat.amessages(200)

    assert len(asyncio.run(run())) == 5


def test_by_itself_it_lives_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    chat = Conversation()
    chat.add("user", "Hello")
    assert len(chat) == 1
    assert list(tmp_path.iterdir()) == []
    file = tmp_path / "kept.sqlite"
    settings = Settings.create(history={"path": str(file)})
    Conversation("a", settings=settings).add("user", "Hello")
    assert len(Conversation("a", settings=settings)) == 1
    assert file.exists()


def test_beside_a_collection_and_for_a_server(tmp_path: Path) -> None:
    with LeanRAG(tmp_path / "store", collection="docs") as rag:
        rag.conversation("a", tenant="x").add("user", "Hello")
        assert [info.tenant for info in rag.conversations().list()] == ["x"]
    assert (tmp_path / "store" / "docs.conversations.sqlite").exists()
    assert (tmp_path / "store" / "leanrag.json").exists()
    with LeanRAG(tmp_path / "store", collection="docs") as rag:
        assert len(rag.conversation("a", tenant="x")) == 1
        assert len(rag.conversation("a")) == 0
    with LeanRAG("http://localhost:1") as rag, pytest.raises(ConfigError, match=r"history\.path"):
        rag.conversation("a")


def test_a_conversation_that_nobody_wrote_leaves_no_file(tmp_path: Path) -> None:
    conversations = Conversations(Settings.create(store=str(tmp_path / "store")))
    chat = talk(conversations)
    assert (chat.turns, chat.messages(50), chat.facts, chat.summary) == ([], [], [], None)
    assert not chat.delete()
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_an_endpoint_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="llm"):
        Conversation(settings=Settings.create(history={"summary": "model"}))


def test_a_turn_is_kept_where_the_embedder_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: Any) -> None:
        raise ModelError("the weights are gone")

    monkeypatch.setattr("leanrag.api.wiring.models.load_embedder", fail)
    chat = talk(among())
    chat.add("user", "I adopted a parrot.")
    assert [turn.message["content"] for turn in chat.turns] == ["I adopted a parrot."]
    with pytest.raises(ModelError):
        chat.messages(100)
    without_models(monkeypatch)
    assert len(chat.messages(100)) == 1
