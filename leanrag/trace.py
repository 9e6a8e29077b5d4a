"""Times a stage and says what it did, as an entry of the trace."""

from collections.abc import Mapping, Sequence
from time import perf_counter

from leanrag.types import TraceEntry

InOut = tuple[int, int]
"""How many went in, and how many came out."""


class Stage:
    """A stage that has begun; it lasts until its entry is written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._start = perf_counter()

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return perf_counter() - self._start

    def entry(
        self,
        items: InOut,
        tokens: InOut,
        *,
        dropped: Mapping[str, int] | None = None,
        note: str = "",
        apart: Sequence[TraceEntry] = (),
    ) -> TraceEntry:
        """What the stage did.

        Args:
            items: in and out.
            tokens: in and out.
            dropped: how many items were left out, by reason; reasons without any go.
            note: what is to be known beside the figures.
            apart: stages within this one, whose time is their own.
        """
        seconds = self.seconds - sum(entry.seconds for entry in apart)
        left_out = {reason: number for reason, number in (dropped or {}).items() if number > 0}
        return TraceEntry(self.name, *items, *tokens, seconds, left_out, note)
