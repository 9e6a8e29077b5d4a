"""The figures over several cells: tokens at 95 with its curve, and paired comparisons."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from leanrag.evaluation.aggregate import Aggregate, Key
from leanrag.evaluation.columns import Column, numbers
from leanrag.evaluation.results import (
    Cell,
    Comparison,
    CurvePoint,
    Headline,
    PipelineInfo,
    Quality,
)
from leanrag.evaluation.statistics import Resampler, mean_interval, paired_difference, proportion
from leanrag.evaluation.tokens_at import budget_at, tokens_at_interval


def values_of(column: Column, quality: Quality) -> NDArray[np.float64]:
    """The quality of every case; NaN where it has none. A failed case counts as 0."""
    if quality == "evidence_recall":
        return numbers(column.recall)
    survived = numbers(column.survived)
    return np.where(survived < 0, np.nan, survived)


def headlines(
    aggregate: Aggregate, pipelines: Sequence[PipelineInfo], quality: Quality
) -> tuple[Headline, ...]:
    """Tokens at 95 and the curve of every pipeline, over the cases that the full context holds."""
    full_key = next(
        (key for key in aggregate.columns if _role(pipelines, key[0]) == "reference"), None
    )
    held = _held(aggregate, quality)
    if not held.any():
        return ()
    draws = Resampler(np.asarray(aggregate.documents)[held])
    full = np.ones(int(held.sum()))
    full_tokens = _full_tokens(aggregate, full_key)
    found = []
    for info in pipelines:
        keys = [key for key in aggregate.columns if key[0] == info.name]
        points = []
        for key in keys:
            values = _filled(values_of(aggregate.columns[key], quality))[held]
            points.append((key, values))
        if not points:
            continue
        budgeted = sorted(
            ((key[1], values) for key, values in points if key[1] is not None),
            key=lambda point: point[0],
        )
        budgets = [budget for budget, _ in budgeted]
        grid = np.column_stack([values for _, values in budgeted]) if budgeted else None
        found.append(
            Headline(
                pipeline=info.name,
                quality=quality,
                tokens_at_95=None
                if grid is None
                else tokens_at_interval(budgets, grid, full, draws),
                budget_at_95=None if grid is None else budget_at(budgets, grid.mean(axis=0)),
                full_tokens=full_tokens,
                full_value=_full_value(aggregate, full_key, quality),
                curve=tuple(_point(aggregate, key, values, draws) for key, values in points),
            )
        )
    return tuple(found)


def _point(
    aggregate: Aggregate, key: Key, values: NDArray[np.float64], draws: Resampler
) -> CurvePoint:
    tokens = numbers(aggregate.columns[key].tokens)
    used = tokens[tokens >= 0]
    exact = np.isin(values, (0.0, 1.0)).all()
    return CurvePoint(
        budget=key[1],
        tokens=float(used.mean()) if used.size else 0.0,
        value=proportion(values > 0, draws) if exact else mean_interval(values, draws),
        share_of_full=float(values.mean()),
    )


def _held(aggregate: Aggregate, quality: Quality) -> NDArray[np.bool_]:
    """Cases with a value of which the full context holds all."""
    known = np.zeros(len(aggregate.ids), dtype=bool)
    for column in aggregate.columns.values():
        known |= ~np.isnan(values_of(column, quality))
    if quality == "survival":
        known &= np.asarray(aggregate.held) != 0
    return known


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.nan_to_num(values, nan=0.0)


def _full_tokens(aggregate: Aggregate, full_key: Key | None) -> float:
    columns = [aggregate.columns[full_key]] if full_key else list(aggregate.columns.values())
    means = [
        float(tokens[tokens >= 0].mean())
        for column in columns
        if (tokens := numbers(column.tokens_in))[tokens >= 0].size
    ]
    return max(means, default=0.0)


def _full_value(aggregate: Aggregate, full_key: Key | None, quality: Quality) -> float:
    if full_key is None:
        return 1.0
    values = values_of(aggregate.columns[full_key], quality)
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else 1.0


def _role(pipelines: Sequence[PipelineInfo], name: str) -> str:
    return next((info.role for info in pipelines if info.name == name), "")


# ── comparisons ─────────────────────────────────────────────────────────────────────────────────


def comparisons(
    aggregate: Aggregate,
    cells: Mapping[Key, Cell],
    subject: str,
    quality: Quality,
) -> tuple[Comparison, ...]:
    """The subject against every other pipeline, case by case.

    Budgeted pipelines meet at the same budget. One with its own operating point is met by the
    subject at the largest budget that uses no more tokens than it does on average.
    """
    own = sorted(
        (key for key in cells if key[0] == subject and key[1] is not None),
        key=lambda key: key[1] or 0,
    )
    if not own:
        return ()
    found = []
    for other in cells:
        if other[0] == subject:
            continue
        if other[1] is not None:
            mine = next((key for key in own if key[1] == other[1]), None)
        else:
            bound = cells[other].tokens.value
            under = [key for key in own if cells[key].tokens.value <= bound]
            mine = under[-1] if under else None
        if mine is not None:
            found.append(_compare(aggregate, mine, other, quality))
    return tuple(item for item in found if item is not None)


def _compare(aggregate: Aggregate, a: Key, b: Key, quality: Quality) -> Comparison | None:
    left, right = (values_of(aggregate.columns[key], quality) for key in (a, b))
    known = ~np.isnan(left) | ~np.isnan(right)
    if not known.any():
        return None
    result = paired_difference(
        _filled(left)[known],
        _filled(right)[known],
        Resampler(np.asarray(aggregate.documents)[known]),
    )
    return Comparison(
        a=a[0],
        b=b[0],
        budget=a[1],
        budget_b=b[1],
        metric=quality,
        n=result.n,
        difference=result.difference,
        low=result.low,
        high=result.high,
        verdict=result.verdict,
    )
