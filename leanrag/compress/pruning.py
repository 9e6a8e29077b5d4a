"""Prunes passages to the sentences that are worth sending, whatever the budget."""

from collections.abc import Sequence
from dataclasses import dataclass

from leanrag.compress.clauses import clause_shares
from leanrag.compress.values import Valued
from leanrag.text.speaking import speaks
from leanrag.types import Passage, Unit

OFF = "off"
"""What the trace says where nothing is left out, whatever it is worth."""
OF_LITTLE_WORTH = "of little worth"
"""Why a sentence was dropped, as a trace says it."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """The sentences that are worth sending, and how many there were.

    ``note`` is what a trace says beside the figures.
    """

    units: tuple[Unit, ...]
    sentences: int
    note: str = ""

    @property
    def dropped(self) -> dict[str, int]:
        """How many sentences were left out, by reason."""
        left_out = self.sentences - len(self.units)
        return {OF_LITTLE_WORTH: left_out} if left_out else {}


def prune(passages: Sequence[Passage], valued: Valued, *, selects: bool = True) -> Pruned:
    """The sentences of the passages that reach the floor of their values and say something.

    Args:
        passages: texts with their sentences.
        valued: what each sentence is worth, and what the least may be worth.
        selects: whether the floor holds; without it all that says something stays.
    """
    floor = valued.floor if selects else 0.0
    places = valued.places or [None] * len(passages)
    units = tuple(
        Unit(number, sentence, float(value), clause_shares(passage, sentence, places[number]))
        for number, passage in enumerate(passages)
        for sentence, value in enumerate(valued.values[number])
        if value >= floor and speaks(passage.text[slice(*passage.sentences[sentence])])
    )
    return Pruned(units, sum(map(len, valued.values)), valued.note if selects else "")


def whole(passages: Sequence[Passage]) -> Pruned:
    """Every sentence; those of the first passages are worth most."""
    units = tuple(
        Unit(number, sentence, float(len(passages) - number))
        for number, passage in enumerate(passages)
        for sentence in range(len(passage.sentences))
    )
    return Pruned(units, len(units), OFF)
