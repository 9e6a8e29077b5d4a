"""Numbers of all cases in one cell, as compact columns: 10,000 cases stay some megabytes."""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leanrag.evaluation.records import OutcomeRecord
from leanrag.evaluation.results import StageRow

_NONE = -1
RANKS = (1, 2, 5, 10, 20)


def _integers() -> "array[int]":
    return array("q")


def _numbers() -> "array[float]":
    return array("d")


@dataclass(slots=True)
class Column:
    """One pipeline at one budget, a row a case; NaN and -1 stand for no value."""

    survived: "array[int]" = field(default_factory=_integers)
    tokens: "array[int]" = field(default_factory=_integers)
    context_tokens: "array[int]" = field(default_factory=_integers)
    prompt_tokens: "array[int]" = field(default_factory=_integers)
    tokens_in: "array[int]" = field(default_factory=_integers)
    seconds: "array[float]" = field(default_factory=_numbers)
    recall: "array[float]" = field(default_factory=_numbers)
    precision: "array[float]" = field(default_factory=_numbers)
    iou: "array[float]" = field(default_factory=_numbers)
    any_turn: "array[float]" = field(default_factory=_numbers)
    all_turns: "array[float]" = field(default_factory=_numbers)
    ndcg: "array[float]" = field(default_factory=_numbers)
    recall_at: dict[int, "array[float]"] = field(
        default_factory=lambda: {k: array("d") for k in RANKS}
    )
    exact_match: "array[float]" = field(default_factory=_numbers)
    f1: "array[float]" = field(default_factory=_numbers)
    judged: "array[float]" = field(default_factory=_numbers)
    abstained: "array[float]" = field(default_factory=_numbers)
    violations: int = 0
    stages: "StageSums" = field(default_factory=lambda: StageSums())

    def add(self, record: OutcomeRecord) -> None:
        """Appends one case."""
        failed = record.error is not None
        self.survived.append(_NONE if failed or record.survived is None else record.survived)
        self.tokens.append(_NONE if failed else record.tokens)
        self.context_tokens.append(_NONE if failed else record.context_tokens)
        self.prompt_tokens.append(_NONE if failed else record.prompt_tokens)
        self.tokens_in.append(_NONE if failed else record.tokens_in)
        self.seconds.append(np.nan if failed else record.seconds)
        self.recall.append(_or_nan(record.evidence_recall))
        self.precision.append(_or_nan(record.evidence_precision))
        self.iou.append(_or_nan(record.evidence_iou))
        self.any_turn.append(_or_nan(record.any_evidence))
        self.all_turns.append(_or_nan(record.full_evidence))
        self.ndcg.append(_or_nan(record.ndcg_at_10))
        for k, values in self.recall_at.items():
            values.append(_or_nan((record.recall_at or {}).get(k)))
        answer = record.answer
        self.exact_match.append(_or_nan(answer.exact_match if answer else None))
        self.f1.append(_or_nan(answer.f1 if answer else None))
        judged = answer.judged if answer else None
        self.judged.append(_or_nan(judged))
        self.abstained.append(_or_nan(answer.abstained if answer else None))
        self.violations += not record.within_budget
        if not failed:
            self.stages.add(record)


@dataclass(slots=True)
class StageSums:
    """Sums over cases by trace stage, in the order of the traces.

    A stage that only some cases have stands before the one that follows it there.
    """

    cases: int = 0
    order: list[str] = field(default_factory=list)
    sums: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    dropped: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, record: OutcomeRecord) -> None:
        """Adds the trace of one case."""
        self.cases += 1
        names = [entry.stage for entry in record.trace]
        for place, entry in enumerate(record.trace):
            if entry.stage not in self.sums:
                following = (name for name in names[place:] if name in self.sums)
                after = next(following, None)
                at = len(self.order) if after is None else self.order.index(after)
                self.order.insert(at, entry.stage)
                self.sums[entry.stage] = np.zeros(5)
            self.sums[entry.stage] += (
                entry.items_in,
                entry.items_out,
                entry.tokens_in,
                entry.tokens_out,
                entry.seconds,
            )
            reasons = self.dropped[entry.stage]
            for reason, count in entry.dropped.items():
                reasons[reason] = reasons.get(reason, 0.0) + count

    def rows(self) -> tuple[StageRow, ...]:
        """Means over all cases."""
        return tuple(self._row(stage) for stage in self.order)

    def _row(self, stage: str) -> StageRow:
        items_in, items_out, tokens_in, tokens_out, seconds = (
            float(value) for value in self.sums[stage] / self.cases
        )
        return StageRow(
            stage=stage,
            items_in=items_in,
            items_out=items_out,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            seconds=seconds,
            dropped={name: n / self.cases for name, n in sorted(self.dropped[stage].items())},
        )


def numbers(column: Sequence[float]) -> NDArray[np.float64]:
    """A column as floats."""
    return np.asarray(column, dtype=np.float64)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
