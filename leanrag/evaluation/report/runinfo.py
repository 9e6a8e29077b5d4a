"""What a reader needs to repeat a run, as facts and tables."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from leanrag.evaluation.report.numerals import count, duration
from leanrag.evaluation.report.table import Column, Table, count_value, text_value
from leanrag.evaluation.results import Results, RunInfo


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what holds for it."""

    name: str
    text: str


def command(run: RunInfo) -> str:
    """The command that repeats the run."""
    return f"leanrag eval {shlex.quote(run.suite)} --out {shlex.quote(f'runs/{run.name}')}"


def facts(run: RunInfo) -> tuple[Fact, ...]:
    """Versions, hashes and settings in the order in which one would check them."""
    return tuple(Fact(name, text) for name, text in _facts(run) if text)


def _facts(run: RunInfo) -> Iterator[tuple[str, str]]:
    yield "Started", run.started_at
    yield "Took", f"{duration(run.seconds)}, {run.workers} process{'es' if run.workers > 1 else ''}"
    yield "Cases", f"{count(run.cases)} from {count(run.documents)} documents, split {run.split}"
    yield "Seed", str(run.seed)
    yield "Suite", f"{run.suite}, sha256 {run.suite_sha256[:16]}"
    yield "leanrag", f"{run.leanrag}, source sha256 {run.code_sha256[:16]}"
    yield "Python", run.python
    yield "Machine", run.machine
    yield "Tokens", f"{run.counter}; a budget bounds the {run.budget_counts}"
    for role, model in run.models.items():
        yield f"Model, {role}", model
    yield "Priced model", run.priced_model or ""
    yield "Prices", run.prices or ""


def settings_text(run: RunInfo) -> str:
    """The suite as run, as JSON."""
    return json.dumps(run.settings, ensure_ascii=False, indent=2)


def pipeline_table(results: Results) -> Table:
    """What each pipeline is, with its options."""
    columns = tuple(
        Column(name, numeric=False) for name in ("Pipeline", "Kind", "What it does", "Options")
    )
    rows = tuple(
        (
            text_value(info.title),
            text_value(info.role),
            text_value(info.description),
            text_value(", ".join(f"{name}={value}" for name, value in info.options.items())),
        )
        for info in results.pipelines
    )
    return Table("pipelines", "The pipelines of the run", columns, rows)


def problem_table(run: RunInfo) -> Table | None:
    """Rows that could not be used and cases that failed."""
    if not run.problems:
        return None
    columns = (Column("Where", numeric=False), Column("Line"), Column("What", numeric=False))
    rows = tuple(
        (text_value(item.source), count_value(item.line), text_value(item.error))
        for item in run.problems
    )
    return Table("problems", "What could not be used", columns, rows)


def package_table(run: RunInfo) -> Table:
    """Versions of the packages that can change a figure."""
    columns = (Column("Package", numeric=False), Column("Version", numeric=False))
    rows = tuple(
        (text_value(name), text_value(version)) for name, version in sorted(run.packages.items())
    )
    return Table("packages", "Package versions", columns, rows)


def file_table(run: RunInfo) -> Table:
    """The files that the run read."""
    columns = (Column("File", numeric=False), Column("sha256", numeric=False))
    rows = tuple((text_value(item.path), text_value(item.sha256)) for item in run.data)
    return Table("files", "Data files", columns, rows)
