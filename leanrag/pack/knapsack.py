"""Chooses parts of sentences by what they bring for their size: a knapsack of many small rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leanrag.tokens.fitting import most, widened

_Ranked = tuple[float, int, int]
"""Falling worth for its size, row and step."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one step of a row brings (``worth``) and about costs (``size``, above 0)."""

    worth: float
    size: float


Steps = Mapping[int, int]
"""How many steps are taken of each row; rows of which none is are left out."""


def knapsack(
    rows: Sequence[Sequence[Part]], count: Callable[[Steps], int], budget: int
) -> dict[int, int]:
    """How far to go in each row, so that what is taken fits and brings most.

    The steps of a row are taken in their order, and none of them brings more for its size than one
    before it. All are taken by falling worth for their size, first the longest run that fits,
    found by bisection, then those of the next ones that find room beside it: the greedy solution
    of the multiple-choice knapsack problem, which differs from the best one by less than its last
    step (`Kellerer, Pferschy and Pisinger, 2004 <https://doi.org/10.1007/978-3-540-24777-7>`_).

    Args:
        rows: the steps of each row.
        count: tokens of the whole prompt with so many steps of the rows.
        budget: the most that ``count`` may reach.
    """
    ranked = sorted(
        ((-part.worth / part.size, row, step) for row, parts in enumerate(rows)
         for step, part in enumerate(parts)),
    )  # fmt: skip

    def next_step(taken: dict[int, int], part: _Ranked) -> dict[int, int] | None:
        _, row, step = part
        return {**taken, row: step + 1} if taken.get(row, 0) == step else None

    run = most(len(ranked), lambda number: count(_taken(ranked[:number])) <= budget)
    rest, fits = ranked[run:], lambda taken: count(taken) <= budget
    return widened(_taken(ranked[:run]), rest, next_step, fits)


def _taken(run: Sequence[_Ranked]) -> dict[int, int]:
    taken: dict[int, int] = {}
    for _, row, step in run:
        taken[row] = max(taken.get(row, 0), step + 1)
    return taken
