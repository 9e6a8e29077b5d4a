"""The most that fits, found by counting and made sure of.

Nothing is estimated. Bisection relies on a count that grows with what is counted, which a tokenizer
or a chat template may break by a token; so what it finds is counted once more, and shrinks until it
fits.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
Chosen = TypeVar("Chosen")

SLACK_TRIES = 24
"""How many of those behind the longest run are tried one by one."""


def most(high: int, fits: Callable[[int], bool], *, guess: int | None = None) -> int:
    """The largest number up to ``high`` that fits; 0 is taken to fit.

    Args:
        high: the most that is asked for.
        fits: whether so many fit together.
        guess: where to begin, doubled while that fits; it spares counting a long whole again and
            again of which little fits.
    """
    low, least = 0, 1 if guess is None else guess
    if guess is not None:
        while least < high and fits(least):
            low, least = least, 2 * least
        high = min(high, least)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    while low and not fits(low):
        low -= 1
    return low


def widened(
    chosen: Chosen,
    rest: Iterable[T],
    wider: Callable[[Chosen, T], Chosen | None],
    fits: Callable[[Chosen], bool],
    *,
    tries: int = SLACK_TRIES,
) -> Chosen:
    """What is chosen, with those of the rest that still find room beside it, one after the other.

    Args:
        chosen: what fits already.
        rest: what may come to it, in order.
        wider: both together; None where the one cannot come yet, which is no try.
        fits: whether so much fits.
        tries: how often it is asked.
    """
    options = (option for one in rest if (option := wider(chosen, one)) is not None)
    for option in islice(options, tries):
        if fits(option):
            chosen = option
    return chosen


def longest(
    ranked: Sequence[T],
    fits: Callable[[Sequence[T]], bool],
    *,
    tries: int = SLACK_TRIES,
    guess: int | None = None,
) -> list[T]:
    """The longest run from the front that fits, and of the next ones what still finds room.

    Args:
        ranked: the best first.
        fits: whether some of them, in this order, fit together.
        tries: how many behind the run are tried.
        guess: as ``most`` takes it.
    """
    run = most(len(ranked), lambda number: fits(ranked[:number]), guess=guess)
    rest = ranked[run : run + tries]
    return widened(list(ranked[:run]), rest, lambda chosen, one: [*chosen, one], fits, tries=tries)
