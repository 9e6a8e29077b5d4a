"""Compares two runs case by case: the same cases, pipelines and budgets in both."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from leanrag.errors import EvaluationError
from leanrag.evaluation.results import (
    CaseColumn,
    Estimate,
    Quality,
    Record,
    Results,
    Verdict,
    read_results,
)
from leanrag.evaluation.statistics import PairedDifference, Resampler, paired_difference
from leanrag.evaluation.tokens_at import tokens_at

Metric: TypeAlias = Literal["survival", "evidence_recall", "tokens"]
_Values: TypeAlias = NDArray[np.float64]


class ComparedFigure(Record):
    """One figure of one pipeline at one budget in both runs; ``difference`` is b minus a."""

    pipeline: str
    budget: int | None
    metric: Metric
    n: int
    a: float
    b: float
    difference: float
    low: float
    high: float
    verdict: Verdict = Field(description="of b against a")


class ComparedTokens(Record):
    """Tokens at 95 of one pipeline in both runs; None where a run does not reach it."""

    pipeline: str
    a: float | None
    b: float | None
    difference: Estimate | None = None
    verdict: Verdict = "no difference shown"


class RunComparison(Record):
    """Two runs side by side, over the cases that both have."""

    a: str
    b: str
    cases: int
    only_a: int = Field(description="cases that only a has; they are left out")
    only_b: int
    notes: tuple[str, ...] = Field((), description="what else differs between the runs")
    tokens_at_95: tuple[ComparedTokens, ...] = ()
    figures: tuple[ComparedFigure, ...] = ()

    @property
    def worse(self) -> tuple[ComparedFigure, ...]:
        """Figures of quality that fell by more than chance allows."""
        return tuple(
            figure
            for figure in self.figures
            if figure.verdict == "worse" and figure.metric != "tokens"
        )


def compare(a: str | Path | Results, b: str | Path | Results) -> RunComparison:
    """Compares two runs, given as results, ``results.json`` files or their folders.

    Raises:
        EvaluationError: a file cannot be read, or the runs share no case or no pipeline.
    """
    first, second = (
        given if isinstance(given, Results) else read_results(Path(given)) for given in (a, b)
    )
    pairing = _Pairing(first, second)
    figures = tuple(
        figure for left, right in pairing.columns for figure in pairing.figures(left, right)
    )
    if not figures:
        raise EvaluationError(
            "the two runs have no pipeline at the same budget in common, over the same cases"
        )
    return RunComparison(
        a=_name(a, first),
        b=_name(b, second),
        cases=len(pairing.left),
        only_a=len(first.per_case.ids) - len(pairing.left),
        only_b=len(second.per_case.ids) - len(pairing.left),
        notes=_notes(first, second),
        tokens_at_95=pairing.tokens_at_95(),
        figures=figures,
    )


class _Pairing:
    """The common cases of two runs, by their places in each."""

    def __init__(self, a: Results, b: Results) -> None:
        places = {name: place for place, name in enumerate(b.per_case.ids)}
        common = [(i, places[name]) for i, name in enumerate(a.per_case.ids) if name in places]
        if not common:
            raise EvaluationError("the two runs have no case in common")
        self.left, self.right = (
            np.array(side, dtype=np.intp) for side in zip(*common, strict=True)
        )
        self.documents = np.asarray(a.per_case.documents)[self.left]
        self.quality: Quality = a.run.quality
        other = {(column.pipeline, column.budget): column for column in b.per_case.columns}
        self.columns = [
            (column, other[column.pipeline, column.budget])
            for column in a.per_case.columns
            if (column.pipeline, column.budget) in other
        ]

    def figures(self, left: CaseColumn, right: CaseColumn) -> list[ComparedFigure]:
        """The compared figures of one column."""
        metrics: tuple[Metric, ...] = ("survival", "evidence_recall", "tokens")
        found = (self._figure(left, right, metric) for metric in metrics)
        return [figure for figure in found if figure is not None]

    def _figure(self, left: CaseColumn, right: CaseColumn, metric: Metric) -> ComparedFigure | None:
        one, two = _values(left, metric), _values(right, metric)
        if not one.size or not two.size:
            return None
        one, two = one[self.left], two[self.right]
        known = ~np.isnan(one) & ~np.isnan(two)
        if not known.any():
            return None
        result: PairedDifference = paired_difference(
            two[known],
            one[known],
            Resampler(self.documents[known]),
            higher_is_better=metric != "tokens",
        )
        return ComparedFigure(
            pipeline=left.pipeline,
            budget=left.budget,
            metric=metric,
            n=result.n,
            a=float(one[known].mean()),
            b=float(two[known].mean()),
            difference=result.difference,
            low=result.low,
            high=result.high,
            verdict=result.verdict,
        )

    def tokens_at_95(self) -> tuple[ComparedTokens, ...]:
        """Tokens at 95 of every pipeline with a curve, over the common cases and budgets."""
        names = dict.fromkeys(left.pipeline for left, _ in self.columns if left.budget is not None)
        found = (self._tokens_at_95(name) for name in names)
        return tuple(item for item in found if item is not None)

    def _tokens_at_95(self, pipeline: str) -> ComparedTokens | None:
        pairs = sorted(
            (
                (left.budget, left, right)
                for left, right in self.columns
                if left.pipeline == pipeline and left.budget is not None
            ),
            key=lambda pair: pair[0],
        )
        budgets = [budget for budget, _, _ in pairs]
        one = np.column_stack([_values(left, self.quality)[self.left] for _, left, _ in pairs])
        two = np.column_stack([_values(right, self.quality)[self.right] for _, _, right in pairs])
        known = ~np.isnan(one).any(axis=1) & ~np.isnan(two).any(axis=1)
        if not known.any():
            return None
        both = np.column_stack([one[known], two[known]])
        size = len(budgets)
        a, b = (tokens_at(budgets, part.mean(axis=0)) for part in (one[known], two[known]))
        if a is None or b is None:
            return ComparedTokens(pipeline=pipeline, a=a, b=b)
        drawn = []
        draws = Resampler(self.documents[known])
        for row in draws.means(both):
            ends = (tokens_at(budgets, row[:size]), tokens_at(budgets, row[size:]))
            first, second = (float(budgets[-1]) if end is None else end for end in ends)
            drawn.append(second - first)
        low, high = (float(value) for value in np.quantile(drawn, [0.025, 0.975]))
        verdict: Verdict = "no difference shown"
        if low > 0 or high < 0:
            verdict = "better" if high < 0 else "worse"
        difference = Estimate(
            value=b - a, low=min(low, b - a), high=max(high, b - a), n=int(known.sum())
        )
        return ComparedTokens(pipeline=pipeline, a=a, b=b, difference=difference, verdict=verdict)


def _values(column: CaseColumn, metric: Metric) -> _Values:
    """A column's values, NaN where there is none."""
    if metric == "survival":
        marks: Mapping[str, float] = {"1": 1.0, "0": 0.0}
        return np.array([marks.get(mark, np.nan) for mark in column.survived])
    given: Sequence[int] = column.tokens if metric == "tokens" else column.evidence_recall
    values = np.asarray(given, dtype=np.float64)
    values[values < 0] = np.nan
    return values if metric == "tokens" else values / 1000


