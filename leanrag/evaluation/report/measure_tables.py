"""Tables of money, time and the finer measures, each at a pipeline's operating budget."""

from collections.abc import Iterator

from leanrag.evaluation.report.focus import Focus, operating_budget
from leanrag.evaluation.report.numerals import dollars
from leanrag.evaluation.report.table import (
    EMPTY,
    ROLE_ORDER,
    Column,
    Table,
    Value,
    budget_value,
    count_value,
    share_value,
    text_value,
)
from leanrag.evaluation.results import Cell, Estimate, EvidenceScores, Results


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


def price_table(focus: Focus) -> Table | None:
    """Dollars per thousand questions by model, for the same number of input tokens."""
    cells = [cell for cell in operating_cells(focus.results) if cell.costs]
    models = list(dict.fromkeys(model for cell in cells for model in cell.costs))
    if not models:
        return None
    columns = (
        Column("Pipeline", numeric=False),
        Column("Budget"),
        *(Column(model, hint="input tokens at the standard price") for model in models),
    )
    rows = tuple(
        (
            text_value(focus.title(cell.pipeline)),
            budget_value(cell.budget),
            *(_price(cell, model) for model in models),
        )
        for cell in cells
    )
    return Table("prices", "$ per 1,000 questions by model, for the same tokens", columns, rows)


def _price(cell: Cell, model: str) -> Value:
    cost = cell.costs.get(model)
    return EMPTY if cost is None else Value(dollars(cost.standard), cost.standard)


def _cost_values(cell: Cell) -> Iterator[Value]:
    amounts = (cell.cost.standard, cell.cost.cached, cell.cost.batch) if cell.cost else (None,) * 3
    for amount in amounts:
        yield EMPTY if amount is None else Value(dollars(amount), amount)


def _milliseconds(seconds: float) -> Value:
    return Value(f"{1000 * seconds:,.1f}", seconds)


def evidence_table(focus: Focus) -> Table | None:
    """Overlap of what was kept with the marked evidence."""
    cells = operating_cells(focus.results)
    turns = any(cell.evidence and cell.evidence.any_turn for cell in cells)
    rows = tuple(
        (
            text_value(focus.title(cell.pipeline)),
            budget_value(cell.budget),
            *map(share_value, _evidence_values(cell.evidence, turns)),
        )
        for cell in cells
        if cell.evidence
    )
    if not rows:
        return None
    columns = [
        Column("Pipeline", numeric=False),
        Column("Budget"),
        Column("Recall", hint="share of the evidence that was kept"),
        Column("Precision", hint="share of what was kept that is evidence"),
        Column("IoU", hint="what both share, of what either holds"),
    ]
    if turns:
        columns += [
            Column("Any turn", hint="cases that keep a whole sentence of an evidence turn"),
            Column("All turns", hint="cases that keep a whole sentence of each of them"),
        ]
    return Table("evidence", "Overlap with the marked evidence, in words", tuple(columns), rows)


def _evidence_values(scores: EvidenceScores, turns: bool) -> tuple[Estimate | None, ...]:
    overlap = (scores.recall, scores.precision, scores.iou)
    return (*overlap, scores.any_turn, scores.all_turns) if turns else overlap


def ranking_table(focus: Focus) -> Table | None:
    """How well the evidence was ranked before anything was cut."""
    cells = [cell for cell in operating_cells(focus.results) if cell.ranking]
    if not cells:
        return None
    ranks = sorted({k for cell in cells if cell.ranking for k in cell.ranking.recall_at})
    columns = (
        Column("Pipeline", numeric=False),
        *(Column(f"Recall@{k}") for k in ranks),
        Column("nDCG@10"),
    )
    rows = tuple(
        (
            text_value(focus.title(cell.pipeline)),
            *(share_value(cell.ranking.recall_at.get(k)) for k in ranks),
            share_value(cell.ranking.ndcg_at_10),
        )
        for cell in cells
        if cell.ranking
    )
    return Table("ranking", "Ranking of the evidence, before anything was cut", columns, rows)


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
    """One cell a pipeline, leanrag's first: at the budget that reaches 95 %, else the largest."""
    infos = sorted(results.pipelines, key=lambda info: ROLE_ORDER[info.role])
    cells = [results.cell(info.name, operating_budget(results, info.name)) for info in infos]
    return [cell for cell in cells if cell]
