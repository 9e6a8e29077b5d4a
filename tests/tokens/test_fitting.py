"""The most that fits, against trying everything; counts that shrink at a seam are survived."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from leanrag.tokens.fitting import SLACK_TRIES, longest, most, widened

sizes = st.lists(st.integers(0, 9), max_size=60)
limits = st.integers(0, 200)
guesses = st.one_of(st.none(), st.integers(1, 80))


@given(sizes, limits, guesses)
def test_most_is_the_longest_run(given_sizes: list[int], limit: int, guess: int | None) -> None:
    def fits(number: int) -> bool:
        return sum(given_sizes[:number]) <= limit

    found = most(len(given_sizes), fits, guess=guess)
    assert found == max(n for n in range(len(given_sizes) + 1) if fits(n))


@given(st.lists(st.booleans(), max_size=40), guesses)
def test_what_most_finds_fits_whatever_the_count_does(
    answers: list[bool], guess: int | None
) -> None:
    found = most(len(answers), lambda number: answers[number - 1], guess=guess)
    assert found == 0 or answers[found - 1]


@given(sizes, limits)
def test_behind_the_longest_run_what_is_small_finds_room(
    given_sizes: list[int], limit: int
) -> None:
    chosen = longest(given_sizes, lambda some: sum(some) <= limit)
    expected: list[int] = []
    for number, size in enumerate(given_sizes):
        if sum(given_sizes[: number + 1]) <= limit:
            expected.append(size)
    rest = given_sizes[len(expected) :][:SLACK_TRIES]
    for size in rest:
        if sum(expected) + size <= limit:
            expected.append(size)
    assert chosen == expected


def test_what_cannot_come_yet_is_no_try() -> None:
    def after_its_equal(chosen: Sequence[int], one: int) -> Sequence[int] | None:
        return [*chosen, one] if one == len(chosen) else None

    found = widened([0], [7, 1, 9, 2, 3], after_its_equal, lambda some: True, tries=2)
    assert found == [0, 1, 2]


def test_a_guess_spares_counting_the_whole() -> None:
    asked: list[int] = []

    def fits(number: int) -> bool:
        asked.append(number)
        return number <= 5

    assert most(10_000, fits, guess=8) == 5
    assert max(asked) <= 8
