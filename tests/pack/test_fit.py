"""Fitting: the most valuable sentences, never over the budget."""

from hypothesis import given
from hypothesis import strategies as st

from leanrag.pack.fit import fit
from leanrag.types import Unit

units = st.lists(
    st.builds(Unit, st.integers(0, 4), st.integers(0, 9), st.floats(0, 1)),
    unique_by=lambda unit: (unit.candidate, unit.sentence),
    max_size=30,
)


def size(kept: dict[int, list[int]]) -> int:
    """Every candidate costs 5, every sentence 1 to 4."""
    return sum(5 + sum(1 + number % 4 for number in numbers) for numbers in kept.values())


@given(units, st.integers(0, 120))
def test_never_over_the_budget(given_units: list[Unit], budget: int) -> None:
    assert size(fit(given_units, size, budget)) <= budget


@given(units)
def test_everything_is_kept_where_there_is_room(given_units: list[Unit]) -> None:
    kept = fit(given_units, size, 10_000)
    assert sum(len(numbers) for numbers in kept.values()) == len(given_units)


@given(units, st.integers(6, 120), st.randoms(use_true_random=False))
def test_the_order_of_the_units_does_not_matter(
    given_units: list[Unit], budget: int, random: object
) -> None:
    shuffled = list(given_units)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fit(shuffled, size, budget) == fit(given_units, size, budget)


def test_the_most_valuable_comes_first_and_smaller_ones_fill_the_rest() -> None:
    ranked = [Unit(0, 3, 0.9), Unit(1, 3, 0.5), Unit(0, 0, 0.1)]
    assert fit(ranked, size, 10) == {0: [0, 3]}


@given(units, st.integers(0, 120))
def test_a_count_that_shrinks_at_a_seam_is_survived(given_units: list[Unit], budget: int) -> None:
    def bumpy(kept: dict[int, list[int]]) -> int:
        total = size(kept)
        return total + (4 if total % 7 == 3 else 0)

    assert bumpy(fit(given_units, bumpy, budget)) <= max(budget, bumpy({}))
