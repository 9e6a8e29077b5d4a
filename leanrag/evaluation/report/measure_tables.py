"""Tables of money, time and the finer measures, each at a pipeline's operating budget."""

from collections.abc import Iterator

from leanrag.evaluation.report.focus import Focus, operating_budget
from leanrag.evaluation.report.numerals import dollars
from leanrag.evaluation.report.tables import (
    EMPTY,
    Column,
    Table,
    Value,
    budget_value,
    count_value,
    share_value,
    text_value,
)
from leanrag.evaluation.results import Cell, Estimate, Results


def money_table(focus: Focus) -> Table:
    """Prompt tokens, dollars per thousand questions where priced, and time."""
    priced = any(cell.cost for cell in focus.results.cells)
    columns = [
        Column("Pipeline", numeric=False),
        Column("Budget", hint="the smallest one run that keeps 95 %, else the largest one run"),
        Column("Prompt tokens", hint="mean of the whole rendered prompt"),
    ]
    if priced:
        columns += [
            Column("$ per 1,000", hint="input tokens at the standard price"),
            Column("Prefix cached", hint="the instruction read from the provider's cache"),
            Column("In batch", hint="at the provider's batch price"),
        ]
    columns += [Column("Median time, ms"), Column("95th percentile, ms")]
    rows = tuple(
        (
            text_value(focus.title(cell.pipeline)),
            budget_value(cell.budget),
            count_value(cell.prompt_tokens),
            *(_cost_values(cell) if priced else ()),
            _milliseconds(cell.seconds_p50),
            _milliseconds(cell.seconds_p95),
        )
        for cell in operating_cells(focus.results)
    )
    what = "Money and time" if priced else "Time"
    return Table("money", f"{what} at each operating budget", tuple(columns), rows)


def _cost_values(cell: Cell) -> Iterator[Value]:
    amounts = (cell.cost.standard, cell.cost.cached, cell.cost.batch) if cell.cost else (None,) * 3
    for amount in amounts:
        yield EMPTY if amount is None else Value(dollars(amount), amount)


def _milliseconds(seconds: float) -> Value:
    return Value(f"{1000 * seconds:,.1f}", seconds)


def evidence_table(focus: Focus) -> Table | None:
    """Overlap with the marked evidence, and how well it was ranked."""
    cells = [cell for cell in operating_cells(focus.results) if cell.evidence or cell.ranking]
    if not cells:
        return None
    ranks = sorted({k for cell in cells if cell.ranking for k in cell.ranking.recall_at})
    columns = [
        Column("Pipeline", numeric=False),
        Column("Budget"),
        Column("Evidence recall"),
        Column("Precision"),
        Column("IoU"),
        *(Column(f"Recall@{k}", hint="before anything was cut") for k in ranks),
    ]
    if ranks:
        columns.append(Column("nDCG@10", hint="before anything was cut"))
    rows = []
    for cell in cells:
        evidence, ranking = cell.evidence, cell.ranking
        values: list[Estimate | None] = [None] * 3
        if evidence:
            values = [evidence.recall, evidence.precision, evidence.iou]
        values += [ranking.recall_at.get(k) if ranking else None for k in ranks]
        if ranks:
            values.append(ranking.ndcg_at_10 if ranking else None)
        shown = (share_value(value) for value in values)
        rows.append((text_value(focus.title(cell.pipeline)), budget_value(cell.budget), *shown))
    caption = "Overlap with the marked evidence in words, and its ranking; per cent"
    return Table("evidence", caption, tuple(columns), tuple(rows))


def answers_table(focus: Focus) -> Table | None:
    """Answers of a model, where they were generated."""
    cells = [cell for cell in focus.results.cells if cell.answers]
    if not cells:
        return None
    columns = (
        Column("Pipeline", numeric=False),
        Column("Budget"),
        Column("Exact match"),
        Column("F1"),
        Column("Judged right"),
        Column("Abstained, answerable"),
        Column("Abstained, unanswerable"),
    )
    rows = []
    for cell in cells:
        if cell.answers is None:
            continue
        scores = cell.answers
        values = (
            scores.exact_match,
            scores.f1,
            scores.judged,
            scores.abstained_answerable,
            scores.abstained_unanswerable,
        )
        shown = (share_value(value, with_n=True) for value in values)
        rows.append((text_value(focus.title(cell.pipeline)), budget_value(cell.budget), *shown))
    first = cells[0].answers
    judge = f", judged by {first.judge}" if first and first.judge else ""
    name = first.model if first else ""
    return Table("answers", f"Answers of {name} from each prompt{judge}", columns, tuple(rows))


def judge_prompt(focus: Focus) -> str:
    """What the judge was asked, where one was."""
    scores = (cell.answers for cell in focus.results.cells)
    return next((item.judge_prompt for item in scores if item and item.judge_prompt), "")


def operating_cells(results: Results) -> list[Cell]:
    """One cell a pipeline: at the budget that reaches 95 %, else at the largest."""
    cells = [
        results.cell(info.name, operating_budget(results, info.name)) for info in results.pipelines
    ]
    return [cell for cell in cells if cell]
