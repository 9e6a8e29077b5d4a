"""Prompts end to end: the promises that callers rely on, on a real store."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leanrag import LeanRAG
from leanrag.api.conversation import Conversation
from leanrag.errors import BudgetError, FilterError, InputError
from leanrag.tokens import counter_for
from leanrag.types import And

QUESTIONS = (
    "Which exception is raised when a name cannot be imported from a module?",
    "In which order are dict keys and values evaluated?",
    "what happens at the end of a with block",
    "第一个异常是什么？",
    "🙂 [1] ==== forged",
    "lambda",
)
HISTORY = [
    {"role": "user", "content": "How does the import statement find a module?"},
    {"role": "assistant", "content": "It looks into sys.modules first, then asks the finders."},
    {"role": "user", "content": "Thanks."},
    {"role": "assistant", "content": "You are welcome."},
]
MODELS = ("gpt-4o", "gpt-3.5-turbo", "some-unknown-model")


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    question=st.sampled_from(QUESTIONS),
    budget=st.integers(1, 3000),
    model=st.sampled_from(MODELS),
    turns=st.integers(0, len(HISTORY)),
)
@pytest.mark.filterwarnings("ignore::leanrag.tokens.InexactCountWarning")
def test_the_budget_holds_whatever_is_asked(
    rag: LeanRAG, question: str, budget: int, model: str, turns: int
) -> None:
    counter = counter_for(model)
    past = HISTORY[:turns]
    bare = rag.prompt(question, budget=10_000, model=model, where={"year": 1990}).tokens.prompt
    if bare > budget:
        with pytest.raises(BudgetError) as caught:
            rag.prompt(question, budget=budget, model=model, history=past)
        assert (caught.value.required, caught.value.available) == (bare, budget)
        return
    prompt = rag.prompt(question, budget=budget, model=model, history=past)
    tokens = prompt.tokens
    assert counter.count_messages(prompt.messages) == tokens.prompt <= budget
    parts = ("system", "history", "context", "question", "overhead")
    assert sum(tokens[part] for part in parts) == tokens.prompt
    assert all(tokens[part] >= 0 for part in parts)
    assert tokens.exact == counter.exact
    assert prompt.messages[-1]["content"].endswith(question)
    for source in prompt.sources:
        canonical = rag.document(source.id).text
        assert source.text == "".join(canonical[a:b] for a, b in source.spans)
        assert source.text


def test_the_same_question_gives_the_same_bytes(rag: LeanRAG) -> None:
    for question in QUESTIONS:
        first = rag.prompt(question, budget=700)
        second = rag.prompt(question, budget=700)
        assert first.messages == second.messages
        assert first.sources == second.sources


def test_the_answer_is_in_the_prompt(rag: LeanRAG) -> None:
    prompt = rag.prompt(QUESTIONS[1], budget=400)
    assert "evaluated from left to right" in prompt.messages[-1]["content"]
    assert any(source.source.endswith("dict.rst") for source in prompt.sources)


def test_a_filter_is_a_wall(rag: LeanRAG) -> None:
    for where in ({"kind_of": "value"}, ["kind_of=value"], ["year>2022"], {"not": {"year": 2022}}):
        prompt = rag.prompt("What are dict keys and numbers?", budget=1500, where=where)
        assert prompt.sources
        assert all(source.metadata["kind_of"] == "value" for source in prompt.sources)


def test_a_filter_that_nothing_matches_leaves_the_question_alone(rag: LeanRAG) -> None:
    prompt = rag.prompt("How does import find a module?", budget=500, where={"year": 1990})
    assert prompt.sources == ()
    assert prompt.tokens.context == 0


def test_an_unknown_field_is_named_with_the_closest_one(rag: LeanRAG) -> None:
    with pytest.raises(FilterError, match="year") as caught:
        rag.prompt("anything", budget=500, where={"yaer": 2022})
    assert caught.value.field == "yaer"


@pytest.mark.parametrize("where", [{}, [], "{}", {"and": []}, {"or": []}, {"year": []}, And(())])
def test_an_empty_filter_opens_nothing(rag: LeanRAG, where: Any) -> None:
    asked: list[Callable[[], Any]] = [
        lambda: rag.prompt("numbers", budget=500, where=where),
        lambda: rag.search("numbers", where=where),
        lambda: rag.search_many(["numbers"], where=where),
        lambda: rag.delete(where=where),
    ]
    for ask in asked:
        with pytest.raises(FilterError, match=r"leave the filter out \(None\)"):
            ask()
    assert rag.search("numbers", where=None)


def test_history_stays_verbatim_while_it_fits(rag: LeanRAG) -> None:
    prompt = rag.prompt("And then?", budget=900, history=HISTORY)
    sent = [message["content"] for message in prompt.messages]
    assert [turn["content"] for turn in HISTORY] == sent[1:5]
    assert prompt.tokens.history > 0


def test_the_last_turn_stays_and_the_trace_says_what_went(rag: LeanRAG) -> None:
    long = [{"role": "user", "content": f"Question {i}. " + "word " * 200} for i in range(9)]
    prompt = rag.prompt("And then?", budget=1200, history=long)
    assert prompt.messages[-2]["content"] == long[-1]["content"]
    entry = next(entry for entry in prompt.trace if entry.stage == "history")
    assert entry.items_in == 9
    assert sum(entry.dropped.values()) == 9 - entry.items_out > 0


def test_a_conversation_is_a_history(rag: LeanRAG) -> None:
    chat = Conversation()
    chat.add("user", "I adopted a parrot called Kiwi in Rome.")
    chat.extend([{"role": "user", "content": f"Remark {n} about the rain."} for n in range(60)])
    prompt = rag.prompt("Which parrot did I adopt in Rome?", budget=500, history=chat)
    assert prompt.tokens.prompt <= 500
    assert any("Kiwi" in str(message["content"]) for message in prompt.messages[1:-1])
    other = rag.prompt("What does the raise statement do?", budget=500, history=chat)
    assert other.sources
    assert other.tokens.history < prompt.tokens.history
    assert len(chat) == 61, "asking adds nothing by itself"
    assert rag.search("and the raise statement?", history=chat, top_k=2)


def test_the_trace_tells_every_stage(rag: LeanRAG) -> None:
    prompt = rag.prompt(QUESTIONS[1], budget=600)
    stages = ["retrieve", "rerank", "prune", "squeeze", "pack"]
    assert [entry.stage for entry in prompt.trace] == stages
    sent = [entry.tokens_out for entry in prompt.trace]
    assert sent == sorted(sent, reverse=True)


@pytest.mark.parametrize("budget", [0, -5, 2.5, True, "600"])
def test_a_budget_that_is_none_is_refused(rag: LeanRAG, budget: object) -> None:
    with pytest.raises(InputError, match="budget"):
        rag.prompt("anything", budget=budget)  # type: ignore[arg-type]


@pytest.mark.parametrize("question", ["", "  \n", None, 3])
def test_an_empty_question_is_refused(rag: LeanRAG, question: object) -> None:
    with pytest.raises(InputError, match="question"):
        rag.prompt(question)  # type: ignore[arg-type]


@pytest.mark.parametrize("history", [["hello"], [{"role": "user"}, 3], [{"content": "x"}], "hello"])
def test_a_malformed_history_is_refused(rag: LeanRAG, history: object) -> None:
    with pytest.raises(InputError):
        rag.prompt("anything", history=history)  # type: ignore[arg-type]
