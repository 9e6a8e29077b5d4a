"""A conversation within a budget."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from leanrag.adapters.models import load_embedder
from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.errors import InputError
from leanrag.history.condense import condense
from leanrag.history.recall import TurnScorer
from leanrag.settings import EmbeddingSettings
from leanrag.tokens import OpenAICounter
from leanrag.types import Condensed
from tests.history.parts import WordCounter, assistant, call, result, scorer, user

DIALOGUE = Path(__file__).parents[3] / "shared" / "data" / "dialogue"
CHAT = [
    {"role": "system", "content": "You are a friendly guide.", "id": "s"},
    user("I adopted a parrot in March.", id="1", name="Ann"),
    assistant("How lovely! What is it called?", id="2"),
    user("It is called Kiwi.", id="3", name="Ann"),
    assistant("A fine name for a bird.", id="4"),
    user("The garden needs water every day.", id="5", name="Ann"),
    assistant("In summer twice a day.", id="6"),
    user("My train leaves at nine.", id="7", name="Ann"),
    assistant("Then set an alarm.", id="8"),
]


def short(history: Any, budget: int, question: str = "") -> Condensed:
    return condense(
        history, question=question, budget=budget, counter=WordCounter(), scorer=scorer()
    )


def test_a_conversation_that_fits_stays_as_it_is() -> None:
    kept = short(CHAT, 1000)
    assert kept.kept_ids == ("s", "1", "2", "3", "4", "5", "6", "7", "8")
    assert [message["content"] for message in kept.messages] == [turn["content"] for turn in CHAT]
    assert kept.tokens["in"] == kept.tokens["out"]
    assert kept.covered_ids == ()


def test_messages_can_be_sent() -> None:
    for message in short(CHAT, 40, "parrot").messages:
        assert set(message) <= {"role", "content", "name", "tool_calls", "tool_call_id"}


def test_the_last_exchange_the_instructions_and_what_is_asked_for_stay() -> None:
    kept = short(CHAT, 45, "When did Ann adopt the parrot?")
    assert {"s", "1", "7", "8"} <= set(kept.kept_ids)
    assert "6" not in kept.kept_ids
    assert kept.tokens.out <= 45
    (entry,) = kept.trace
    assert entry.items_in == 9
    assert entry.items_out == len(kept.kept_ids)
    assert entry.dropped["less relevant"] == 9 - len(kept.kept_ids)


def test_the_last_user_message_stands_for_a_missing_question() -> None:
    chat = [*CHAT, user("What is the name of the bird that I adopted, the parrot?", id="9")]
    kept = short(chat, 50)
    assert "1" in kept.kept_ids
    assert kept.kept_ids == short(chat, 50, chat[-1]["content"]).kept_ids


def test_a_long_turn_is_cut_to_whole_sentences() -> None:
    sentences = [f"Topic {name} is about {name} and nothing else at all." for name in NAMES]
    chat = [user("Tell me all."), assistant(" ".join(sentences), id="long"), user("Thanks.")]
    kept = short(chat, 60, "What is topic kilo about?")
    (text,) = [m["content"] for m in kept.messages if m["role"] == "assistant"]
    assert "kilo" in text
    assert "long" in kept.kept_ids
    assert len(text.split()) < 60
    for sentence in re.split(r" … |(?<=\.) ", text):
        assert sentence in sentences
    assert kept.trace[0].note == "1 turns shortened"


def test_gaps_are_marked() -> None:
    sentences = [f"Topic {name} is about {name} and nothing else at all." for name in NAMES]
    chat = [assistant(" ".join(sentences), id="long"), user("Thanks.")]
    kept = short(chat, 120, "alfa kilo zulu")
    (text,) = [m["content"] for m in kept.messages if m["role"] == "assistant"]
    assert " … " in text


def test_calls_stay_with_their_results_or_go() -> None:
    chat = [
        user("What is the weather in Rome?"),
        assistant(None, tool_calls=[call("c", "weather", '{"city": "Rome"}')]),
        result("c", "Rome is sunny " + "and warm " * 20),
        assistant("It is sunny."),
        *CHAT[1:],
    ]
    for budget in range(5, 140, 5):
        roles = [message["role"] for message in short(chat, budget, "weather Rome").messages]
        assert ("tool" in roles) == any(
            message.get("tool_calls") for message in short(chat, budget, "weather Rome").messages
        )
    assert "tool" in roles


def test_order_is_that_of_the_conversation() -> None:
    ids = [turn["id"] for turn in CHAT]
    for budget in range(10, 80, 7):
        kept = short(CHAT, budget, "garden water").kept_ids
        assert list(kept) == [identity for identity in ids if identity in kept]


def test_nothing_where_not_even_a_sentence_fits() -> None:
    kept = short([user("This single sentence is longer than the budget.")], 8)
    assert kept.messages == ()
    assert kept.kept_ids == ()
    assert kept.tokens.out == 0


def test_something_said_last_beats_nothing() -> None:
    # The user's message alone takes more than half of the budget.
    kept = short([*CHAT, user("one two three four five six")], 13, "parrot")
    assert [message["content"] for message in kept.messages] == ["one two three four five six"]


def test_an_empty_history() -> None:
    kept = short([], 10)
    assert (kept.messages, kept.kept_ids, kept.tokens["in"]) == ((), (), 0)
    assert short(None, 10).messages == ()


@pytest.mark.parametrize("budget", [0, -5, True, 3.5, "10"])
def test_a_budget_is_a_positive_number(budget: Any) -> None:
    with pytest.raises(InputError, match="budget"):
        short(CHAT, budget)


NAMES = [
    *("alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "kilo"),
    *("lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "zulu"),
]


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not DIALOGUE.is_dir(), reason="needs the evaluation data")
def test_evidence_is_recalled_from_a_long_real_conversation() -> None:
    conversation = json.loads(gzip.decompress((DIALOGUE / "locomo_26.json.gz").read_bytes()))
    history, number = [], 1
    while turns := conversation.get(f"session_{number}"):
        number += 1
        for turn in turns:
            role = "user" if turn["speaker"] == conversation["speaker_a"] else "assistant"
            content = f"{turn['speaker']}: {turn['text']}"
            history.append({"role": role, "content": content, "id": turn["dia_id"]})
    turns_scorer = TurnScorer(load_embedder(EmbeddingSettings()), RankBM25Scorer())
    counter = OpenAICounter("o200k_base")
    found = total = 0
    for row in conversation["qa"]:
        evidence = set(re.findall(r"D\d+:\d+", " ".join(row.get("evidence", []))))
        if row["category"] == 5 or not evidence:
            continue
        kept = condense(
            history, question=row["question"], budget=1294, counter=counter, scorer=turns_scorer
        )
        assert kept.tokens.out <= 1294
        total += 1
        found += not evidence.isdisjoint(kept.kept_ids)
    # Single turns by embedding alone reach .67.
    assert found / total > 0.9
