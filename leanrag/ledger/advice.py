"""Says where sending less costs more than it saves, and which setting would change that.

Nothing is changed here: only the caller knows what else a setting is for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from leanrag.ledger.summary import ANSWER
from leanrag.types import NANO, LedgerEntry

OWN_CALLS = ("retrieval.follow_up", "history.summary")
"""The settings that say whether leanrag asks a model itself."""
_FEWEST_CALLS = 5
"""Fewer calls say nothing."""
_LITTLE_SAVED = 0.05
_COUNT_OFF = 0.03


@dataclass(frozen=True, slots=True)
class Advice:
    """A finding with its figures, and the settings (by name) that would change it."""

    finding: str
    settings: tuple[str, ...]
    recommendation: str


@dataclass(slots=True)
class _Sums:
    answers: int = 0
    saving: int = 0
    shortened: int = 0
    shortened_saving: int = 0
    own_calls: int = 0
    own_cost: int = 0
    baseline: int = 0
    saved: int = 0
    counted: int = 0
    reported: int = 0
    unpriced: dict[str, int] = field(default_factory=dict)

    def add(self, entry: LedgerEntry) -> None:
        if entry.cost is None:
            self.unpriced[entry.model] = self.unpriced.get(entry.model, 0) + 1
        if entry.purpose != ANSWER:
            self.own_calls += 1
            self.own_cost += entry.cost or 0
            return
        if entry.reported and entry.prompt_tokens:
            self.counted += entry.prompt_tokens
            self.reported += entry.input_tokens
        if not entry.baseline_tokens:
            return
        self.answers += 1
        self.baseline += entry.baseline_tokens
        self.saved += entry.baseline_tokens - entry.prompt_tokens
        if entry.baseline_cost is None or entry.input_cost is None:
            return
        saving = entry.baseline_cost - entry.input_cost
        self.saving += saving
        if any(s.stage == "history" and s.tokens_out < s.tokens_in for s in entry.stages):
            self.shortened += 1
            self.shortened_saving += saving


def advise(entries: Iterable[LedgerEntry]) -> list[Advice]:
    """What the figures recommend, most costly first; nothing where all is well."""
    sums = _Sums()
    for entry in entries:
        sums.add(entry)
    checks: Sequence[Callable[[_Sums], Advice | None]] = (
        _history_costs, _own_calls_cost, _little_is_saved, _counts_differ, _no_price,
    )  # fmt: skip
    return [advice for check in checks if (advice := check(sums)) is not None]


def _history_costs(sums: _Sums) -> Advice | None:
    if sums.shortened < _FEWEST_CALLS or sums.shortened_saving >= 0:
        return None
    return Advice(
        f"{sums.shortened} calls with a shortened history cost "
        f"${-sums.shortened_saving / NANO:.4f} more than the full history would have cost, which "
        "a provider reads from its cache",
        ("budget",),
        "raise budget so that the whole history fits: a history that only grows stays in the "
        "provider's cache",
    )


def _own_calls_cost(sums: _Sums) -> Advice | None:
    if sums.own_calls < _FEWEST_CALLS or sums.own_cost <= max(sums.saving, 0):
        return None
    return Advice(
        f"leanrag's own {sums.own_calls} calls cost ${sums.own_cost / NANO:.4f}, and shorter "
        f"prompts saved ${sums.saving / NANO:.4f}",
        OWN_CALLS,
        "set retrieval.follow_up to rule and history.summary to extractive, which ask no model",
    )


def _little_is_saved(sums: _Sums) -> Advice | None:
    if sums.answers < _FEWEST_CALLS or sums.saved > sums.baseline * _LITTLE_SAVED:
        return None
    return Advice(
        f"{sums.answers} prompts have {1 - sums.saved / sums.baseline:.0%} of the tokens of whole "
        "chunks and full history",
        ("budget", "compression.mode"),
        "lower budget to what the answers need, or set compression.mode to none and save the work",
    )


def _counts_differ(sums: _Sums) -> Advice | None:
    if not sums.counted or abs(sums.reported / sums.counted - 1) <= _COUNT_OFF:
        return None
    return Advice(
        f"the endpoint counts {sums.reported / sums.counted:.2f} times the tokens that leanrag "
        "counts",
        ("tokenizer",),
        "set tokenizer to the model's own, so that budgets hold by the endpoint's count",
    )


def _no_price(sums: _Sums) -> Advice | None:
    if not sums.unpriced:
        return None
    names = ", ".join(sorted(sums.unpriced))
    return Advice(
        f"the price of {sum(sums.unpriced.values())} calls is not known ({names})",
        ("ledger.prices",),
        "name what these models cost in ledger.prices; only calls from then on are priced",
    )
