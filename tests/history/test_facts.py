"""Facts are short and dated, and the newer one holds."""

import pytest

from leanrag.history.facts import LONGEST, current, facts_of
from leanrag.history.messages import validate
from leanrag.types import Fact
from tests.history.parts import assistant, result, user


def facts(*messages: dict[str, object]) -> list[Fact]:
    return current(facts_of(validate(list(messages)), 0))


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("My name is Ann Miller.", "name"),
        ("The parrot is called Kiwi.", "name"),
        ("Our budget is 1,200 euros.", "number"),
        ("It took 45 minutes.", "number"),
        ("The deadline is March 3rd.", "date"),
        ("We met on 2024-05-08 in Rome.", "date"),
        ("Wir treffen uns am 12.03.2024 in Berlin.", "date"),
        ("会议在5月3日举行。", "date"),
        ("We decided to use PostgreSQL.", "decision"),
        ("Let's go with the blue one.", "decision"),
        ("I prefer window seats.", "preference"),
        ("I can't stand olives.", "preference"),
        ("My favourite colour is green.", "preference"),
        ("We still need to decide on the venue.", "question"),
    ],
)
def test_kinds(said: str, kind: str) -> None:
    (fact,) = facts(user(said, id="t", time="8 May", name="Ann"))
    assert (fact.kind, fact.statement, fact.turn_id, fact.time) == (kind, said, "t", "8 May")
    assert fact.speaker == "Ann"


@pytest.mark.parametrize(
    "said", ["Nice weather today.", "Thanks!", "", "Is the budget 500 euros?", "The sky is blue."]
)
def test_small_talk_and_questions_are_no_facts(said: str) -> None:
    assert facts(user(said)) == []


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("The deadline is March 3rd.", "Actually, the deadline is now April 5."),
        ("Our budget is 1,200 euros.", "The budget was raised to 1,500 euros."),
        ("I prefer aisle seats.", "I prefer window seats."),
        ("I love sushi.", "I don't like sushi anymore."),
        ("We decided to use PostgreSQL for the database.", "Let's go with MySQL for the database."),
        ("My name is Ann.", "My name is Anna."),
        ("We still need to decide on the venue.", "We agreed that the venue is Hall 7."),
    ],
)
def test_a_newer_fact_of_the_same_subject_supersedes(older: str, newer: str) -> None:
    found = facts(user(older), assistant("Fine."), user(newer))
    assert [fact.superseded_by for fact in found] == ["turn-2", ""]


def test_other_subjects_stand_beside_each_other() -> None:
    found = facts(user("My name is Ann.", name="a"), user("My name is Bob.", name="b"))
    assert [fact.superseded_by for fact in found] == ["", ""]
    found = facts(user("The deadline is May 3."), user("The budget is 500 euros."))
    assert [fact.superseded_by for fact in found] == ["", ""]


def test_order_of_adding_decides_and_not_the_clock() -> None:
    found = facts(
        user("The deadline is May 3.", time="2026-05-01"),
        user("The deadline is May 9.", time="2020-01-01"),
    )
    assert [fact.superseded_by for fact in found] == ["turn-1", ""]


def test_a_question_that_was_not_answered_is_open_until_it_is() -> None:
    asked = user("Hello. Which hall is it?"), assistant("I don't know yet.")
    (fact,) = facts(*asked)
    assert (fact.kind, fact.statement, fact.turn_id) == ("question", "Which hall is it?", "turn-0")
    found = facts(*asked, user("The hall is Hall 7."))
    assert found[0].superseded_by == "turn-2"
    assert facts(user("Which hall is it?"), assistant("Hall seven, as always.")) == []


def test_tools_state_no_facts_and_long_sentences_are_cut_at_a_word() -> None:
    assert facts(result("c", "The budget is 500 euros.")) == []
    (fact,) = facts(user("The budget is 500 euros and " + "very " * 200 + "fine."))
    assert len(fact.statement) <= LONGEST
    assert fact.statement.endswith("very…")


def test_two_million_characters_are_no_trouble() -> None:
    assert len(facts(user("The budget is 500 euros. " * 80_000))) <= 12
