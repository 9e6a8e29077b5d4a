"""The message of summary and facts."""

import pytest

from leanrag.history.notes import LEAST_TOKENS, notes_limit, write_notes
from leanrag.types import Fact, Summary, SummaryLine
from tests.history.parts import WordCounter

LINES = tuple(SummaryLine(f"Statement {n} of the summary.", f"t{n}") for n in range(6))
SUMMARY = Summary(0, 0, 6, LINES, tuple(f"t{n}" for n in range(6)), 30)
FACTS = [
    Fact(
        "number", "budget", "The budget is 500 euros.", "t1", 1, "2026-01-02T10:00:00+00:00", "Ann"
    ),
    Fact("number", "budget", "The budget is 700 euros.", "t4", 4, "8 May"),
    Fact("name", "parrot name", "The parrot is called Kiwi.", "t5", 5),
    Fact("name", "cat name", "The cat is called Tom.", "t9", 9),
]


def text(max_tokens: int, facts: list[Fact] = FACTS) -> str:
    message = write_notes(SUMMARY, facts, max_tokens, WordCounter())
    return str(message["content"]) if message else ""


def test_notes_say_what_they_cover_and_what_holds() -> None:
    written = text(300)
    assert "turns t0 to t5" in written
    assert all(line.text in written for line in LINES)
    assert "- 8 May: The budget is 700 euros." in written
    assert "500 euros" not in written
    assert "Tom" not in written, "turns that the summary does not cover stand for themselves"


def test_a_fact_of_a_later_turn_supersedes_one_in_the_notes() -> None:
    later = Fact("name", "parrot name", "The parrot is called Coco.", "t9", 9)
    assert "Kiwi" in text(300)
    assert "Kiwi" not in text(300, [*FACTS, later])


@pytest.mark.parametrize("max_tokens", range(0, 90, 3))
def test_the_limit_holds(max_tokens: int) -> None:
    written = text(max_tokens)
    assert not written or WordCounter().count(written) <= max_tokens
    assert written == text(max_tokens)


def test_there_are_none_without_a_summary() -> None:
    assert write_notes(None, FACTS, 300, WordCounter()) is None


def test_similar_budgets_have_the_same_notes() -> None:
    assert notes_limit(1300, 4000) == notes_limit(2500, 4000) == 256
    assert notes_limit(3000, 300) == 300
    assert notes_limit(LEAST_TOKENS, 300) == 0
    assert all(notes_limit(budget, 10_000) <= budget * 0.2 for budget in range(1, 5000, 7))
