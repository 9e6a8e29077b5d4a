"""Chooses parts of sentences by what they bring for their size: a knapsack of many small rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_SLACK_TRIES = 24


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
    low, high = 0, len(ranked)
    while low < high:
        middle = (low + high + 1) // 2
        if count(_taken(ranked[:middle])) <= budget:
            low = middle
        else:
            high = middle - 1
    # Bisection relies on the count growing with the run, which a tokenizer may break by a token.
    while low and count(_taken(ranked[:low])) > budget:
        low -= 1
    taken = _taken(ranked[:low])
    tries = _SLACK_TRIES
    for _, row, step in ranked[low:]:
        if taken.get(row, 0) != step:
            continue
        wider = {**taken, row: step + 1}
        if count(wider) <= budget:
            taken = wider
        tries -= 1
        if not tries:
            break
    return taken


def _taken(run: Sequence[tuple[float, int, int]]) -> dict[int, int]:
    taken: dict[int, int] = {}
    for _, row, step in run:
        taken[row] = max(taken.get(row, 0), step + 1)
    return taken
