"""What keeps conversations."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from leanrag.types import ConversationInfo, Fact, IndexedTurn, StoredTurn, Summary


class ConversationStore(Protocol):
    """Keeps conversations, each behind the wall of its tenant and id.

    Turns are only ever added; what is deleted is a whole conversation, and its bytes go with it.
    What is made of the turns of a deleted conversation is not kept, without an error: whoever
    made it cannot know. Safe to use from several threads. Each method raises ``StoreError`` where
    the store fails.
    """

    def append(
        self, tenant: str, conversation: str, turns: Sequence[StoredTurn]
    ) -> tuple[int, list[StoredTurn]]:
        """Adds turns at the end, all or none; the positions given are not looked at.

        A turn with an empty id gets one. Returns the conversation's key and the turns as stored.

        Raises:
            InputError: an id is already taken.
        """
        ...

    def key(self, tenant: str, conversation: str) -> int | None:
        """A number of this conversation that no other one ever has, a later namesake neither."""
        ...

    def turns(self, key: int, start: int = 0) -> list[StoredTurn]:
        """The turns from a position on, in order."""
        ...

    def indexed(self, key: int, model: str, start: int = 0) -> list[IndexedTurn]:
        """What was kept of the turns from a position on by ``add_indexed`` for this model."""
        ...

    def add_indexed(self, key: int, model: str, turns: Sequence[IndexedTurn]) -> None: ...
    def vectors(self, key: int, keys: Sequence[bytes] | None = None) -> dict[bytes, bytes]:
        """Kept vectors by their keys, all of them where no keys are given."""
        ...

    def add_vectors(self, key: int, vectors: Mapping[bytes, bytes]) -> None: ...
    def summaries(self, key: int) -> list[Summary]:
        """All summaries, oldest first."""
        ...

    def add_summary(self, key: int, summary: Summary) -> None: ...
    def facts(self, key: int) -> list[Fact]:
        """All facts in the order of their turns, superseded ones too."""
        ...

    def add_facts(self, key: int, facts: Sequence[Fact], *, until: int) -> None:
        """Adds facts; those of the turns before the position ``until`` are then known."""
        ...

    def facts_until(self, key: int) -> int:
        """Up to which position facts were looked for."""
        ...

    def conversations(self, tenant: str | None = None) -> list[ConversationInfo]:
        """What is there, of one tenant or of all, ordered by tenant and id."""
        ...

    def delete(self, tenant: str, conversation: str) -> bool:
        """Removes a conversation with all that was made of it; whether there was one."""
        ...

    def close(self) -> None: ...
