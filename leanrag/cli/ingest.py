"""``leanrag ingest``: documents into a store."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from leanrag.cli.execute import DONE, PARTLY_FAILED, Outcome, warn
from leanrag.cli.options import Common
from leanrag.cli.output import ingest_json
from leanrag.cli.render import show_ingest
from leanrag.errors import InputError
from leanrag.types import Metadata


def ingest(
    common: Common,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files and folders; folders are read whole."),
    ] = None,
    roots: Annotated[
        list[str] | None,
        typer.Option(
            "--root",
            metavar="NAME=PATH",
            help="A folder that is known by a name: in another checkout or container it is the "
            "same. Repeat for more.",
        ),
    ] = None,
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
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Prune even where PATH is gone or empty, or most of its documents would go.",
        ),
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
    listed, the others go in, and the exit code is 1. A file is known by where it
    lies, however PATH is typed; below a named root, by its path there.

    --prune deletes nothing but documents below PATH. It is refused, with nothing
    changed and exit code 3, where PATH is gone or holds no documents, or where
    more than half of what lies below it, and at least ten documents, would go.

    Formats are told by the content: HTML, Markdown, text, PDF, Word, PowerPoint,
    Excel, CSV, EPUB, mails, JSON, XML, source code. A file report.pdf.meta.yaml
    (or .json) beside report.pdf holds metadata of it. Where sources of metadata
    differ, the later of these holds: what a document states of itself,
    --metadata, --path-template, front matter, the file beside it.

    Examples:
      leanrag ingest docs/
      leanrag ingest manual/ notes.md --metadata team=db --metadata year=2024
      leanrag ingest docs/ --prune --json
      leanrag ingest --root handbook=/srv/build-42/docs --prune
      leanrag ingest filings/ --path-template '{company}_{year}_{form}.pdf'
    """
    settings = common.settings()
    if path_template:
        intake = settings.ingest.model_copy(update={"path_templates": tuple(path_template)})
        settings = settings.model_copy(update={"ingest": intake})
    fields = _metadata(metadata)
    given = [*_named(roots), *(paths or ())]
    if not given:
        raise InputError(
            "name a PATH, or a folder with --root NAME=PATH (see leanrag ingest --help)"
        )
    from leanrag.api import LeanRAG
    from leanrag.cli.progress import progress_bar

    with LeanRAG(settings) as rag, progress_bar(quiet=common.quiet) as progress:
        report = rag.ingest(
            given, metadata=fields, prune=prune, force=force, workers=workers, progress=progress
        )
    for text in report.warnings:
        warn(text, quiet=common.quiet)
    seen = report.added + report.updated + report.unchanged + report.deleted + report.failed
    if not seen and not report.warnings:
        warn(f"no documents under {', '.join(map(_shown, given))}", quiet=common.quiet)
    return Outcome(
        ingest_json(report),
        partial(show_ingest, report=report),
        PARTLY_FAILED if report.failed else DONE,
    )


def _named(pairs: list[str] | None) -> list[dict[str, str]]:
    """The named roots, as ``LeanRAG.ingest`` takes them."""
    named = []
    for pair in pairs or ():
        name, equals, path = pair.partition("=")
        if not equals:
            raise InputError(f"--root: expected NAME=PATH, got {pair!r}")
        named.append({"root": name, "path": path})
    return named


def _shown(given: Path | dict[str, str]) -> str:
    return given["path"] if isinstance(given, dict) else str(given)


def _metadata(pairs: list[str] | None) -> Metadata | None:
    if not pairs:
        return None
    from leanrag.retrieve.filters import parse_metadata

    return parse_metadata(pairs)
