"""Sentences with their values, and what is sent of them."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeAlias

from leanrag.compress.pruning import OFF, Pruned
from leanrag.pack.fit import grouped
from leanrag.protocols import TokenCounter
from leanrag.trace import Stage
from leanrag.types import Cuts, Kept, Passage, TraceEntry, Unit


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences with their values, in the passages that they stand in.

    ``whole`` are the passages of which no word may go, such as code and tables.
    """

    question: str
    passages: Sequence[Passage]
    units: Sequence[Unit]
    whole: AbstractSet[int] = frozenset()

    def sentences(self, kept: Kept) -> list[str]:
        """The texts of the kept sentences, whole."""
        return [
            self.passages[index].text[slice(*self.passages[index].sentences[number])]
            for index, numbers in kept.items()
            for number in numbers
        ]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Kept sentence numbers by passage, and what is left of those that were cut.

    ``by_clause`` says that whole clauses went, whose places are marked; words go unmarked.
    """

    kept: Kept
    cuts: Cuts = field(default_factory=dict)
    trace: tuple[TraceEntry, ...] = ()
    by_clause: bool = False


Count: TypeAlias = Callable[[Fitted], int]
"""Tokens of everything that would be sent with these sentences, some of them cut."""


def inside(units: Sequence[Unit], kept: Kept) -> list[Unit]:
    """The units that are kept."""
    return [unit for unit in units if unit.sentence in kept.get(unit.candidate, ())]


def kept_of(cuts: Cuts) -> dict[int, list[int]]:
    """The sentences of which something is left."""
    kept: dict[int, list[int]] = {}
    for index, number in sorted(cuts):
        kept.setdefault(index, []).append(number)
    return kept


def change(evidence: Evidence, fitted: Fitted, counter: TokenCounter) -> tuple[int, int, int, int]:
    """Sentences before and after, and their tokens before and after, as a trace tells them."""
    before = evidence.sentences(grouped(evidence.units))
    after = [
        "".join(
            evidence.passages[index].text[a:b]
            for a, b in fitted.cuts.get(
                (index, number), (evidence.passages[index].sentences[number],)
            )
        )
        for index, numbers in fitted.kept.items()
        for number in numbers
    ]
    tokens = [sum(map(counter.count, texts)) for texts in (before, after)]
    return len(before), len(after), tokens[0], tokens[1]


def pruned_entry(
    stage: Stage,
    passages: Sequence[Passage],
    pruned: Pruned,
    counter: TokenCounter,
    tokens_in: int,
) -> TraceEntry:
    """What pruning left of the passages, as a trace tells it."""
    left = tokens_in
    if pruned.note != OFF:
        texts = Evidence("", passages, pruned.units).sentences(grouped(pruned.units))
        left = sum(map(counter.count, texts))
    return stage.entry(
        (pruned.sentences, len(pruned.units)),
        (tokens_in, left),
        dropped=pruned.dropped,
        note=pruned.note,
    )
