"""``leanrag eval``: runs an evaluation suite, compares two runs, or tunes settings on a suite."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from leanrag.cli.console import one_line, visible
from leanrag.cli.execute import DONE, PARTLY_FAILED, Outcome, warn
from leanrag.cli.options import Common
from leanrag.errors import InputError

if TYPE_CHECKING:
    from leanrag.evaluation.compare import RunComparison
    from leanrag.evaluation.extension import Kind, KindRun
    from leanrag.evaluation.results import Results
    from leanrag.evaluation.tuning import TuningResults

_USAGE = (
    "use: leanrag eval SUITE.yaml [--out DIR], leanrag eval compare A B, "
    "or leanrag eval tune SUITE.yaml [--out DIR]"
)


def evaluate(
    common: Common,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="SUITE.yaml",
            help="The suite to run; or: compare A B; or: tune SUITE.yaml.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder for results.json, report.md and report.html."
        ),
    ] = None,
    keep: Annotated[
        float | None,
        typer.Option("--keep", metavar="SHARE", help="tune: the quality to keep, by default 0.98."),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option("--trials", metavar="N", help="tune: at most so many trials, by default 80."),
    ] = None,
    cases: Annotated[
        int | None,
        typer.Option("--cases", metavar="N", help="tune: at most so many cases in each part."),
    ] = None,
) -> Outcome:
    """Measure token cost against answer quality over a suite of questions.

    A suite names its cases, budgets and pipelines. With --out the figures are
    written as results.json, report.md and report.html, and a run that was
    stopped goes on where it was. Tuning searches settings on one part of the
    cases, measures them on the other, and writes tuned.yaml and tuning.json.

    Examples:
      leanrag eval eval/suites/docs.yaml --out runs/today
      leanrag eval compare runs/yesterday runs/today
      leanrag eval tune eval/suites/docs_dev.yaml --keep 0.98 --out runs/tuning
    """
    asked = {"keep": keep, "trials": trials, "cases": cases}
    options = {name: value for name, value in asked.items() if value is not None}
    if options and words[0] != "tune":
        raise InputError(f"--{next(iter(options))} is for tuning; {_USAGE}")
    match words:
        case ["compare", a, b]:
            return _compare(a, b)
        case ["tune", suite]:
            return _tune(suite, out, options, common)
        case [suite] if suite not in ("compare", "tune"):
            return _run(suite, out, common)
    raise InputError(_USAGE)


def _run(name: str, out: Path | None, common: Common) -> Outcome:
    suite = Path(name)
    if not suite.is_file():
        raise InputError(f"{name}: no such suite; {_USAGE}")
    from leanrag.cli.progress import progress_bar
    from leanrag.evaluation.extension import kind_of
    from leanrag.evaluation.report import write_report_from
    from leanrag.evaluation.runner import run_suite

    kind = kind_of(suite)
    if kind is not None:
        return _run_kind(kind, suite, out, common)
    with progress_bar(quiet=common.quiet) as progress:
        results = run_suite(suite, out=out, progress=progress)
    if out is not None:
        write_report_from(out)
    return Outcome(
        results.model_dump(mode="json", exclude={"per_case"}),
        partial(_show, results=results, out=out),
        PARTLY_FAILED if results.run.problems else DONE,
    )


def _run_kind(kind: "Kind", suite: Path, out: Path | None, common: Common) -> Outcome:
    from leanrag.cli.progress import progress_bar

    with progress_bar(quiet=common.quiet) as progress:
        ran = kind(suite, out=out, progress=progress)
    return Outcome(ran.values, partial(_show_kind, ran=ran, out=out), DONE)


def _show_kind(console: Console, ran: "KindRun", out: Path | None) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for number, column in enumerate(ran.head):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    for row in ran.rows:
        table.add_row(*row)
    console.print(table)
    if out is not None:
        console.print(f"written to {out}", soft_wrap=True)


def _tune(name: str, out: Path | None, options: Mapping[str, Any], common: Common) -> Outcome:
    suite = Path(name)
    if not suite.is_file():
        raise InputError(f"{name}: no such suite; {_USAGE}")
    from leanrag.cli.progress import progress_bar
    from leanrag.evaluation.tune import TuneOptions, tune_suite

    with progress_bar(quiet=common.quiet) as progress:
        results = tune_suite(suite, out=out, options=TuneOptions(**options), progress=progress)
    if results.warning:
        warn(results.warning, quiet=common.quiet)
    return Outcome(
        results.model_dump(mode="json", exclude={"trials"}),
        partial(_show_tuning, results=results, out=out),
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
        console.print(Markdown(table, hyperlinks=False))
    else:
        console.print(table, soft_wrap=True, end="")


def _show_tuning(console: Console, results: "TuningResults", out: Path | None) -> None:
    from rich.table import Table

    from leanrag.evaluation.tuning import configuration_text

    rows = [("tuned", "tuning", results.chosen, results.tuning)]
    if results.start != results.chosen:
        rows.append(("own", "held out", results.start, results.start_held_out))
    rows.append(("tuned", "held out", results.chosen, results.held_out))
    table = Table(box=None, pad_edge=False)
    for column in ("settings", "part"):
        table.add_column(column, no_wrap=True)
    for column in ("cases", "budget", "kept", "95 % interval", "tokens", "95 %"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, part, choice, figures in rows:
        share, tokens = figures.share, figures.tokens
        table.add_row(
            name,
            part,
            f"{share.n:,}",
            f"{choice.budget:,}",
            f"{share.value:.1%}",
            f"{share.low:.1%} to {share.high:.1%}",
            f"{tokens.value:,.0f}",
            f"{tokens.low:,.0f}-{tokens.high:,.0f}",
        )
    console.print(table)
    ended = "; the search ended at that number" if results.exhausted else ""
    console.print(f"{len(results.trials):,} trials{ended}. Only the held-out part counts.")
    console.print(visible(configuration_text(results)), soft_wrap=True, end="")
    if out is not None:
        console.print(f"written to {out}", soft_wrap=True)


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
