"""Which cases the page shows in full: those that something went wrong with first.

A page must stay small enough to open, so a big run shows a sample, and says of how many.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from leanrag.evaluation.records import CaseRecord, OutcomeRecord
from leanrag.evaluation.report.embed import CellNumbers, EmbeddedCase, embedded
from leanrag.evaluation.report.texts import TextTable
from leanrag.evaluation.results import Quality

Kind: TypeAlias = Literal["trouble", "lost", "other"]
LOST_RECALL = 0.5
"""Where evidence is judged, a case with less of it counts as lost."""
FEWEST_OTHERS = 50
MOST_TAGS = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a page holds."""

    cases: int = 600
    bytes: int = 12_000_000


@dataclass(frozen=True, slots=True)
class Aim:
    """The pipeline and budget by which a case counts as lost."""

    pipeline: str
    budget: int | None
    quality: Quality


@dataclass
class Sample:
    """Takes the cases one by one and keeps what fits."""

    aim: Aim
    cells: CellNumbers
    limits: Limits = field(default_factory=Limits)
    table: TextTable = field(default_factory=TextTable)
    seen: "Counter[Kind]" = field(default_factory=Counter)
    _kept: dict[Kind, list[tuple[int, EmbeddedCase]]] = field(
        default_factory=lambda: {"trouble": [], "lost": [], "other": []}
    )
    _full: set[Kind] = field(default_factory=set)
    _tags: "Counter[str]" = field(default_factory=Counter)
    _size: int = 0

    @classmethod
    def of(
        cls,
        records: Iterable[CaseRecord],
        aim: Aim,
        cells: CellNumbers,
        limits: Limits | None = None,
    ) -> "Sample":
        """The sample of a run's cases, read once, in order."""
        sample = cls(aim, cells, limits or Limits())
        for record in records:
            sample.add(record)
        return sample

    def add(self, record: CaseRecord) -> None:
        """Takes one case, if need be in place of others."""
        kind = classify(record, self.aim)
        place = self.seen.total()
        self.seen[kind] += 1
        if kind in self._full:
            return
        self._tags.update(record.tags)
        case = embedded(record, self.table, self.cells)
        self.table.take(case.texts)
        self._size += len(case.json.encode("utf-8", "replace"))
        self._kept[kind].append((place, case))
        while self._is_too_much():
            self._drop_one()

    def shown(self, kind: Kind | None = None) -> int:
        """How many cases of a kind, or in all, are shown."""
        kinds = [kind] if kind else list(self._kept)
        return sum(len(self._kept[name]) for name in kinds)

    def rows(self) -> list[str]:
        """The cases as JSON, in the order of the suite."""
        kept = sorted(
            (item for items in self._kept.values() for item in items), key=lambda item: item[0]
        )
        return [case.json for _, case in kept]

    def tags(self) -> list[str]:
        """The commonest tags, in alphabetical order."""
        common = sorted(self._tags, key=lambda tag: (-self._tags[tag], tag))[:MOST_TAGS]
        return sorted(common)

    @property
    def statement(self) -> str:
        """What is shown, of how many."""
        total, shown = self.seen.total(), self.shown()
        if shown == total:
            return f"All {total:,} cases are shown."
        kinds: tuple[tuple[Kind, str], ...] = (
            ("trouble", "that failed or exceeded a budget"),
            ("lost", "that were lost"),
            ("other", "others"),
        )
        parts = []
        for kind, words in kinds:
            some, all_ = self.shown(kind), self.seen[kind]
            if all_:
                which = f"all {all_:,}" if some == all_ else f"the first {some:,} of {all_:,}"
                parts.append(f"{which} {words}")
        return f"{shown:,} of {total:,} cases are shown: {', '.join(parts)}."

    def _is_too_much(self) -> bool:
        many = self.shown() > self.limits.cases
        return self.shown() > 1 and (many or self._size + self.table.size > self.limits.bytes)

    def _drop_one(self) -> None:
        """The last of the least telling kind; some cases that went well stay for comparison."""
        floor = min(FEWEST_OTHERS, self.limits.cases // 4)
        kind: Kind
        if len(self._kept["other"]) > floor:
            kind = "other"
        elif self._kept["lost"]:
            kind = "lost"
        else:
            kind = "other" if self._kept["other"] else "trouble"
        _, case = self._kept[kind].pop()
        self._full.add(kind)
        self.table.release(case.texts)
        self._size -= len(case.json.encode("utf-8", "replace"))


def classify(record: CaseRecord, aim: Aim) -> Kind:
    """What kind of case it is at the aim."""
    if any(outcome.error or not outcome.within_budget for outcome in record.outcomes):
        return "trouble"
    for outcome in record.outcomes:
        if outcome.pipeline == aim.pipeline and outcome.budget == aim.budget:
            return "lost" if _lost(record, outcome, aim.quality) else "other"
    return "other"


def _lost(record: CaseRecord, outcome: OutcomeRecord, quality: Quality) -> bool:
    if quality == "evidence_recall":
        recall = outcome.evidence_recall
        return recall is not None and recall < LOST_RECALL
    return outcome.survived is False and record.held is not False
