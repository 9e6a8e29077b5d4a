"""Pipelines over the history of a case."""

from typing import Any

import pytest

from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.workbench import Workbench
from tests.evaluation.builders import case_of, pipeline

TOPICS = ["the parrot", "a train", "the garden", "our budget", "some music", "the weather"]


def chat(turns: int = 24) -> Case:
    history = [
        {
            "role": "assistant" if number % 2 else "user",
            "content": f"Turn {number} is about {TOPICS[number % 6]}, which Ann likes very much.",
            "id": f"t{number}",
        }
        for number in range(turns)
    ]
    texts = [{"id": "all", "text": "\n".join(str(turn["content"]) for turn in history)}]
    return case_of(question="What of the parrot?", contexts=texts, history=history)


def run(name: str, bench: Workbench, budget: int | None) -> Any:
    return pipeline(name, bench).run(chat(), budget)


@pytest.mark.parametrize(
    "name",
    ["history-newest", "history-dense", "history-rrf", "history-summary", "leanrag-condense"],
)
@pytest.mark.parametrize("budget", [80, 200])
def test_the_budget_holds_for_the_messages(name: str, budget: int, bench: Workbench) -> None:
    made = run(name, bench, budget)
    assert made.tokens == bench.counter.count_messages(made.messages) <= budget
    assert made.kept
    lost = {name for names in made.dropped.values() for name in names}
    assert lost | {piece.id for piece in made.kept} == {f"t{n}" for n in range(24)}


def test_the_newest_turns_come_without_a_gap(bench: Workbench) -> None:
    kept = [piece.id for piece in run("history-newest", bench, 100).kept]
    assert kept == [f"t{n}" for n in range(24 - len(kept), 24)]


def test_turns_by_embedding_stand_in_their_order(bench: Workbench) -> None:
    kept = [int(piece.id[1:]) for piece in run("history-dense", bench, 100).kept]
    assert kept == sorted(kept)
    assert sum(number % 6 == 0 for number in kept) >= 3


def test_the_whole_history(bench: Workbench) -> None:
    made = run("history-full", bench, None)
    assert len(made.kept) == 24
    assert made.tokens == made.tokens_in


def test_the_summary_buffer_keeps_the_newest_and_cites_older_ones(bench: Workbench) -> None:
    made = run("history-summary", bench, 200)
    numbers = [int(piece.id[1:]) for piece in made.kept]
    assert numbers[-1] == 23
    assert made.messages[0]["role"] == "system"
    assert min(numbers) < 24 - len(made.messages)


def test_a_share_of_the_case_takes_the_place_of_a_budget(bench: Workbench) -> None:
    made = run("history-dense-share", bench, None)
    assert 0 < made.tokens <= 0.15 * bench.tokens_of(chat())
