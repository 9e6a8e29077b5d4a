"""The knapsack of parts: it fits, keeps each row's order, and is near the best there is."""

from collections.abc import Mapping
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.pack.knapsack import Part, knapsack


def concave(parts: list[tuple[int, int]]) -> list[Part]:
    made = [Part(float(worth), float(size)) for worth, size in parts]
    return sorted(made, key=lambda part: -part.worth / part.size)


rows_of_parts = st.lists(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), min_size=1, max_size=3).map(concave),
    max_size=4,
)


def worth(rows: list[list[Part]], taken: Mapping[int, int]) -> float:
    return sum(part.worth for row, n in taken.items() for part in rows[row][:n])


def size(rows: list[list[Part]], taken: Mapping[int, int]) -> int:
    return int(sum(part.size for row, n in taken.items() for part in rows[row][:n]))


@settings(deadline=None)
@given(rows_of_parts, st.integers(0, 40))
def test_less_is_lost_than_the_most_valuable_step(rows: list[list[Part]], budget: int) -> None:
    taken = knapsack(rows, lambda steps: size(rows, steps), budget)
    assert size(rows, taken) <= budget
    every = (dict(enumerate(n)) for n in product(*(range(len(row) + 1) for row in rows)))
    best = max((worth(rows, n) for n in every if size(rows, n) <= budget), default=0.0)
    most = max((part.worth for row in rows for part in row), default=0.0)
    assert worth(rows, taken) >= best - most


def test_steps_of_a_row_are_taken_in_their_order() -> None:
    rows = [[Part(9, 3), Part(1, 1)], [Part(2, 1)]]
    assert knapsack(rows, lambda steps: size(rows, steps), 3) == {0: 1}
    assert knapsack(rows, lambda steps: size(rows, steps), 2) == {1: 1}
    assert knapsack(rows, lambda steps: size(rows, steps), 5) == {0: 2, 1: 1}


def test_nothing_is_taken_where_nothing_fits() -> None:
    assert knapsack([[Part(1, 5)]], lambda steps: size([[Part(1, 5)]], steps), 4) == {}
    assert knapsack([], lambda steps: 0, 4) == {}


def test_a_count_that_jumps_is_never_exceeded() -> None:
    rows = [[Part(5, 1)], [Part(4, 1)], [Part(3, 1)]]
    counts = {(): 0, (0,): 9, (0, 1): 3, (0, 1, 2): 4, (1,): 2, (2,): 2, (1, 2): 3, (0, 2): 9}
    taken = knapsack(rows, lambda steps: counts[tuple(sorted(steps))], 3)
    assert counts[tuple(sorted(taken))] <= 3
