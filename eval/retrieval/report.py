"""A retrieval run as Markdown."""

from eval.retrieval.results import Difference, RetrievalResults
from leanrag.evaluation.results import Estimate


def markdown(results: RetrievalResults) -> str:
    """Title, facts and one table with a line for every stage."""
    pool = f"{results.pool_documents:,} documents in {results.pool_chunks:,} chunks"
    facts = [
        f"{results.questions:,} questions of the {results.split} rows, from "
        f"{results.documents:,} documents; searched are {pool}; found are {results.units}."
    ]
    if results.where:
        facts.append(f"Filtered by the {' and '.join(results.where)} of the evidence's document.")
    facts.append(
        "In percent, with 95 % intervals (bootstrap over documents). The last columns are recall@5 "
        f"minus that of the better single side, {results.better_side}, paired by question, and the "
        "median and 95th percentile of the stage's own time."
    )
    head = [
        "stage", "questions", "recall@1", "recall@5", "recall@20", "some found@5", "nDCG@10",
        f"recall@5 − {results.better_side}", "p50 ms", "p95 ms",
    ]  # fmt: skip
    lines = [" | ".join(head), " | ".join(["---"] * len(head))]
    for stage in results.stages:
        cells = [
            stage.stage,
            f"{stage.ndcg_at_10.n:,}",
            *(_percent(stage.recall[k]) for k in (1, 5, 20)),
            _percent(stage.found[5]),
            _percent(stage.ndcg_at_10),
            _difference(stage.against_better_side),
            f"{1000 * stage.seconds_p50:.0f}",
            f"{1000 * stage.seconds_p95:.0f}",
        ]
        lines.append(" | ".join(cells))
    table = "\n".join(f"| {line} |" for line in lines)
    return f"# {results.title or results.name}\n\n{' '.join(facts)}\n\n{table}\n"


def _percent(found: Estimate) -> str:
    return f"{100 * found.value:.1f} ({100 * found.low:.1f}–{100 * found.high:.1f})"


def _difference(found: Difference | None) -> str:
    if found is None:
        return ""
    return f"{100 * found.value:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
