"""Chooses which sentences enter the prompt: the most valuable ones that the budget holds.

Nothing is estimated. Every decision counts the messages as they would be sent, so the result
cannot exceed the budget, whatever the tokenizer does at the seams.
"""

from collections.abc import Callable, Sequence

from leanrag.types import Kept, Unit

_SLACK_TRIES = 24


def fit(units: Sequence[Unit], count: Callable[[Kept], int], budget: int) -> dict[int, list[int]]:
    """The units of greatest value that fit together.

    Units are taken by falling value, ties by candidate and sentence: first the longest run that
    fits, found by bisection, then those of the next ones that still find room beside what is
    there.

    Args:
        units: sentences with their values.
        count: tokens of the whole prompt with the given sentences kept.
        budget: the most that ``count`` may reach.

    Returns:
        Kept sentence numbers by candidate number, in order. Empty when nothing fits.
    """
    ranked = sorted(units, key=lambda unit: (-unit.value, unit.candidate, unit.sentence))
    low, high = 0, len(ranked)
    while low < high:
        middle = (low + high + 1) // 2
        if count(grouped(ranked[:middle])) <= budget:
            low = middle
        else:
            high = middle - 1
    chosen = ranked[:low]
    # Bisection relies on the count growing with the run, which a tokenizer may break by a token.
    while chosen and count(grouped(chosen)) > budget:
        chosen.pop()
    for unit in ranked[low : low + _SLACK_TRIES]:
        if count(grouped([*chosen, unit])) <= budget:
            chosen.append(unit)
    return grouped(chosen)


def grouped(units: Sequence[Unit]) -> dict[int, list[int]]:
    """The units' sentence numbers by candidate, in order."""
    kept: dict[int, list[int]] = {}
    for unit in sorted(units, key=lambda unit: (unit.candidate, unit.sentence)):
        kept.setdefault(unit.candidate, []).append(unit.sentence)
    return kept
