"""Summaries and facts: bounded, and made without the model where that fails."""

from typing import Any

import pytest

from leanrag.errors import LLMError
from leanrag.history.makers import EXTRACTIVE, ExtractiveMaker, ModelMaker
from leanrag.history.messages import validate
from leanrag.types import SummaryLine
from tests.history.models import ScriptedModel, failing, saying, stuck
from tests.history.parts import WordCounter, WordEmbedder, assistant, user

COUNTER = WordCounter()
MATERIAL = [
    SummaryLine("Ann: Hello there. I moved to Rome in March 2024 with my two cats.", "1"),
    SummaryLine("Bob: How nice. How do you like it?", "2"),
    SummaryLine("Ann: The flat near the Tiber costs 900 euros. It rained all day long today.", "3"),
    SummaryLine("Bob: We agreed that Clara books the train to Naples for the 5th.", "4"),
]
TURNS = validate(
    [user("The budget is 500 euros.", id="a"), assistant("Fine.", id="b")],
)


def extractive() -> ExtractiveMaker:
    return ExtractiveMaker(COUNTER, WordEmbedder())


def maker(model: ScriptedModel, timeout_s: float = 10) -> ModelMaker:
    return ModelMaker(model, extractive(), counter=COUNTER, timeout_s=timeout_s)


@pytest.mark.parametrize("max_tokens", [1, 8, 15, 30, 300])
def test_an_extractive_summary_is_bounded_verbatim_and_in_order(max_tokens: int) -> None:
    made = extractive().summarise(MATERIAL, max_tokens)
    assert COUNTER.count("\n".join(line.text for line in made.lines)) <= max_tokens
    said = {line.turn_id: line.text for line in MATERIAL}
    for line in made.lines:
        speaker, _, sentence = line.text.partition(": ")
        assert said[line.turn_id].startswith(speaker)
        assert sentence in said[line.turn_id]
    assert [line.turn_id for line in made.lines] == sorted(line.turn_id for line in made.lines)


def test_names_and_numbers_win_over_small_talk() -> None:
    kept = {line.turn_id for line in extractive().summarise(MATERIAL, 28).lines}
    assert "2" not in kept
    assert len(kept) >= 2


def test_a_statement_is_not_told_twice() -> None:
    again = [
        SummaryLine(f"Ann: The flat costs 900 euros in Rome. Remark {n}.", str(n)) for n in "123"
    ]
    lines = extractive().summarise(again, 100).lines
    assert sum("900" in line.text for line in lines) == 1


def test_nothing_to_say_is_an_empty_summary() -> None:
    assert extractive().summarise([SummaryLine("Ann: Hm.", "1")], 50).lines == ()
    assert extractive().summarise([], 50).lines == ()


def test_a_model_that_behaves_is_taken_at_its_word() -> None:
    model = saying("- Ann moved to Rome.\n\n2) The flat costs 900 euros.\n")
    made = maker(model).summarise(MATERIAL, 20)
    assert [line.text for line in made.lines] == ["Ann moved to Rome.", "The flat costs 900 euros."]
    assert (made.maker, made.note) == ("scripted", "")
    assert all(line.text in model.calls[0][1]["content"] for line in MATERIAL)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (saying(""), "empty"),
        (saying(" \n "), "empty"),
        (saying("word " * 200), "200 tokens where 20 tokens were allowed"),
        (saying("x" * 5_000_000), "5000000 characters"),
        (saying("no no no no " * 5), "repeats itself"),
        (saying("a b\na b\na b\na b"), "repeats itself"),
        (saying(None), "NoneType"),
        (failing(LLMError("down")), "down"),
        (failing(RuntimeError("broken")), "RuntimeError: broken"),
        (failing(KeyError("text")), "KeyError"),
    ],
)
def test_one_that_does_not_is_replaced_and_the_note_says_why(
    model: ScriptedModel, reason: str
) -> None:
    made = maker(model).summarise(MATERIAL, 20)
    assert made.maker == EXTRACTIVE
    assert made.lines == extractive().summarise(MATERIAL, 20).lines != ()
    assert reason in made.note
    assert made.note.startswith("scripted: ")


def test_one_that_never_comes_back_is_asked_once() -> None:
    model, release = stuck()
    watched = maker(model, timeout_s=0.05)
    assert "no answer within" in watched.summarise(MATERIAL, 20).note
    assert "has not ended" in watched.summarise(MATERIAL, 20).note
    assert len(model.calls) == 1
    release.set()


def test_the_facts_of_a_model_are_checked_one_by_one() -> None:
    answer = "\n".join(
        [
            '{"kind": "number", "subject": "budget", "statement": "It is 500 euros.", "turn": "a"}',
            '{"kind": "number", "subject": "x y", "statement": "Invented.", "turn": "zzz"}',
            '{"kind": "rumour", "subject": "x y", "statement": "Of no kind.", "turn": "a"}',
            '{"kind": "name", "statement": "Without a subject.", "turn": "a"}',
            "not JSON",
        ]
    )
    (fact,) = maker(saying(answer)).facts(TURNS, 4, None).facts
    assert (fact.statement, fact.turn_id, fact.position) == ("It is 500 euros.", "a", 4)


@pytest.mark.parametrize("text", ["I see no facts, sorry.", "the same words " * 20, 7])
def test_facts_in_another_form_are_looked_for_without_the_model(text: Any) -> None:
    found = maker(saying(text)).facts(TURNS, 0, None)
    assert [fact.statement for fact in found.facts] == ["The budget is 500 euros."]
    assert found.note


def test_no_facts_are_an_answer() -> None:
    found = maker(saying("")).facts(TURNS, 0, None)
    assert (found.facts, found.note) == ((), "")
