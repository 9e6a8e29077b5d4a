"""The room that a conversation has in a prompt, and what messages take of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from leanrag.errors import InputError
from leanrag.protocols import TokenCounter
from leanrag.types import Message

NEWEST_SHARE = 0.2
LEANING_NEWEST_SHARE = 0.5
"""Of the budget, for the newest turns verbatim, where the question points back to them."""

Masking = Callable[[Sequence[Message]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Room:
    """Where a history has to fit: ``budget`` is what it may add to what stands around it.

    ``notes_budget`` decides how large the notes may be; it does not depend on the question, so
    that the notes stay the same, byte for byte. ``mask`` is applied to what is sent and counted.
    """

    budget: int
    counter: TokenCounter
    before: Sequence[Message] = ()
    after: Sequence[Message] = ()
    newest_share: float = NEWEST_SHARE
    notes_budget: int | None = None
    mask: Masking | None = None

    def sent(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """The messages as they leave the machine."""
        return self.mask(messages) if self.mask else [dict(message) for message in messages]

    def cost(self, messages: Sequence[Message]) -> int:
        """What the messages add."""
        if not messages:
            return 0
        around = self.before or self.after
        base = self.counter.count_messages([*self.before, *self.after]) if around else 0
        return self.counter.count_messages([*self.before, *self.sent(messages), *self.after]) - base

    @property
    def shared(self) -> int:
        """What messages count by themselves that costs nothing here: the priming of the reply."""
        if not self.before and not self.after:
            return 0
        one = [{"role": "assistant", "content": "x"}]
        try:
            return max(0, self.counter.count_messages(one) - self.cost(one))
        except InputError:  # a template that refuses such a chat
            return 0


class MaskedCounter:
    """Counts texts and messages as they are after masking."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.name = room.counter.name
        self.exact = room.counter.exact
        self.hint = room.counter.hint

    def count(self, text: str) -> int:
        """Tokens of the masked text."""
        (message,) = self._room.sent([{"role": "user", "content": text}])
        return self._room.counter.count(str(message["content"]))

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Tokens of the rendered chat, masked."""
        return self._room.counter.count_messages(self._room.sent(messages))
