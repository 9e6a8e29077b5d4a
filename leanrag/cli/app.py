"""Puts the commands together and turns usage errors into exit codes."""

from collections.abc import Sequence
from typing import Annotated

import typer

from leanrag import __version__
from leanrag.cli import (
    ask,
    chat,
    compress,
    doctor,
    evaluate,
    history,
    ingest,
    ledger,
    migrate,
    query,
    settings,
    store,
)
from leanrag.cli.execute import INTERRUPTED, fail
from leanrag.cli.options import command
from leanrag.errors import InputError

app = typer.Typer(
    name="leanrag",
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """Send the model only what the answer needs.

    Documents go in once. Each question then gets messages under a hard token
    budget, with their sources and an account of what every stage did:

      leanrag ingest docs/
      leanrag query "How do I cancel a query?" --budget 600

    Options stand behind the command; leanrag COMMAND --help has examples.
    Exit codes: 0 done, 1 some documents or cases failed, 2 wrong usage,
    3 the work could not be done.
    """


command(app, "ingest")(ingest.ingest)
command(app, "query")(query.query)
command(app, "ask")(ask.ask)
command(app, "chat")(chat.chat)
command(app, "search")(query.search)
command(app, "compress")(compress.compress)
command(app, "delete")(store.delete)
command(app, "info")(store.info)
command(app, "migrate")(migrate.migrate)
conversations = typer.Typer(help="Show, list and delete the conversations that are kept.")
command(conversations, "show")(history.show)
command(conversations, "list")(history.list_)
command(conversations, "delete")(history.delete)
app.add_typer(conversations, name="history", no_args_is_help=True)
command(app, "ledger")(ledger.ledger)
command(app, "settings")(settings.settings)
command(app, "doctor")(doctor.doctor)
command(app, "eval")(evaluate.evaluate)


def run(arguments: Sequence[str]) -> int:
    """Runs the command line and returns the exit code."""
    options = list(arguments)
    if "--" in options:
        options = options[: options.index("--")]
    if options[:1] == ["--version"]:
        typer.echo(f"leanrag {__version__}")
        return 0
    try:
        code = app(args=list(arguments) or ["--help"], prog_name="leanrag", standalone_mode=False)
    except typer.TyperException as error:
        # A usage error is raised before the options are known, so --json is looked for by hand.
        name = next((option for option in options if not option.startswith("-")), "")
        known = {command.name for command in app.registered_commands}
        known |= {group.name for group in app.registered_groups}
        place = f"leanrag {name}" if name in known else "leanrag"
        wrong = InputError(f"{error.format_message()} (see {place} --help)")
        return fail(wrong, as_json="--json" in options)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return code if isinstance(code, int) else 0
