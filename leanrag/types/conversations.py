"""Stored conversations: turns, and the facts and summaries that are made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from leanrag.types.plain import Message

FactKind: TypeAlias = Literal["name", "number", "date", "decision", "preference", "question"]


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One message of a stored conversation. ``position`` counts from 0, in the order of adding.

    ``time`` is when it was said, as given or as the clock showed it; the order does not depend on
    it. ``tokens`` are those of its text.
    """

    position: int
    id: str
    role: str
    time: str
    tokens: int
    message: Message


@dataclass(frozen=True, slots=True)
class IndexedTurn:
    """What a stored turn is found by: its term counts by term id, and keys of its vectors."""

    position: int
    terms: Mapping[int, int]
    vectors: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A short statement out of one turn. A newer one of the same subject supersedes it.

    ``subject`` is a normalised key; ``superseded_by`` the id of the turn that says otherwise or
    answers it, empty while the fact holds.
    """

    kind: FactKind
    subject: str
    statement: str
    turn_id: str
    position: int
    time: str = ""
    speaker: str = ""
    superseded_by: str = ""


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A statement of a summary; ``turn_id`` says where it is from, empty where a model wrote it."""

    text: str
    turn_id: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of the turns from ``start`` to before ``end`` by position.

    ``level`` 1 covers turns, each level above several of the level below, and 0 is the whole
    conversation so far. ``maker`` is ``extractive`` or the model's name; ``note`` says why another
    maker stepped in.
    """

    level: int
    start: int
    end: int
    lines: tuple[SummaryLine, ...]
    turn_ids: tuple[str, ...]
    tokens: int
    maker: str = "extractive"
    note: str = ""

    @property
    def text(self) -> str:
        """The statements, one a line."""
        return "\n".join(line.text for line in self.lines)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """Figures of a stored conversation; ``first`` and ``last`` are the times of its ends."""

    id: str
    tenant: str
    turns: int
    tokens: int
    first: str = ""
    last: str = ""
