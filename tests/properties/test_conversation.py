"""Random conversations through random budgets: nothing exceeded, lost, parted or reordered."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.history.facts import current, facts_of
from leanrag.history.messages import validate
from leanrag.history.shorten import shorten
from leanrag.tokens import OpenAICounter, UpperBoundCounter
from tests.api.talk import among, talk, without_models
from tests.history.models import ScriptedModel, failing
from tests.history.parts import assistant, call, result, user
from tests.properties.test_history import check_calls

COUNTER = OpenAICounter("o200k_base")
WORDS = st.sampled_from(
    ["parrot", "Kiwi", "Rome", "500 euros.", "deadline is May 3.", "We decided", "rain",
     "天气很好。", "My name is Ann.", "\n", "?", "🙂", "the", "I prefer tea."]
)  # fmt: skip
TEXTS = st.lists(WORDS, max_size=40).map(" ".join) | st.text(max_size=60)
LONG = st.builds(lambda text, times: text * times, TEXTS, st.integers(50, 400))


@st.composite
def turns(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to three messages that belong together, or a stray one."""
    kind = draw(st.sampled_from(["user", "assistant", "pair", "tool", "stray", "system", "image"]))
    text = draw(TEXTS | LONG)
    if kind == "pair":
        return [user(draw(TEXTS)), assistant(text)]
    if kind == "tool":
        name = f"c{draw(st.integers(0, 10**9))}"
        return [assistant(None, tool_calls=[call(name, arguments=draw(TEXTS))]), result(name, text)]
    if kind == "stray":
        return [
            draw(st.sampled_from([result("nobody", text), assistant(text, tool_calls=[call("x")])]))
        ]
    if kind == "image":
        return [user([{"type": "image_url", "image_url": {"url": "http://a"}},
                      {"type": "text", "text": text}])]  # fmt: skip
    return [{"role": kind, "content": text}]


MODELS = st.sampled_from(
    [
        None,
        failing(RuntimeError("broken")),
        ScriptedModel(lambda messages, max_tokens: ""),
        ScriptedModel(lambda messages, max_tokens: "on and on " * 100 * max_tokens),
        ScriptedModel(lambda messages, max_tokens: "They met in Rome."),
    ]
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_models(monkeypatch)


@given(
    st.lists(turns(), max_size=25),
    st.lists(st.integers(1, 700), min_size=1, max_size=3),
    TEXTS,
    MODELS,
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_conversation_keeps_its_promises(
    blocks: list[list[dict[str, Any]]], budgets: list[int], question: str, model: Any
) -> None:
    chat = talk(among(model=model, summary_after=200, summary_tokens=60, notes_tokens=100))
    given_turns = [message for block in blocks for message in block]
    stored = [turn for block in blocks for turn in chat.extend(block)]
    # Nothing is lost, and the order is that of adding.
    assert chat.turns == stored
    sendable = [dict(turn.message) for turn in validate(given_turns)]
    assert [dict(turn.message) for turn in stored] == sendable
    assert [turn.position for turn in stored] == list(range(len(given_turns)))
    summary = chat.summarise()
    if summary is not None:
        assert summary.tokens <= 60
        assert list(summary.turn_ids) == [turn.id for turn in stored[: summary.end]]
    ids = [turn.id for turn in stored]
    for budget in budgets:
        kept = chat.condense(budget, question)
        messages = [dict(message) for message in kept.messages]
        assert not messages or COUNTER.count_messages(messages) <= budget
        assert kept.tokens.out == (COUNTER.count_messages(messages) if messages else 0)
        check_calls(messages)
        assert list(kept.kept_ids) == [name for name in ids if name in set(kept.kept_ids)]
        assert not set(kept.kept_ids) & set(kept.covered_ids)
        if kept.trace:
            (entry,) = kept.trace
            assert entry.items_out + sum(entry.dropped.values()) == entry.items_in == len(ids)
        assert chat.condense(budget, question).messages == kept.messages


@given(LONG | TEXTS, TEXTS, st.integers(1, 200), st.sampled_from([COUNTER, UpperBoundCounter()]))
@settings(max_examples=60, deadline=None)
def test_what_is_shortened_fits_and_stands_verbatim(
    text: str, question: str, max_tokens: int, counter: Any
) -> None:
    short = shorten(text, question, max_tokens, counter=counter, lexical=RankBM25Scorer())
    assert short == "…" or counter.count(short) <= max_tokens
    rest = text
    for part in short.split("…"):
        piece = part.strip()
        assert piece in rest
        rest = rest[rest.index(piece) + len(piece) :]


@given(st.lists(TEXTS | LONG, max_size=12))
@settings(max_examples=60, deadline=None)
def test_facts_are_of_their_turns_and_only_older_ones_are_superseded(said: list[str]) -> None:
    turns = validate([user(text, id=n) for n, text in enumerate(said)])
    for fact in current(facts_of(turns, 0)):
        start = " ".join(turns[fact.position].text.split())
        assert fact.statement.removesuffix("…") in start
        assert not fact.superseded_by or int(fact.superseded_by) > fact.position
