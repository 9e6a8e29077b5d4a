"""``leanrag eval``: runs an evaluation suite, or compares two runs."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from leanrag.cli.console import one_line, visible
from leanrag.cli.execute import DONE, PARTLY_FAILED, Outcome
from leanrag.cli.options import Common
from leanrag.errors import InputError

if TYPE_CHECKING:
    from leanrag.evaluation.compare import RunComparison
    from leanrag.evaluation.results import Results

_USAGE = "use: leanrag eval SUITE.yaml [--out DIR], or leanrag eval compare A B"


def evaluate(
    common: Common,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="SUITE.yaml", help="The suite to run; or: compare A B, for two runs."
        ),
    ],
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
      leanrag eval compare runs/yesterday runs/today
    """
    match words:
        case ["compare", a, b]:
            return _compare(a, b)
        case [suite]:
            return _run(suite, out, common)
    raise InputError(_USAGE)


def _run(name: str, out: Path | None, common: Common) -> Outcome:
    suite = Path(name)
    if not suite.is_file():
        raise InputError(f"{name}: no such suite; {_USAGE}")
    from leanrag.cli.progress import progress_bar
    from leanrag.evaluation.report import write_report_from
    from leanrag.evaluation.runner import run_suite

    with progress_bar(quiet=common.quiet) as progress:
        results = run_suite(suite, out=out, progress=progress)
    if out is not None:
        write_report_from(out)
    return Outcome(
        results.model_dump(mode="json", exclude={"per_case"}),
        partial(_show, results=results, out=out),
        PARTLY_FAILED if results.run.problems else DONE,
    )


def _compare(a: str, b: str) -> Outcome:
    from leanrag.evaluation.compare import compare

    for name in (a, b):
        if not Path(name).exists():
            raise InputError(f"{name}: no such run; give its results.json or its folder")
    comparison = compare(a, b)
    return Outcome(
        comparison.model_dump(mode="json"), partial(_show_comparison, comparison=comparison)
    )


def _show_comparison(console: Console, comparison: "RunComparison") -> None:
    from rich.markdown import Markdown

    from leanrag.evaluation.compare import comparison_table

    table = visible(comparison_table(comparison))
    if console.is_terminal:
        console.print(Markdown(table))
    else:
        console.print(table, soft_wrap=True, end="")


def _show(console: Console, results: "Results", out: Path | None) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("pipeline", overflow="fold")
    for column in ("budget", "cases", "answers kept", "95 % interval", "tokens", "p50 s"):
        table.add_column(column, justify="right", no_wrap=True)
    for cell in results.cells:
        kept = cell.survival
        table.add_row(
            one_line(cell.pipeline),
            "own" if cell.budget is None else f"{cell.budget:,}",
            f"{cell.n:,}",
            "-" if kept is None else f"{kept.value:.1%}",
            "-" if kept is None else f"{kept.low:.1%} to {kept.high:.1%}",
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
