"""The main job on documents that every machine has: ingest them, ask, look at lean prompts.

Run it with ``make demo``, or ``python examples/demo.py [FOLDER]``. What it makes stays in the
folder (by default ``build/demo``), so that it can be looked at and asked further; run again, it
goes on from there.
"""

import os
import shlex
import sys
from importlib import metadata
from pathlib import Path
from pydoc_data import topics

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from leanrag import LeanRAG
from leanrag.evaluation import run_suite
from leanrag.evaluation.report import write_report_from
from leanrag.types import Prompt

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / "build" / "demo"
SUITE = ROOT / "eval" / "suites" / "small.yaml"
BUDGET = 600
COLLECTION = "demo"
QUESTIONS = (
    "In which order are the keys and the values of a dict display evaluated?",
    "How much faster is tiktoken than a comparable open source tokeniser?",
    "What happens when the context manager's exit method returns a true value?",
)


def build_folder(folder: Path) -> int:
    """Writes the Python language reference and the installed packages' READMEs as files."""
    reference = folder / "python-reference"
    packages = folder / "packages"
    for place in (reference, packages):
        place.mkdir(parents=True, exist_ok=True)
    for name, text in topics.topics.items():
        write(reference / f"{name}.rst", text)
    for distribution in metadata.distributions():
        about = distribution.metadata
        description = about.get_payload() or about.get("Description") or ""
        kind = about.get("Description-Content-Type", "text/markdown")
        if about["Name"] == "leanrag":
            continue  # its README asks the demo's first question
        if isinstance(description, str) and len(description) > 500 and "markdown" in kind:
            write(packages / f"{about['Name']}.md", f"# {about['Name']}\n\n{description}")
    return sum(1 for _ in folder.rglob("*.*"))


def write(file: Path, text: str) -> None:
    """Writes a file, unless it has this text already: then it stays as old as it is."""
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def ingest(rag: LeanRAG, folder: Path, console: Console) -> None:
    """Ingests the folder twice: the second time nothing is left to do."""
    columns = (
        TextColumn("ingest"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[source]}"),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("ingest", total=None, source="")
        report = rag.ingest(
            [folder],
            progress=lambda done, total, source: bar.update(
                task, completed=done, total=total, source=Path(source).name
            ),
        )
    console.print(
        f"{report.added + report.updated} documents taken in, {report.unchanged} were there: "
        f"{report.chunks:,} chunks, {report.tokens:,} tokens in {report.seconds:.1f} s; "
        f"{report.failed} failed"
    )
    again = rag.ingest([folder])
    console.print(f"again: {again.unchanged} unchanged in {again.seconds:.1f} s\n")


def show(prompt: Prompt, console: Console) -> None:
    """Prints a prompt as it would be sent, its sources and its tokens by stage."""
    for message in prompt.messages:
        body = Text(str(message["content"]))
        console.print(Panel(body, title=message["role"], title_align="left"))
    sources = Table(title="sources", title_justify="left")
    for column in ("mark", "document", "section", "score"):
        sources.add_column(column)
    for number, source in enumerate(prompt.sources, start=1):
        section = " > ".join(source.headings[-2:])
        sources.add_row(str(number), Path(source.source).name, section, f"{source.score:.2f}")
    console.print(sources)
    stages = {entry.stage: entry for entry in prompt.trace}
    table = Table(title="tokens by stage", title_justify="left")
    for column in ("retrieved", "reranked", "pruned", "sent", "prompt", "budget"):
        table.add_column(column, justify="right")
    table.add_row(
        f"{stages['retrieve'].tokens_out:,}",
        f"{stages['rerank'].tokens_out:,}",
        f"{stages['prune'].tokens_out:,}",
        f"{stages['pack'].tokens_out:,}",
        f"{prompt.tokens.prompt:,}",
        f"{prompt.tokens.budget:,}",
    )
    console.print(table)
    console.print()


def evaluate(out: Path, console: Console) -> None:
    """Runs the small suite: leanrag, what people use, and controls, on the same questions."""
    with Progress(*Progress.get_default_columns(), console=console) as bar:
        task = bar.add_task("evaluate", total=None)
        results = run_suite(
            SUITE, out=out, progress=lambda done, total, _: bar.update(task, completed=done)
        )
    write_report_from(out)
    table = Table(title=f"{results.run.cases} questions: answers kept", title_justify="left")
    table.add_column("pipeline")
    for column in ("budget", "answers kept", "95 % interval", "tokens"):
        table.add_column(column, justify="right")
    titles = {info.name: info.title for info in results.pipelines}
    for cell in results.cells:
        kept = cell.survival
        if kept is not None:
            budget = "own" if cell.budget is None else f"{cell.budget:,}"
            interval = f"{kept.low:.0%} to {kept.high:.0%}"
            tokens = f"{cell.tokens.value:,.0f}"
            table.add_row(titles[cell.pipeline], budget, f"{kept.value:.0%}", interval, tokens)
    console.print(table)


def shown(path: Path) -> str:
    """The path as it can be pasted into a shell that stands here."""
    near = os.path.relpath(path)
    return shlex.quote(str(path) if near.startswith("..") else near)


def say_what_is_left(home: Path, console: Console) -> None:
    """Says what lies where and which commands go on with it; opens nothing."""

    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False, soft_wrap=True)

    command = shown(Path(sys.executable).with_name("leanrag"))
    store = f"--store {shown(home / 'store')} --collection {COLLECTION}"
    console.rule("what lies where", align="left")
    for path, what in (
        (home / "evaluation" / "report.html", "the measurement, a page for a browser"),
        (home / "evaluation" / "report.md", "the same as text"),
        (home / "store", f"the store, with the collection {COLLECTION}"),
        (home / "documents", "the documents that are in it"),
    ):
        say(f"{shown(path)}: {what}")
    console.print()
    console.rule("to try next", align="left")
    for words in (
        f"query {shlex.quote('When is the else clause of a loop executed?')} --budget 400 {store}",
        f"search 'async comprehension' --top-k 3 {store}",
        f"info --facets {store}",
        "settings compression",
    ):
        say(f"{command} {words}")


def main() -> None:
    """Builds the folder, ingests it, asks three questions, and measures what is kept."""
    console = Console(width=100)
    home = Path(sys.argv[1]) if len(sys.argv) > 1 else HOME
    documents = home / "documents"
    console.print(f"{build_folder(documents)} documents of this Python installation")
    with LeanRAG(home / "store", collection=COLLECTION) as rag:
        ingest(rag, documents, console)
        for question in QUESTIONS:
            console.rule(question, align="left")
            show(rag.prompt(question, budget=BUDGET), console)
    console.rule("leanrag eval eval/suites/small.yaml", align="left")
    evaluate(home / "evaluation", console)
    say_what_is_left(home, console)


if __name__ == "__main__":
    main()