def _name(given: str | Path | Results, results: Results) -> str:
    return results.run.name if isinstance(given, Results) else str(given)


def _notes(a: Results, b: Results) -> tuple[str, ...]:
    """What differs beside the code, since then a difference may not be the code's."""
    watched = {
        "suite": (a.run.suite_sha256, b.run.suite_sha256),
        "data": (a.run.data, b.run.data),
        "seed": (a.run.seed, b.run.seed),
        "tokenizer": (a.run.counter, b.run.counter),
        "what budgets bound": (a.run.budget_counts, b.run.budget_counts),
        "models": (a.run.models, b.run.models),
    }
    return tuple(f"the {name} differs" for name, (one, two) in watched.items() if one != two)


def comparison_table(comparison: RunComparison) -> str:
    """The comparison as a Markdown table, one line a figure."""
    lines = [
        f"{comparison.cases} cases in both runs"
        f" ({comparison.only_a} only in a, {comparison.only_b} only in b).",
        *(f"Note: {note}." for note in comparison.notes),
        "",
        "| pipeline | budget | metric | a | b | difference (95 % interval) | n | b is |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for tokens in comparison.tokens_at_95:
        shown = ["–" if value is None else f"{value:.0f}" for value in (tokens.a, tokens.b)]
        gap, n = "–", "–"
        if tokens.difference:
            d = tokens.difference
            gap, n = f"{d.value:+.0f} ({d.low:+.0f} to {d.high:+.0f})", str(d.n)
        lines.append(
            f"| {tokens.pipeline} | | tokens at 95 | {shown[0]} | {shown[1]} | {gap} | {n} "
            f"| {tokens.verdict} |"
        )
    for figure in comparison.figures:
        budget = "own" if figure.budget is None else str(figure.budget)
        scale, unit = (1, "") if figure.metric == "tokens" else (100, " %")
        a, b, gap_value, low, high = (
            scale * value
            for value in (figure.a, figure.b, figure.difference, figure.low, figure.high)
        )
        lines.append(
            f"| {figure.pipeline} | {budget} | {figure.metric.replace('_', ' ')} | {a:.1f}{unit} "
            f"| {b:.1f}{unit} | {gap_value:+.1f} ({low:+.1f} to {high:+.1f}) | {figure.n} "
            f"| {figure.verdict} |"
        )
    return "\n".join(lines) + "\n"
