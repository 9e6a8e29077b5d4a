"""Histories: budgets hold, nothing is altered, order and calls stay intact."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.errors import InputError
from leanrag.history.condense import condense
from leanrag.history.excerpt import GAP, HEAD
from leanrag.history.messages import Turn, validate
from leanrag.history.recall import TurnScorer
from leanrag.history.window import newest
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.tokens import OpenAICounter, UpperBoundCounter
from leanrag.types import Judged, Passage
from tests.history.parts import WordEmbedder, call, result, scorer

COUNTERS = [OpenAICounter("o200k_base"), UpperBoundCounter()]
SENTENCES = st.lists(
    st.sampled_from(
        [
            "The parrot is called Kiwi.",
            "It rained.\n",
            "Our train leaves at nine, from the second platform of the old station.",
            "球队的防守丢了308分。",
            "Wirklich? Ja!",
            "- a list item\n- another",
            "",
            "naïve 🙂 …",
        ]
    ),
    max_size=30,
)
TEXTS = SENTENCES.map(" ".join) | st.text(max_size=200)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Conversations with tool calls, some of which lack a result or a call."""
    messages: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["user", "user", "assistant", "assistant", "system", "tool"]))
        if kind != "tool":
            messages.append({"role": kind, "content": draw(TEXTS), "id": f"m{number}"})
            continue
        ids = [f"{number}-{index}" for index in range(draw(st.integers(1, 2)))]
        if draw(st.integers(0, 4)):
            calls = [call(identity, arguments=draw(st.text(max_size=20))) for identity in ids]
            messages.append({"role": "assistant", "content": None, "tool_calls": calls})
        messages += [result(identity, draw(TEXTS)) for identity in ids if draw(st.integers(0, 4))]
    return messages


def check_calls(messages: list[dict[str, Any]]) -> None:
    """Every call is followed by its results, and every result follows its call."""
    waiting: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] in waiting
            waiting.remove(message["tool_call_id"])
            continue
        assert not waiting
        waiting = {one["id"] for one in message.get("tool_calls", [])}
    assert not waiting


def in_order(parts: list[dict[str, Any]], whole: list[dict[str, Any]]) -> bool:
    rest = iter(whole)
    return all(any(part == message for message in rest) for part in parts)


@given(histories(), st.integers(-5, 400), st.sampled_from(COUNTERS))
@settings(max_examples=80, deadline=None)
def test_the_newest_turns_fit_and_stay_verbatim(
    history: list[dict[str, Any]], max_tokens: int, counter: Any
) -> None:
    before = [{"role": "system", "content": "Answer."}]
    after = [{"role": "user", "content": "Why?"}]
    base = counter.count_messages([*before, *after])
    kept, trace = newest(
        history, counter=counter, max_tokens=max_tokens, before=before, after=after
    )
    assert not kept or counter.count_messages([*before, *kept, *after]) - base <= max_tokens
    assert in_order(kept, [dict(turn.message) for turn in validate(history)])
    check_calls(kept)
    assert len(trace) == bool(history)
    if trace:
        assert trace[0].items_in - trace[0].items_out == sum(trace[0].dropped.values())


class WhimsicalSelector:
    """Likes some sentences and others not, for no reason."""

    name = "whimsical"

    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        rows = [
            np.array(
                [crc32(p.text[a:b].encode("utf-8", "replace")) % 19 - 9.0 for a, b in p.sentences]
            )
            for p in passages
        ]
        return [Judged(float(row.max(initial=-9.0)), row) for row in rows]


@given(
    histories(), TEXTS, st.integers(1, 400), st.sampled_from(COUNTERS), st.booleans(),
    st.sampled_from([0, 100]),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_condensing_keeps_its_promises(
    history: list[dict[str, Any]],
    question: str,
    budget: int,
    counter: Any,
    reads: bool,
    newest: int,
) -> None:
    def run() -> Any:
        turns_scorer = scorer()
        if reads:
            turns_scorer = TurnScorer(
                WordEmbedder(), RankBM25Scorer(), selector=WhimsicalSelector(), candidates=5
            )
        return condense(
            history,
            question=question,
            budget=budget,
            counter=counter,
            scorer=turns_scorer,
            newest_tokens=newest,
        )

    kept = run()
    messages = [dict(message) for message in kept.messages]
    assert kept.tokens["out"] == (counter.count_messages(messages) if messages else 0)
    assert kept.tokens["out"] <= budget
    check_calls(messages)
    turns = {turn.id: turn for turn in validate(history)}
    assert list(kept.kept_ids) == [identity for identity in turns if identity in kept.kept_ids]
    check_verbatim(messages, [turns[identity] for identity in kept.kept_ids])
    assert kept.trace[0].items_in - kept.trace[0].items_out == sum(kept.trace[0].dropped.values())
    again = run()
    assert (again.messages, again.kept_ids) == (kept.messages, kept.kept_ids)


def check_verbatim(messages: list[dict[str, Any]], turns: list[Turn]) -> None:
    """Every turn stands in the messages with at least one sentence, unaltered and in order."""
    left = list(turns)
    for message in messages:
        content = message["content"]
        if not str(content).startswith(f"{HEAD}\n"):
            turn = left.pop(0)
            assert {**message, "content": ""} == {**turn.message, "content": ""}
            assert content == turn.message["content"] or "" in after(content, turn.text)
            continue
        states = {content.removeprefix(f"{HEAD}\n")}
        while "" not in states:
            turn = left.pop(0)
            states = {
                rest.removeprefix("\n")
                for state in states
                if state.startswith(f"{turn.role}: ")
                for rest in after(state.removeprefix(f"{turn.role}: "), turn.text)
                if not rest or rest.startswith("\n")
            }
            assert states
    assert not left


def after(excerpt: str, text: str) -> set[str]:
    """What may follow in ``excerpt`` behind whole sentences of ``text``, at least one of them."""
    open_ends = {excerpt.lstrip()}
    rests: set[str] = set()
    for start, end in split_sentences(text, detect_language(text[:1000])):
        sentence = text[start:end].strip()
        if not sentence:
            continue
        found = {end[len(sentence) :] for end in open_ends if end.startswith(sentence)}
        rests |= found
        stripped = {rest.lstrip() for rest in found}
        open_ends |= stripped | {rest.removeprefix(GAP).lstrip() for rest in stripped}
    return rests


@given(st.lists(st.dictionaries(st.text(max_size=8), st.none() | st.text() | st.integers())))
@settings(max_examples=100, deadline=None)
def test_whatever_is_no_conversation_is_refused_by_name(history: list[Any]) -> None:
    if history:
        with pytest.raises(InputError, match=r"^history\[\d+\]"):
            validate([{"role": "user", "content": "fine"}, *history])
