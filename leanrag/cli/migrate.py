"""``leanrag migrate``: a collection into another store."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from leanrag.cli.execute import Outcome
from leanrag.cli.inputs import require_store
from leanrag.cli.options import Common

if TYPE_CHECKING:
    from leanrag.api.migrate import Migration


def migrate(
    common: Common,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="DIR_OR_URL", help="Folder or URL of the other store; made if needed."
        ),
    ],
    to_collection: Annotated[
        str | None,
        typer.Option(
            "--to-collection", metavar="NAME", help="Collection there. Default: the same name."
        ),
    ] = None,
) -> Outcome:
    """Copy a collection into another store, between a folder and a server either way.

    --store is the origin, which stays as it is. Nothing is embedded anew. Started
    again after an end of any kind it goes on where it stopped. In the end both
    sides are read and compared: counts, a hash of the contents, the vectors.

    Examples:
      leanrag migrate --to http://localhost:6333
      leanrag migrate --store http://localhost:6333 --to ./copy --json
    """
    settings = common.settings()
    require_store(settings.store)
    from leanrag.api.migrate import migrate as run
    from leanrag.cli.progress import progress_bar

    with progress_bar(quiet=common.quiet) as progress:
        done = run(settings, to, collection=to_collection, progress=progress)
    payload = {
        "from": done.origin,
        "to": done.target,
        "collection": done.collection,
        "documents": {
            "copied": done.copied,
            "present": done.present,
            "total": done.documents,
        },
        "chunks": done.chunks,
        "hash": done.hash,
        "verified": True,
        "seconds": done.seconds,
    }
    return Outcome(payload, partial(_show, done=done))


def _show(console: Console, done: "Migration") -> None:
    console.print(
        f"documents: {done.copied:,} copied, {done.present:,} were there; "
        f"chunks: {done.chunks:,}; {done.seconds:.1f} s"
    )
    console.print(f"both sides hold the same: {done.hash}")
