"""What keeps values from leaving the machine."""

from collections.abc import Sequence
from typing import Protocol

from leanrag.types import Span


class Masker(Protocol):
    """Replaces what must not leave the machine by stand-ins, and puts it back in the answer.

    One masker serves one prompt and its answer (or one conversation): the same value always has
    the same stand-in, and no stand-in occurs in what was given to ``mask`` otherwise.
    """

    def learn(self, text: str, shown: Sequence[Span] | None = None) -> None:
        """Is told of a text before any is masked, so that no part of a value is overlooked.

        ``shown`` are the spans of it of which some may be masked and sent; None for all of it.
        """
        ...

    def mask(self, text: str) -> str:
        """The text as it may leave the machine. Raises ``LeanRAGError`` where it cannot tell."""
        ...

    def unmask(self, text: str) -> str:
        """The text with every stand-in replaced by its value."""
        ...

    def unfinished(self, text: str) -> int:
        """Characters at the end of ``text`` that may be the start of a stand-in.

        A stream holds them back until more has come.
        """
        ...
