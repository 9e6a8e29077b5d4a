"""Where what stands in a prompt: the stable part first, byte for byte; the orders of evidence."""

import json
from collections.abc import Sequence
from itertools import pairwise

import pytest

from leanrag import LeanRAG
from leanrag.errors import ConfigError
from leanrag.tokens import counter_for
from leanrag.types import Message, Prompt, Span

TALK = [
    ("How does the import statement find a module?", "It asks sys.modules, then the finders."),
    ("Which exception is raised when a name cannot be imported?", "ImportError is raised [1]."),
    ("In which order are dict keys and values evaluated?", "From left to right [2]."),
    ("What happens at the end of a with block?", "The exit method is called [1]."),
    ("And if it returns a true value?", "Then the exception is suppressed [1]."),
    ("When does a while loop run its else clause?", "When its condition becomes false [1]."),
]
ORDERS = ("best_first", "best_last", "both_ends", "document")
COUNTER = counter_for("gpt-4o")


def rendered(messages: Sequence[Message]) -> str:
    """The messages as one text, in the order in which a provider reads them."""
    return "".join(json.dumps(message, ensure_ascii=False) + "\n" for message in messages)


def shared(first: str, second: str) -> str:
    """The longest common beginning."""
    length = next(
        (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b),
        min(len(first), len(second)),
    )
    return first[:length]


def conversation(rag: LeanRAG, **options: int) -> list[Prompt]:
    """The prompts of a conversation, each with all that was said before."""
    history: list[Message] = []
    prompts = []
    for question, answer in TALK:
        prompts.append(rag.prompt(question, history=history, **options))
        history += [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    return prompts


def test_what_was_sent_before_stands_first_and_the_same(rag: LeanRAG) -> None:
    prompts = conversation(rag, budget=4000)

    stable = []
    for earlier, later in pairwise(prompts):
        kept = earlier.messages[:-1]
        assert later.messages[: len(kept)] == kept
        # Everything but the evidence comes again: the prefix ends where the evidence began.
        prefix = shared(rendered(earlier.messages), rendered(later.messages))
        assert prefix.startswith(rendered(kept))
        longest = COUNTER.count(rendered(kept))
        assert COUNTER.count(prefix) >= longest
        stable.append(longest)
    assert stable == sorted(stable)
    assert stable[-1] > 2 * stable[0]


def test_nothing_that_changes_with_the_question_stands_before_the_history(rag: LeanRAG) -> None:
    for prompt in conversation(rag, budget=4000):
        assert prompt.messages[0]["role"] == "system"
        assert [m["role"] for m in prompt.messages[1:-1]] == ["user", "assistant"] * (
            (len(prompt.messages) - 2) // 2
        )
        last = prompt.messages[-1]["content"]
        assert last.endswith(prompt.question)
        for number in range(1, len(prompt.sources) + 1):
            mark = f"\n[{prompt.mark_prefix}{number}]"
            assert last.index(mark) < last.rindex(prompt.question)


def test_the_notes_of_a_long_conversation_stand_first_and_the_same(rag: LeanRAG) -> None:
    talk = rag.with_settings(history={"path": ":memory:", "summary_after": 200}).conversation("c")
    for question, answer in TALK * 8:
        talk.add("user", f"{question} I ask since the release is on 3 May 2027.")
        talk.add("assistant", answer * 6)
    talk.summarise()

    prompts = [rag.prompt(question, budget=2000, history=talk) for question, _ in TALK]

    first, second = prompts[0].messages[:2]
    assert (first["role"], second["role"]) == ("system", "system")
    for prompt in prompts:
        assert prompt.messages[:2] == (first, second)
        assert prompt.tokens.prompt <= 2000


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("budget", [150, 600])
def test_every_order_fits_and_adds_up(rag: LeanRAG, order: str, budget: int) -> None:
    ordered = rag.with_settings(prompt={"order": order})
    prompt = ordered.prompt("What does an import statement raise?", budget=budget)

    tokens = prompt.tokens
    assert COUNTER.count_messages(prompt.messages) == tokens.prompt <= budget
    parts = ("system", "history", "context", "question", "overhead")
    assert sum(tokens[part] for part in parts) == tokens.prompt
    content = prompt.messages[-1]["content"]
    marks = [content.index(f"\n[{n + 1}]") for n in range(len(prompt.sources))]
    assert marks == sorted(marks)
    for source in prompt.sources:
        canonical = rag.document(source.id).text
        assert source.text == "".join(canonical[a:b] for a, b in source.spans)


def test_orders_differ_in_nothing_but_the_order(rag: LeanRAG) -> None:
    question = "What is raised, and what is evaluated first?"
    prompts = {
        order: rag.with_settings(prompt={"order": order}).prompt(question, budget=1200)
        for order in ORDERS
    }

    def places(prompt: Prompt) -> list[tuple[str, tuple[Span, ...]]]:
        return [(source.source, source.spans) for source in prompt.sources]

    assert places(rag.prompt(question, budget=1200)) == places(prompts["best_first"])
    documents = [list(dict.fromkeys(n for n, _ in places(prompts[order]))) for order in ORDERS]
    assert len(documents[0]) > 2
    assert documents[1] == documents[0][::-1]
    assert documents[2] == documents[0][::2] + documents[0][1::2][::-1]
    assert documents[3] == sorted(documents[0])
    assert len({tuple(sorted(places(prompt))) for prompt in prompts.values()}) == 1


def test_what_the_open_store_depends_on_cannot_be_changed(rag: LeanRAG) -> None:
    with pytest.raises(ConfigError, match="collection"):
        rag.with_settings(collection="other")
    with pytest.raises(ConfigError, match="order"):
        rag.with_settings(prompt={"order": "random"})


def test_a_sibling_that_is_closed_leaves_the_store_open(rag: LeanRAG) -> None:
    sibling = rag.with_settings(prompt={"show_headings": False})
    before = sibling.prompt("What is a module?").tokens.prompt
    sibling.close()

    assert rag.prompt("What is a module?").sources
    assert sibling.prompt("What is a module?").tokens.prompt == before


def test_marks_of_earlier_answers_are_not_those_of_this_prompt(rag: LeanRAG) -> None:
    history = [
        {"role": "user", "content": "How does import find a module?"},
        {"role": "assistant", "content": "It asks sys.modules first [1], then the finders [S2]."},
    ]
    question = "Which exception does an import statement raise?"

    assert rag.prompt(question).mark_prefix in ("", "S")
    prompt = rag.prompt(question, history=history)
    assert prompt.mark_prefix not in ("", "S")
    assert f"[{prompt.mark_prefix}1]" in prompt.messages[-1]["content"]
