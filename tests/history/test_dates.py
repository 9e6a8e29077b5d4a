"""Dates that a text names."""

import pytest

from leanrag.history.dates import Named, named_date


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("2023-05-08T13:56:00Z", Named(5, 8, 2023)),
        ("on 2023-05-08.", Named(5, 8, 2023)),
        ("1:56 pm on 8 May, 2023", Named(5, 8, 2023)),
        ("What did Ann do on October 13, 2022?", Named(10, 13, 2022)),
        ("the 3rd of March 2021", Named(3, 3, 2021)),
        ("in Sept. 2020", Named(9, None, 2020)),
        ("Which hobby did Sam take up in May 2023?", Named(5, None, 2023)),
        ("since 2021-11", Named(11, None, 2021)),
        ("on July 4", Named(7, 4, None)),
        ("on 29 February", Named(2, 29, None)),
    ],
)
def test_dates(text: str, named: Named | None) -> None:
    assert named_date(text) == named


@pytest.mark.parametrize(
    "text",
    ["", "May I come?", "in march 3 people left", "2023-13-08", "31 February", "Room 2023-4"],
)
def test_what_is_no_date(text: str) -> None:
    assert named_date(text) is None


def test_a_leap_day_in_another_year() -> None:
    assert Named(2, 29).in_year(2023) is None
    assert Named(5).in_year(2023) is not None
