"""A retrieval run as ``leanrag eval`` shows it."""

from eval.retrieval.results import RetrievalResults, StageFigures
from leanrag.evaluation.extension import KindRun


def shown(results: RetrievalResults) -> KindRun:
    """A line for every stage; the JSON is that of the file without the single questions."""
    beside = f"recall@5 - {results.better_side}"
    return KindRun(
        results.model_dump(mode="json", exclude={"per_question"}),
        ("stage", "recall@1", "recall@5", "recall@20", "nDCG@10", beside, "p50 ms"),
        tuple(_row(stage) for stage in results.stages),
    )


def _row(stage: StageFigures) -> tuple[str, ...]:
    against = stage.against_better_side
    return (
        stage.stage,
        *(f"{stage.recall[k].value:.1%}" for k in (1, 5, 20)),
        f"{stage.ndcg_at_10.value:.1%}",
        f"{against.value:+.1%} ({against.low:+.1%} to {against.high:+.1%})" if against else "",
        f"{1000 * stage.seconds_p50:.0f}",
    )
