"""The curves of the plot: who has which look, and where 95 % is reached."""

from dataclasses import dataclass
from itertools import pairwise

from leanrag.evaluation.report.focus import Focus
from leanrag.evaluation.report.numerals import count, count_range, percent, percent_range
from leanrag.evaluation.report.table import ROLE_ORDER
from leanrag.evaluation.results import CurvePoint, Estimate, Headline, PipelineInfo, PipelineRole

COLOURS = 7
"""Hues that colour-blind readers can tell apart; a marker's shape tells the rest."""


@dataclass(frozen=True, slots=True)
class Point:
    """One operating point, with its numbers in words."""

    tokens: float
    value: Estimate
    label: str


@dataclass(frozen=True, slots=True)
class Series:
    """One pipeline. ``look`` is a CSS class; ``shape`` numbers the marker."""

    name: str
    title: str
    role: PipelineRole
    look: str
    shape: int
    points: tuple[Point, ...]
    at_95: tuple[float, float] | None
    """Mean tokens used and share at the budget that keeps 95 %."""
    summary: str

    @property
    def connected(self) -> bool:
        """Whether the points are one curve."""
        return len(self.points) > 1


def curves(focus: Focus) -> tuple[Series, ...]:
    """All pipelines that have a curve, leanrag's first, controls last."""
    infos = sorted(
        focus.results.pipelines, key=lambda info: (info != focus.subject, ROLE_ORDER[info.role])
    )
    headlines = {item.pipeline: item for item in focus.results.headline}
    looks: dict[str, int] = {}
    found = []
    for info in infos:
        number = looks.get(_family(info), 0)
        looks[_family(info)] = number + 1
        headline = headlines.get(info.name)
        if headline and headline.curve:
            found.append(_series(info, headline, number, focus))
    return tuple(found)


def _family(info: PipelineInfo) -> str:
    return info.role if info.role in ("control", "reference") else "main"


def _series(info: PipelineInfo, headline: Headline, number: int, focus: Focus) -> Series:
    ordered = sorted(headline.curve, key=lambda point: (point.tokens, point.budget or 0))
    family = _family(info)
    return Series(
        name=info.name,
        title=info.title,
        role=info.role,
        look=f"k-{family}-{number % COLOURS}" if family == "main" else f"k-{family}",
        shape=number,
        points=tuple(
            Point(point.tokens, point.value, _label(info, point, focus.what)) for point in ordered
        ),
        at_95=_crossing(headline),
        summary=_summary(headline, focus.largest),
    )


def _label(info: PipelineInfo, point: CurvePoint, what: str) -> str:
    budget = f"Budget {count(point.budget)}, " if point.budget is not None else ""
    used = f"{budget}{count(point.tokens)} tokens used"
    kept = f"{percent(point.value.value)} of the {what} kept"
    interval = f"95 % interval {percent_range(point.value)}, {point.value.n} cases"
    return "\n".join([info.title, used[0].upper() + used[1:], kept, interval])


def _summary(headline: Headline, largest: float) -> str:
    if headline.tokens_at_95:
        interval = count_range(headline.tokens_at_95, largest)
        return f"95 % at {count(headline.tokens_at_95.value)} tokens ({interval})"
    best = max(headline.curve, key=lambda point: point.value.value)
    fixed = all(point.budget is None for point in headline.curve)
    kept = percent(best.value.value, 0 if best.value.value >= 1 else 1)
    return f"{kept} at {count(best.tokens)} tokens" if fixed else f"at most {kept}"


def _crossing(headline: Headline) -> tuple[float, float] | None:
    """Where the curve stands at the budget ``tokens_at_95``, in mean tokens used."""
    at = headline.tokens_at_95
    budgeted = sorted(
        (point.budget, point.tokens, point.value.value)
        for point in headline.curve
        if point.budget is not None
    )
    if at is None or not budgeted:
        return None
    for (before, low, worse), (after, high, better) in pairwise(budgeted):
        if before <= at.value <= after:
            part = (at.value - before) / (after - before)
            return low + part * (high - low), worse + part * (better - worse)
    return budgeted[0][1], budgeted[0][2]
