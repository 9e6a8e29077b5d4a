"""``leanrag delete`` and ``leanrag info``: what is in a store, and taking it out."""

from functools import partial
from typing import Annotated

import typer
from rich.console import Console

from leanrag.cli.execute import Outcome, warn
from leanrag.cli.inputs import require_store
from leanrag.cli.options import Common
from leanrag.cli.output import info_json
from leanrag.cli.render import show_info
from leanrag.errors import InputError


def delete(
    common: Common,
    source: Annotated[
        list[str] | None,
        typer.Option(
            "--source",
            metavar="S",
            help="A document by its source, as sources are named in results.",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="EXPR", help="All documents that match; repeat for and."),
    ] = None,
) -> Outcome:
    """Take documents out of a store, whole.

    Name them by --source, or by --where; one of the two is needed.

    Examples:
      leanrag delete --source docs/old.html
      leanrag delete --where "year<2020" --where team=db
    """
    if not source and not where:
        raise InputError("nothing to delete is named; give --source S or --where EXPR")
    if source and where:
        raise InputError("give either --source or --where, not both")
    settings = common.settings()
    require_store(settings.store)
    from leanrag.api import LeanRAG

    with LeanRAG(settings) as rag:
        deleted = rag.delete(sources=source or (), where=where)
    if not deleted:
        warn("no document matched; nothing was deleted", quiet=common.quiet)
    return Outcome({"deleted": deleted}, partial(_show_deleted, deleted=deleted))


def info(
    common: Common,
    facets: Annotated[
        bool, typer.Option("--facets", help="Also the commonest values of each field.")
    ] = False,
) -> Outcome:
    """Show what a collection holds: documents, chunks, duplicates, fields to filter by, size.

    --facets adds which values the fields have, the commonest first.

    Examples:
      leanrag info
      leanrag info --facets --json
    """
    settings = common.settings()
    require_store(settings.store)
    from leanrag.api import LeanRAG

    with LeanRAG(settings) as rag:
        figures = rag.info()
        counted = rag.facets() if facets else None
        duplicates = rag.duplicates()
    return Outcome(
        info_json(figures, counted, duplicates),
        partial(show_info, info=figures, facets=counted, duplicates=duplicates),
    )


def _show_deleted(console: Console, deleted: int) -> None:
    console.print(f"documents deleted: {deleted:,}")
