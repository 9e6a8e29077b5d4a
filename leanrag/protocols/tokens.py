"""What counts the tokens of a prompt."""

from collections.abc import Sequence
from typing import Protocol

from leanrag.types import Message


class TokenCounter(Protocol):
    """Counts tokens of a text and of a rendered chat.

    ``exact`` is true where the count is the model's own; else it is an upper bound, and
    ``hint`` names the setting that makes it exact.
    """

    @property
    def name(self) -> str: ...
    @property
    def exact(self) -> bool: ...
    @property
    def hint(self) -> str: ...
    def count(self, text: str) -> int:
        """Tokens of ``text`` alone, without chat overhead."""
        ...

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Tokens of the rendered chat: contents, per-message overhead, priming of the reply."""
        ...
