"""Searches settings for the fewest tokens that keep a quality: by axis, with exact pruning.

A trial, which is settings at a budget, goes through the cases one by one and stops as soon as it
can no longer keep the quality, or as soon as it used more tokens than the best trial so far.
Neither changes what is found; most trials that fail do so after a few cases.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Value: TypeAlias = int | float | str
Settled: TypeAlias = Literal["kept", "quality too low", "no fewer tokens"]
TINY = 1e-9
"""Sums of shares that differ by less are equal."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A setting, named by its place such as ``retrieval.dense_weight``, and the values tried."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Settings at a budget."""

    settings: tuple[tuple[str, Value], ...]
    budget: int


@dataclass(frozen=True, slots=True)
class Score:
    """One case under a choice; ``quality`` from 0 to 1."""

    quality: float
    tokens: float


@dataclass(frozen=True, slots=True)
class Trial:
    """How far a choice came; the sums are over the cases that it was run on."""

    choice: Choice
    settled: Settled
    cases: int
    quality: float
    tokens: float


Measure: TypeAlias = Callable[[Choice, int], Score]
"""The score of a choice on the case of that number, from 0."""

Step: TypeAlias = Callable[[Trial], None]


@dataclass
class Search:
    """The search over ``cases`` cases; every trial made is in ``trials``.

    ``axes`` are gone through in their order, again and again, until a round finds nothing
    better or ``most_trials`` were made; budgets of given settings from the smallest up.
    """

    measure: Measure
    cases: int
    budgets: Sequence[int]
    axes: Sequence[Axis]
    most_trials: int
    step: Step = lambda trial: None
    trials: list[Trial] = field(default_factory=list)
    _misses: list[float] = field(default_factory=list)
    _done: set[Choice] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._misses = [0.0] * self.cases

    @property
    def exhausted(self) -> bool:
        """Whether the number of trials ended the search."""
        return len(self.trials) >= self.most_trials

    def best_quality(self, start: Mapping[str, Value], axes: Sequence[Axis]) -> Trial:
        """The best quality at the largest budget, each of ``axes`` moved alone from ``start``."""
        points = [dict(start)]
        points += [
            {**start, axis.name: value}
            for axis in axes
            for value in axis.values
            if value != start[axis.name]
        ]
        largest = max(self.budgets)
        best = self._trial(choice_of(points[0], largest), required=0.0, most=None)
        for point in points[1:]:
            if self.exhausted:
                break
            trial = self._trial(choice_of(point, largest), required=0.0, most=None)
            # The first of equals stays: it is where the search starts.
            if trial.quality > best.quality + TINY:
                best = trial
        return best

    def cheapest(
        self, start: Mapping[str, Value], required: float, *, known: Trial | None = None
    ) -> tuple[Trial, ...]:
        """Trials that keep a sum of quality of ``required``, each with fewer tokens than before.

        The last one is the result. ``known`` is a trial that is already known to keep it.
        """
        kept = [known] if known else []
        kept += self._at(start, required, known)
        moved = True
        while moved and not self.exhausted:
            moved = False
            for axis in self.axes:
                here = dict(kept[-1].choice.settings) if kept else dict(start)
                for value in axis.values:
                    best = kept[-1] if kept else None
                    found = self._at({**here, axis.name: value}, required, best)
                    kept += found
                    moved = moved or bool(found)
        return tuple(kept)

    def _at(self, point: Mapping[str, Value], required: float, best: Trial | None) -> list[Trial]:
        """The smallest budget of given settings that keeps the quality, if it beats ``best``."""
        for budget in sorted(self.budgets):
            choice = choice_of(point, budget)
            if choice in self._done:
                continue
            if self.exhausted:
                break
            self._done.add(choice)
            trial = self._trial(choice, required=required, most=best.tokens if best else None)
            if trial.settled == "kept":
                return [trial]
            if trial.settled == "no fewer tokens":
                break
        return []

    def _trial(self, choice: Choice, *, required: float, most: float | None) -> Trial:
        quality = tokens = 0.0
        settled: Settled = "kept"
        number = 0
        # Cases that others failed on come first, since they decide soonest.
        order = sorted(range(self.cases), key=lambda case: (-self._misses[case], case))
        for number, case in enumerate(order, start=1):
            score = self.measure(choice, case)
            quality += score.quality
            tokens += score.tokens
            self._misses[case] += 1 - score.quality
            if quality + (self.cases - number) < required - TINY:
                settled = "quality too low"
                break
            if most is not None and tokens >= most:
                settled = "no fewer tokens"
                break
        trial = Trial(choice, settled, number, quality, tokens)
        self.trials.append(trial)
        self.step(trial)
        return trial


def choice_of(point: Mapping[str, Value], budget: int) -> Choice:
    """A choice, equal for equal settings in any order."""
    return Choice(tuple(sorted(point.items())), budget)
