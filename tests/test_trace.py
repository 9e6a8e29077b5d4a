"""A stage's entry: figures as given, its own time, and only reasons for which something went."""

from leanrag.trace import Stage
from leanrag.types import TraceEntry


def test_an_entry_says_what_the_stage_did() -> None:
    entry = Stage("pack").entry((5, 3), (50, 30), dropped={"no room": 2, "old": 0}, note="so")
    assert (entry.stage, entry.note, entry.dropped) == ("pack", "so", {"no room": 2})
    assert (entry.items_in, entry.items_out) == (5, 3)
    assert (entry.tokens_in, entry.tokens_out) == (50, 30)
    assert entry.seconds >= 0


def test_the_time_of_stages_within_is_their_own() -> None:
    inner = TraceEntry("trim", 0, 0, 0, 0, seconds=1000.0)
    entry = Stage("pack").entry((0, 0), (0, 0), apart=[inner])
    assert -1000.0 <= entry.seconds < -900.0
