"""``leanrag ingest``: documents into a store."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from leanrag.cli.execute import DONE, PARTLY_FAILED, Outcome, warn
from leanrag.cli.options import Common
from leanrag.cli.output import ingest_json
from leanrag.cli.render import show_ingest
from leanrag.types import Metadata


def ingest(
    common: Common,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH", help="Files and folders; folders are read whole."),
    ],
    metadata: Annotated[
        list[str] | None,
        typer.Option(
            "--metadata",
            metavar="KEY=VALUE",
            help="A field of all these documents, to filter by. Repeat for more.",
        ),
    ] = None,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Delete documents whose file under PATH is gone."),
    ] = False,
    path_template: Annotated[
        list[str] | None,
        typer.Option(
            "--path-template",
            metavar="TEMPLATE",
            help="Fields from paths, such as '{company}_{year}_{form}.pdf'. Repeat for more.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", min=1, help="Processes that parse files."),
    ] = None,
) -> Outcome:
    """Put documents into a store; what did not change is left alone.

    The store is made if it is not there. A document that cannot be read is
    listed, the others go in, and the exit code is 1.

    Formats are told by the content: HTML, Markdown, text, PDF, Word, PowerPoint,
    Excel, CSV, EPUB, mails, JSON, XML, source code. A file report.pdf.meta.yaml
    (or .json) beside report.pdf holds metadata of it. Where sources of metadata
    differ, the later of these holds: what a document states of itself,
    --metadata, --path-template, front matter, the file beside it.

    Examples:
      leanrag ingest docs/
      leanrag ingest manual/ notes.md --metadata team=db --metadata year=2024
      leanrag ingest docs/ --prune --json
      leanrag ingest filings/ --path-template '{company}_{year}_{form}.pdf'
    """
    settings = common.settings()
    if path_template:
        intake = settings.ingest.model_copy(update={"path_templates": tuple(path_template)})
        settings = settings.model_copy(update={"ingest": intake})
    fields = _metadata(metadata)
    from leanrag.api import LeanRAG
    from leanrag.cli.progress import progress_bar

    with LeanRAG(settings) as rag, progress_bar(quiet=common.quiet) as progress:
        report = rag.ingest(paths, metadata=fields, prune=prune, workers=workers, progress=progress)
    for text in report.warnings:
        warn(text, quiet=common.quiet)
    seen = report.added + report.updated + report.unchanged + report.deleted + report.failed
    if not seen and not report.warnings:
        warn(f"no documents under {', '.join(map(str, paths))}", quiet=common.quiet)
    return Outcome(
        ingest_json(report),
        partial(show_ingest, report=report),
        PARTLY_FAILED if report.failed else DONE,
    )


def _metadata(pairs: list[str] | None) -> Metadata | None:
    if not pairs:
        return None
    from leanrag.retrieve.filters import parse_metadata

    return parse_metadata(pairs)
