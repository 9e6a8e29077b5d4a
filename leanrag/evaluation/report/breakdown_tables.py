"""Tables that break the figures down: by stage and by tag."""

from collections.abc import Iterator, Sequence

from leanrag.evaluation.report.focus import Focus, operating_budget
from leanrag.evaluation.report.numerals import NOTHING, count, percent, times
from leanrag.evaluation.report.table import (
    EMPTY,
    ROLE_ORDER,
    Column,
    Table,
    Value,
    count_value,
    share_value,
    text_value,
)
from leanrag.evaluation.results import Cell, StageRow

MOST_TAG_PIPELINES = 9


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
    infos = sorted(
        focus.results.pipelines,
        key=lambda info: (info != focus.subject, info != focus.rival, ROLE_ORDER[info.role]),
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
