"""The report's tables as data, so that HTML and Markdown print the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leanrag.evaluation.report.focus import Focus, headline_of, need, operating_budget
from leanrag.evaluation.report.numerals import (
    NOTHING,
    count,
    count_range,
    percent,
    percent_range,
    points,
    times,
)
from leanrag.evaluation.results import Cell, Comparison, Estimate, PipelineInfo, StageRow

MOST_TAG_PIPELINES = 9
ROLE_NAMES = {
    "leanrag": "leanrag",
    "baseline": "baseline",
    "control": "control",
    "reference": "reference",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; a ``hint`` explains its title."""

    title: str
    numeric: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A table cell: what is printed, what it is sorted by, and a second, smaller line."""

    text: str
    sort: float | str | None = None
    detail: str = ""
    tone: str = ""


EMPTY = Value(NOTHING)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; the first column names the row."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


def text_value(text: str) -> Value:
    """A cell of words."""
    return Value(text, text.casefold())


def count_value(value: float | None, detail: str = "") -> Value:
    """A cell of a whole number."""
    return EMPTY if value is None else Value(count(value), value, detail)


def share_value(estimate: Estimate | None, *, with_n: bool = False) -> Value:
    """A cell of a share with its interval below it."""
    if estimate is None or not estimate.n:
        return EMPTY
    detail = percent_range(estimate) + (f", n={estimate.n}" if with_n else "")
    return Value(percent(estimate.value), estimate.value, detail)


def budget_value(budget: int | None) -> Value:
    """A cell of a budget."""
    return Value("fixed", -1.0) if budget is None else count_value(budget)


# ── tokens at 95 ────────────────────────────────────────────────────────────────────────────────


def needs_table(focus: Focus) -> Table:
    """Tokens at 95 of every pipeline, and its figures at the budget that reaches it."""
    kept = f"{focus.what} kept".capitalize()
    columns = (
        Column("Pipeline", numeric=False),
        Column("Kind", numeric=False),
        Column("Tokens at 95", hint="interpolated between the budgets run, with 95 % interval"),
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
        interval = count_range(found.interval) if found.interval else "as it is"
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
        text_value(ROLE_NAMES[info.role]),
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
    """The subject against every other pipeline, at its operating budget or at all budgets."""
    items = [
        item
        for item in focus.results.comparisons
        if item.a == focus.subject.name and (everywhere or item.budget == focus.budget)
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


# ── stages and tags ─────────────────────────────────────────────────────────────────────────────


def stage_table(focus: Focus) -> Table | None:
    """What every stage of leanrag's pipelines did, at the operating budget."""
    columns = (
        Column("Pipeline", numeric=False),
        Column("Stage", numeric=False),
        Column("Items in"),
        Column("Items out"),
        Column("Tokens in"),
        Column("Tokens out"),
        Column("Time, ms"),
        Column("Dropped", numeric=False, hint="items a case, by reason"),
    )
    rows = [
        (text_value(focus.title(cell.pipeline)), *_stage_row(stage))
        for cell in staged_cells(focus)
        for stage in cell.stages
    ]
    if not rows:
        return None
    return Table("stages", "Means over the cases, by stage", columns, tuple(rows))


def _stage_row(stage: StageRow) -> Iterator[Value]:
    yield text_value(stage.stage)
    for items in (stage.items_in, stage.items_out):
        yield Value(times(items), items)
    yield count_value(stage.tokens_in)
    yield count_value(stage.tokens_out)
    yield Value(f"{1000 * stage.seconds:,.1f}", stage.seconds)
    yield text_value(dropped_text(stage) or NOTHING)


def dropped_text(stage: StageRow) -> str:
    """What a stage dropped, in words."""
    return ", ".join(f"{times(items)} {reason}" for reason, items in stage.dropped.items())


def staged_cells(focus: Focus) -> list[Cell]:
    """Cells of leanrag's own pipelines that have a trace, at their operating budgets."""
    cells = [
        focus.results.cell(info.name, operating_budget(focus.results, info.name))
        for info in focus.results.pipelines
        if info.role == "leanrag"
    ]
    return [cell for cell in cells if cell and cell.stages]


def tag_table(focus: Focus) -> Table | None:
    """Quality by tag, at the subject's operating budget; fixed pipelines as they are."""
    cells = list(_tag_cells(focus))
    own = focus.cell
    if own is None or not own.tags or not cells:
        return None
    columns = [Column("Tag", numeric=False), Column("Cases")]
    columns += [Column(focus.title(cell.pipeline)) for cell in cells]
    rows = []
    for place, tag in enumerate(own.tags):
        rows.append(
            (
                text_value(tag.tag),
                count_value(tag.n),
                *(_tag_value(cell, place, subject=cell is own) for cell in cells),
            )
        )
    where = f" at a budget of {count(focus.budget)}" if focus.budget else ""
    caption = f"{focus.what.capitalize()} kept by tag{where}"
    return Table("tags", caption, tuple(columns), tuple(rows))


def _tag_cells(focus: Focus) -> Sequence[Cell]:
    order = {"leanrag": 0, "baseline": 1, "reference": 2, "control": 3}
    infos = sorted(
        focus.results.pipelines,
        key=lambda info: (info != focus.subject, info != focus.rival, order[info.role]),
    )
    found = [
        focus.results.cell(info.name, focus.budget) or focus.results.cell(info.name, None)
        for info in infos
    ]
    return [cell for cell in found if cell and cell.tags][:MOST_TAG_PIPELINES]


def _tag_value(cell: Cell, place: int, *, subject: bool) -> Value:
    if place >= len(cell.tags):
        return EMPTY
    row = cell.tags[place]
    if row.survival is None:
        recall = row.evidence_recall
        return EMPTY if recall is None else Value(percent(recall), recall)
    value = share_value(row.survival)
    low = subject and cell.survival and row.survival.high < cell.survival.value
    return Value(value.text, value.sort, value.detail, "low" if low else "")
