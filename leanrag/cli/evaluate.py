"""``leanrag eval``: runs an evaluation suite."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from leanrag.cli.console import one_line, progress_bar
from leanrag.cli.execute import DONE, PARTLY_FAILED, Outcome
from leanrag.cli.options import Common
from leanrag.errors import InputError

if TYPE_CHECKING:
    from leanrag.evaluation.results import Results

_USAGE = "use: leanrag eval SUITE.yaml [--out DIR]"


def evaluate(
    common: Common,
    words: Annotated[list[str], typer.Argument(metavar="SUITE.yaml", help="The suite to run.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder for results.json, report.md and report.html."
        ),
    ] = None,
) -> Outcome:
    """Measure token cost against answer quality over a suite of questions.

    A suite names its cases, budgets and pipelines. With --out the figures are
    written as results.json, report.md and report.html, and a run that was
    stopped goes on where it was.

    Examples:
      leanrag eval eval/suites/docs.yaml --out runs/today
    """
    if len(words) != 1:
        raise InputError(_USAGE)
    return _run(words[0], out, common)


def _run(name: str, out: Path | None, common: Common) -> Outcome:
    suite = Path(name)
    if not suite.is_file():
        raise InputError(f"{name}: no such suite; {_USAGE}")
    from leanrag.evaluation.runner import run_suite

    with progress_bar(quiet=common.quiet) as progress:
        results = run_suite(suite, out=out, progress=progress)
    return Outcome(
        results.model_dump(mode="json", exclude={"per_case"}),
        partial(_show, results=results, out=out),
        PARTLY_FAILED if results.run.problems else DONE,
    )


def _show(console: Console, results: "Results", out: Path | None) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("pipeline", "budget", "cases", "answers kept", "tokens", "p50 s"):
        table.add_column(column, justify="left" if column == "pipeline" else "right")
    for cell in results.cells:
        kept = cell.survival
        table.add_row(
            one_line(cell.pipeline),
            "own" if cell.budget is None else f"{cell.budget:,}",
            f"{cell.n:,}",
            "-" if kept is None else f"{kept.value:.1%} ({kept.low:.1%} to {kept.high:.1%})",
            f"{cell.tokens.value:,.0f}",
            f"{cell.seconds_p50:.3f}",
        )
    console.print(table)
    for problem in results.run.problems:
        console.print(
            f"failed: {one_line(problem.source)}: {one_line(problem.error)}", soft_wrap=True
        )
    if out is not None:
        console.print(f"written to {out}", soft_wrap=True)
