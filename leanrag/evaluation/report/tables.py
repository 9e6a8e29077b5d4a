"""The main tables: tokens at 95, the curve, and the paired differences."""

from leanrag.evaluation.report.focus import Focus, headline_of, need, operating_budget
from leanrag.evaluation.report.numerals import count, count_range, percent, percent_range, points
from leanrag.evaluation.report.table import (
    EMPTY,
    Column,
    Table,
    Value,
    budget_value,
    count_value,
    share_value,
    text_value,
)
from leanrag.evaluation.results import Comparison, PipelineInfo

# ── tokens at 95 ────────────────────────────────────────────────────────────────────────────────


def needs_table(focus: Focus) -> Table:
    """Tokens at 95 of every pipeline, and its figures at the budget that reaches it."""
    kept = f"{focus.what} kept".capitalize()
    columns = (
        Column("Pipeline", numeric=False),
        Column("Kind", numeric=False),
        Column(
            "Tokens at 95",
            hint="interpolated between the budgets run, with 95 % interval; +: it may end later",
        ),
        Column("Of full context"),
        Column("Budget", hint="the smallest one run that keeps 95 %, else the largest one run"),
        Column("Tokens used", hint="mean at that budget"),
        Column(kept, hint="at that budget, of what the full context holds, with 95 % interval"),
        Column("Over budget", hint="cases that exceed their budget, at all budgets together"),
    )
    rows = [(_need_sort(focus, info), _need_row(focus, info)) for info in focus.results.pipelines]
    ordered = sorted(rows, key=lambda row: row[0])
    caption = f"Tokens at 95: the smallest budget that keeps 95 % of the {focus.what}"
    return Table("needs", caption, columns, tuple(row for _, row in ordered))


def _need_sort(focus: Focus, info: PipelineInfo) -> tuple[bool, float]:
    found = need(focus.results, info)
    return found is None or info.role == "reference", found.tokens if found else 0.0


def _need_row(focus: Focus, info: PipelineInfo) -> tuple[Value, ...]:
    headline = headline_of(focus.results, info.name)
    found = need(focus.results, info)
    budget = operating_budget(focus.results, info.name)
    cell = focus.results.cell(info.name, budget)
    reached = EMPTY
    share = EMPTY
    if found and info.role != "reference":
        interval = count_range(found.interval, focus.largest) if found.interval else "as it is"
        reached = count_value(found.tokens, interval)
        if headline and headline.full_tokens:
            part = found.tokens / headline.full_tokens
            share = Value(percent(part), part)
    elif info.role != "reference":
        reached = Value("not reached", float("inf"))
    point = next((p for p in headline.curve if p.budget == budget), None) if headline else None
    over = sum(item.violations for item in focus.results.cells if item.pipeline == info.name)
    return (
        text_value(info.title),
        text_value(info.role),
        reached,
        share,
        budget_value(budget),
        count_value(cell.tokens.value if cell else None),
        share_value(point.value if point else None),
        Value(count(over), over, tone="bad" if over else ""),
    )


# ── curve and comparisons ───────────────────────────────────────────────────────────────────────


def curve_table(focus: Focus) -> Table:
    """Every point of the plot."""
    columns = (
        Column("Pipeline", numeric=False),
        Column("Budget"),
        Column("Tokens used"),
        Column("Kept"),
        Column("95 % interval"),
        Column("Cases"),
    )
    rows = [
        (
            text_value(focus.title(headline.pipeline)),
            budget_value(point.budget),
            count_value(point.tokens),
            Value(percent(point.value.value), point.value.value),
            Value(percent_range(point.value), point.value.low),
            count_value(point.value.n),
        )
        for headline in focus.results.headline
        for point in headline.curve
    ]
    return Table("curve", f"Tokens used and {focus.what} kept", columns, tuple(rows))


def comparison_table(focus: Focus, *, everywhere: bool) -> Table | None:
    """The subject against every other pipeline, at its operating budget or at all budgets.

    One with an operating point of its own is always there, met at the budget nearest below it.
    """
    items = [
        item
        for item in focus.results.comparisons
        if item.a == focus.subject.name
        and (everywhere or item.budget == focus.budget or item.budget_b is None)
    ]
    if not items:
        return None
    columns = (
        Column("Against", numeric=False),
        Column("Budget", hint=f"of {focus.subject.title}"),
        Column("Its budget", hint="of the other; fixed where it has one operating point"),
        Column("Difference, points", hint="above 0: the subject keeps more"),
        Column("95 % interval"),
        Column("Cases"),
        Column("Verdict", numeric=False),
    )
    name = "comparisons-all" if everywhere else "comparisons"
    caption = f"{focus.subject.title} against each other pipeline, case by case"
    return Table(name, caption, columns, tuple(_comparison_row(focus, item) for item in items))


def _comparison_row(focus: Focus, item: Comparison) -> tuple[Value, ...]:
    tone = {"better": "good", "worse": "bad"}.get(item.verdict, "")
    return (
        text_value(focus.title(item.b)),
        budget_value(item.budget),
        budget_value(item.budget_b),
        Value(points(item.difference), item.difference),
        Value(f"{points(item.low)} to {points(item.high)}", item.low),
        count_value(item.n),
        Value(item.verdict, item.verdict, tone=tone),
    )
