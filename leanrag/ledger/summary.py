"""Adds entries up: in all, and by day, model, tag, tenant, purpose or stage."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from leanrag.types import LedgerEntry

By: TypeAlias = Literal["day", "model", "tag", "tenant", "purpose"]
NONE = "(none)"
"""The group of entries without a tag or tenant."""
ANSWER = "answer"


@dataclass(slots=True)
class Figures:
    """Sums over entries; money in billionths of a US dollar, of the calls with a known price.

    ``saved_tokens`` are baseline minus sent, by leanrag's own count of both. ``own_cost`` is that
    of leanrag's own calls, such as summaries. ``saving`` is what the input of the others would
    have cost without leanrag, minus what it did cost, minus ``own_cost``. ``set_aside`` are calls
    whose usage cannot be true, so that leanrag's own count stands for it.
    """

    calls: int = 0
    errors: int = 0
    unpriced: int = 0
    unreported: int = 0
    baseline_tokens: int = 0
    saved_tokens: int = 0
    prompt_tokens: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost: int = 0
    own_cost: int = 0
    baseline_cost: int = 0
    saving: int = 0
    seconds: float = 0.0
    set_aside: int = 0

    def add(self, entry: LedgerEntry) -> None:
        """Adds one entry."""
        self.calls += 1
        self.errors += bool(entry.error)
        self.unpriced += entry.cost is None
        self.unreported += not entry.reported and not entry.error and not entry.set_aside
        self.set_aside += bool(entry.set_aside)
        self.prompt_tokens += entry.prompt_tokens
        self.input_tokens += entry.input_tokens
        self.cached_tokens += entry.cached_tokens
        self.output_tokens += entry.output_tokens
        self.cost += entry.cost or 0
        self.seconds += entry.seconds
        if entry.purpose != ANSWER:
            self.own_cost += entry.cost or 0
            self.saving -= entry.cost or 0
        if entry.baseline_tokens:
            self.baseline_tokens += entry.baseline_tokens
            self.saved_tokens += entry.baseline_tokens - entry.prompt_tokens
        if entry.baseline_cost is not None and entry.input_cost is not None:
            self.baseline_cost += entry.baseline_cost
            self.saving += entry.baseline_cost - entry.input_cost


@dataclass(slots=True)
class StageSums:
    """What one stage did over all entries that have it."""

    calls: int = 0
    items_in: int = 0
    items_out: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Summary:
    """The sums of a ledger. ``groups`` are in the order of their keys, stages in their own."""

    total: Figures = field(default_factory=Figures)
    groups: dict[By, dict[str, Figures]] = field(default_factory=dict)
    stages: dict[str, StageSums] = field(default_factory=dict)


_KEYS: Mapping[By, Callable[[LedgerEntry], Iterable[str]]] = {
    "day": lambda entry: (entry.day,),
    "model": lambda entry: (entry.model,),
    "tag": lambda entry: dict.fromkeys(entry.tags) or (NONE,),
    "tenant": lambda entry: (entry.tenant or NONE,),
    "purpose": lambda entry: (entry.purpose,),
}
GROUPINGS: tuple[By, ...] = tuple(_KEYS)


def summarise(entries: Iterable[LedgerEntry]) -> Summary:
    """The sums of the entries. One with several tags counts in the group of each."""
    summary = Summary(groups={by: {} for by in GROUPINGS})
    for entry in entries:
        summary.total.add(entry)
        for by, keys in _KEYS.items():
            for key in keys(entry):
                summary.groups[by].setdefault(key, Figures()).add(entry)
        for stage in entry.stages:
            sums = summary.stages.setdefault(stage.stage, StageSums())
            sums.calls += 1
            sums.items_in += stage.items_in
            sums.items_out += stage.items_out
            sums.tokens_in += stage.tokens_in
            sums.tokens_out += stage.tokens_out
            sums.seconds += stage.seconds
    summary.groups = {by: dict(sorted(found.items())) for by, found in summary.groups.items()}
    return summary
