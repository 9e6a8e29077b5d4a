"""All retrieval runs below a folder in one table, and whether fusion keeps its contract.

    python eval/bench/retrieval_overview.py eval/baselines/retrieval \\
        --table eval/baselines/retrieval/overview.md

The contract: on no set lies the paired 95 % interval of recall@5 of the fused list wholly below
the better of BM25 and dense search, and the mean over the sets lies above both.
"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from eval.retrieval.results import RetrievalResults, StageFigures, read_retrieval

SHOWN = ("bm25", "dense", "rrf", "fused", "reranked", "late")
NOT_COUNTED = ("financebench_filtered", "docs")
"""Shown, but no part of the contract's mean: the same questions again, and a set of 20."""


def overview(runs: dict[str, RetrievalResults]) -> str:
    """The table with a line for each run, the means, and the contract's verdict, as Markdown."""
    lines = [["set", "questions", *SHOWN, "fused − better side"]]
    lines.append(["---"] * len(lines[0]))
    for name, run in runs.items():
        stages = {stage.stage: stage for stage in run.stages}
        cells = [_cell(stages.get(stage), run.questions) for stage in SHOWN]
        lines.append([name, f"{run.questions:,}", *cells, _against(stages["fused"], run)])
    counted = [run for name, run in runs.items() if name not in NOT_COUNTED]
    means = {stage: _mean(counted, stage) for stage in SHOWN}
    shown = [_percent(mean) for mean in means.values()]
    lines.append(["mean of the contract's sets", "", *shown, ""])
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    worse = [name for name, run in runs.items() if _below(run)]
    verdict = (
        "On no set lies the interval of the fused list wholly below the better side"
        if not worse
        else f"The interval lies wholly below the better side on {', '.join(worse)}"
    )
    above = means["fused"] > max(means["bm25"], means["dense"])
    return (
        "# Recall@5 of the stages\n\nIn percent, of the report rows; all figures with their "
        "intervals, recall@1 and @20, nDCG@10 and times stand in each folder. In brackets the "
        "number of questions, where a stage with a model was run on a draw of them.\n\n"
        f"{table}\n\n{verdict}; the mean of the fused lists lies "
        f"{'above' if above else 'not above'} both sides'.\n"
    )


def _cell(stage: StageFigures | None, questions: int) -> str:
    if stage is None:
        return ""
    number = stage.ndcg_at_10.n
    share = _percent(stage.recall[5].value)
    return share if number == questions else f"{share} ({number})"


def _below(run: RetrievalResults) -> bool:
    """Whether the fused list is worse than the better side, whatever its verdict may be called."""
    fused = next(stage for stage in run.stages if stage.stage == "fused")
    return fused.against_better_side is not None and fused.against_better_side.high < 0


def _against(stage: StageFigures, run: RetrievalResults) -> str:
    found = stage.against_better_side
    if found is None:
        return ""
    low, high = 100 * found.low, 100 * found.high
    return f"{100 * found.value:+.1f} ({low:+.1f} to {high:+.1f}), {run.better_side}"


def _mean(runs: Sequence[RetrievalResults], name: str) -> float:
    """Over the runs; none where a stage was not run on all questions of all of them."""
    values = [
        stage.recall[5].value
        for run in runs
        for stage in run.stages
        if stage.stage == name and stage.ndcg_at_10.n == run.questions
    ]
    return sum(values) / len(values) if len(values) == len(runs) else math.nan


def _percent(value: float) -> str:
    return "" if math.isnan(value) else f"{100 * value:.1f}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="An overview of retrieval runs.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--table", type=Path, help="file for the table")
    given = parser.parse_args()
    files = sorted(given.folder.glob("*/results.json"))
    text = overview({file.parent.name: read_retrieval(file) for file in files})
    print(text)
    if given.table is not None:
        given.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
