"""What the report is about: the subject, the best of the others, and the budgets to show."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from leanrag.errors import EvaluationError
from leanrag.evaluation.results import Cell, Estimate, Headline, PipelineInfo, Results
from leanrag.evaluation.tokens_at import SHARE


@dataclass(frozen=True, slots=True)
class Need:
    """How many tokens a pipeline needs for 95 %; no interval where it has one operating point."""

    pipeline: PipelineInfo
    tokens: float
    interval: Estimate | None

    def apart_from(self, other: "Need") -> bool:
        """Whether the two intervals leave no doubt which needs fewer."""
        if self.interval is None or other.interval is None:
            return False
        return self.interval.high < other.interval.low or other.interval.high < self.interval.low


@dataclass(frozen=True)
class Focus:
    """Who is judged, against whom, and where."""

    results: Results
    subject: PipelineInfo
    rival: PipelineInfo | None
    reference: PipelineInfo | None

    @property
    def budget(self) -> int | None:
        """The budget that the report shows in detail: the smallest that keeps 95 %."""
        return operating_budget(self.results, self.subject.name)

    @property
    def cell(self) -> Cell | None:
        """The subject's figures there."""
        return self.results.cell(self.subject.name, self.budget)

    @property
    def largest(self) -> float:
        """The largest budget run; an interval that ends there may end later."""
        return max(self.results.budgets, default=math.inf)

    @property
    def what(self) -> str:
        """What the suite judges by, in a word."""
        return "answers" if self.results.run.quality == "survival" else "evidence"

    def title(self, name: str) -> str:
        """A pipeline's title by its name."""
        return next((item.title for item in self.results.pipelines if item.name == name), name)


def find_focus(results: Results) -> Focus:
    """The focus of a run.

    The subject is the one that the suite names or compared, else the first of leanrag, else
    the first baseline, else the first pipeline.

    Raises:
        EvaluationError: the results hold no pipeline.
    """
    by_name = {item.name: item for item in results.pipelines}
    named = [results.run.settings.get("subject"), *(item.a for item in results.comparisons[:1])]
    candidates = [
        *(by_name[name] for name in named if name in by_name),
        *_with_role(results, "leanrag"),
        *_with_role(results, "baseline"),
        *results.pipelines,
    ]
    if not candidates:
        raise EvaluationError("the results hold no pipeline, so there is nothing to report")
    subject = candidates[0]
    return Focus(
        results,
        subject=subject,
        rival=_rival(results, subject),
        reference=next(iter(_with_role(results, "reference")), None),
    )


def headline_of(results: Results, name: str) -> Headline | None:
    """The headline figures of a pipeline."""
    return next((item for item in results.headline if item.pipeline == name), None)


def operating_budget(results: Results, name: str) -> int | None:
    """The smallest budget run that keeps 95 %, else the largest; None for a fixed pipeline."""
    headline = headline_of(results, name)
    if headline and headline.budget_at_95 is not None:
        return headline.budget_at_95
    budgets = [cell.budget for cell in results.cells if cell.pipeline == name]
    return max((budget for budget in budgets if budget is not None), default=None)


def need(results: Results, info: PipelineInfo) -> Need | None:
    """What ``info`` needs to keep 95 %; None where it does not."""
    headline = headline_of(results, info.name)
    if headline is None:
        return None
    if headline.tokens_at_95:
        return Need(info, headline.tokens_at_95.value, headline.tokens_at_95)
    fixed = [
        point.tokens
        for point in headline.curve
        if point.budget is None and point.share_of_full >= SHARE
    ]
    return Need(info, min(fixed), None) if fixed else None


def _rival(results: Results, subject: PipelineInfo) -> PipelineInfo | None:
    others = [item for item in _with_role(results, "baseline") if item != subject]
    needs = [found for item in others if (found := need(results, item))]
    if needs:
        return min(needs, key=lambda found: found.tokens).pipeline
    return max(others, key=lambda item: _best_share(results, item.name), default=None)


def _best_share(results: Results, name: str) -> float:
    headline = headline_of(results, name)
    return max((point.share_of_full for point in headline.curve), default=0) if headline else 0


def _with_role(results: Results, role: str) -> Iterable[PipelineInfo]:
    return (item for item in results.pipelines if item.role == role)
