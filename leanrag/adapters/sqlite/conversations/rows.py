"""How summaries, facts, and what turns are found by stand in the rows of a conversation."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from leanrag.types import Fact, IndexedTurn, Summary, SummaryLine

_TERM = np.dtype([("term", "<u4"), ("count", "<u4")])
_KEY_BYTES = 16
"""Of a vector's key."""


def dump(value: Any) -> str:
    """A value as a text, which ``json.loads`` gives back."""
    # In ASCII: a lone surrogate has no UTF-8 form, and JSON's escapes bring it back as it was.
    return json.dumps(value)


def pack_indexed(turn: IndexedTurn) -> tuple[bytes, bytes]:
    """The terms of a turn with their counts, and the keys of its vectors."""
    return np.array(list(turn.terms.items()), dtype=_TERM).tobytes(), b"".join(turn.vectors)


def unpack_indexed(position: int, terms: bytes, keys: bytes) -> IndexedTurn:
    """The turn that ``pack_indexed`` was given."""
    pairs: list[tuple[int, int]] = np.frombuffer(terms, dtype=_TERM).tolist()
    starts = range(0, len(keys), _KEY_BYTES)
    return IndexedTurn(position, dict(pairs), tuple(keys[at : at + _KEY_BYTES] for at in starts))


def pack_summary(summary: Summary) -> str:
    """A summary without the ids of its turns, which follow from their positions."""
    return dump(
        {
            "level": summary.level,
            "start": summary.start,
            "end": summary.end,
            "lines": [[line.text, line.turn_id] for line in summary.lines],
            "tokens": summary.tokens,
            "maker": summary.maker,
            "note": summary.note,
        }
    )


def unpack_summary(value: dict[str, Any], ids: Sequence[str]) -> Summary:
    """A summary from its parsed text and the ids of all turns."""
    return Summary(
        lines=tuple(SummaryLine(*line) for line in value.pop("lines")),
        turn_ids=tuple(ids[value["start"] : value["end"]]),
        **value,
    )


def pack_fact(fact: Fact) -> str:
    """A fact without its position, which has a column of its own."""
    return dump([fact.kind, fact.subject, fact.statement, fact.turn_id, fact.time, fact.speaker])


def unpack_fact(position: int, value: Any) -> Fact:
    """A fact from its position and its parsed text."""
    kind, subject, statement, turn_id, time, speaker = value
    return Fact(kind, subject, statement, turn_id, position, time, speaker)
