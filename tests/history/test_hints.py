"""Turns that a question points to by naming who spoke and when."""

import pytest

from leanrag.history.hints import heading, hints
from leanrag.history.messages import validate
from tests.history.parts import assistant, user


def headings(*messages: dict[str, object]) -> list[tuple[str, str]]:
    found = [heading(turn) for turn in validate(list(messages))]
    return [(one.speaker, one.time) for one in found]


def test_speaker_and_time_from_fields_or_from_the_text() -> None:
    assert headings(
        user("Hello.", name="Ann", time="2023-05-08"),
        user("Ann: Hello."),
        user("(8 May, 2023) Ann: Hello."),
        user("[2023-05-08T10:00:00] Hello."),
        user("Hello (8 May)."),
        user("张三：你好。"),
    ) == [
        ("Ann", "2023-05-08"),
        ("Ann", ""),
        ("Ann", "8 May, 2023"),
        ("", "2023-05-08T10:00:00"),
        ("", ""),
        ("张三", ""),
    ]


def test_the_length_is_that_of_what_the_text_says_itself() -> None:
    for text, lead in [
        ("(8 May, 2023) Ann: Hello.", "(8 May, 2023) Ann:"),
        ("Ann: Hello.", "Ann:"),
        ("[00:12] Ann: Hello.", "[00:12] Ann:"),
        ("Hello.", ""),
    ]:
        (turn,) = validate([user(text)])
        assert text[: heading(turn).length].strip() == lead


def test_the_one_who_is_named_gains() -> None:
    chat = [user("Ann: I ski."), assistant("Bob: I swim."), user("Ann: Good.")]
    found = [heading(turn) for turn in validate(chat)]
    gains = hints("What does Ann do?", found)
    assert gains[0] == gains[2] > gains[1] == 0
    assert not hints("What do Ann and Bob do?", found).any()
    assert not hints("What does Anna do?", found).any()


@pytest.mark.parametrize("question", ["What happened on May 8, 2023?", "What happened on 8 May?"])
def test_the_day_and_the_week_that_follows_gain(question: str) -> None:
    days = ["2023-05-08", "2023-05-12", "2023-05-20", "2023-05-01", "2023-08-08", "someday"]
    found = [heading(turn) for turn in validate([user("Hello.", time=day) for day in days])]
    same, week, after, before, other, unknown = hints(question, found)
    assert same == week > after > 0
    assert before == other == unknown == 0


def test_the_month_that_is_named_gains() -> None:
    days = ["2023-05-02", "2023-05-30", "2023-06-05", "2023-07-01", "2022-05-02"]
    found = [heading(turn) for turn in validate([user("Hello.", time=day) for day in days])]
    first, last, next_month, later, other_year = hints("What hobby in May 2023?", found)
    assert first == last > next_month > 0
    assert later == other_year == 0
