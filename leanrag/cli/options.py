"""Options that every command takes, and how a function becomes a command."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from leanrag.cli.execute import Outcome, execute

if TYPE_CHECKING:
    from leanrag.settings import Settings

_PANEL = "Options of every command"

Mode = Annotated[
    Literal["auto", "prune", "squeeze", "both", "none"] | None,
    typer.Option(
        "--mode",
        help="prune selects sentences; auto also cuts them where that brings in clearly "
        "more; both always drops words; squeeze drops words without selecting; none cuts "
        "nothing. Default: the settings'",
    ),
]
HistoryFile = Annotated[
    Path | None,
    typer.Option(
        "--history", metavar="FILE.json", help="Earlier messages, as a JSON list of them."
    ),
]
Rate = Annotated[
    float | None,
    typer.Option(
        "--rate",
        metavar="SHARE",
        min=0.05,
        max=1.0,
        help="Share of the tokens that dropping words leaves.",
    ),
]


@dataclass(frozen=True, slots=True)
class Common:
    """The options of every command as given; None where they were not."""

    config: Path | None = None
    store: str | None = None
    collection: str | None = None
    json: bool = False
    quiet: bool = False

    def settings(self) -> "Settings":
        """The settings: options over the configuration file, that over the environment.

        Raises:
            ConfigError: a setting or the file is wrong.
        """
        from leanrag.settings import Settings

        given = {"store": self.store, "collection": self.collection}
        overrides = {name: value for name, value in given.items() if value is not None}
        if self.config is None:
            return Settings.create(**overrides)
        return Settings.load(self.config, **overrides)


def with_compression(settings: "Settings", mode: str | None, rate: float | None) -> "Settings":
    """The settings with the options ``--mode`` and ``--rate`` where they were given."""
    given = {"mode": mode, "rate": rate}
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        return settings
    compression = settings.compression.model_copy(update=changes)
    return settings.model_copy(update={"compression": compression})


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _option(flag: str, text: str, metavar: str | None = None) -> Any:
    return typer.Option(flag, help=text, metavar=metavar, rich_help_panel=_PANEL)


_COMMON = (
    _parameter(
        "config", Annotated[Path | None, _option("--config", "Settings in YAML.", "FILE")], None
    ),
    _parameter(
        "store",
        Annotated[
            str | None,
            _option(
                "--store",
                "Folder of the store, or URL of a Qdrant server. Default: ./.leanrag",
                "DIR_OR_URL",
            ),
        ],
        None,
    ),
    _parameter(
        "collection",
        Annotated[
            str | None,
            _option("--collection", "Collection in the store. Default: default", "NAME"),
        ],
        None,
    ),
    _parameter(
        "json", Annotated[bool, _option("--json", "Print one JSON object and nothing else.")], False
    ),
    _parameter(
        "quiet",
        Annotated[bool, _option("--quiet", "No progress and no warnings on stderr.")],
        False,
    ),
)


def command(app: typer.Typer, name: str) -> Callable[[Callable[..., Outcome]], Callable[..., int]]:
    """Makes a function a command that also takes the options of every command.

    The function's first parameter is ``common``; it returns an ``Outcome``, which is printed.
    """

    def register(function: Callable[..., Outcome]) -> Callable[..., int]:
        @wraps(function)
        def run(**values: Any) -> int:
            common = Common(**{option.name: values.pop(option.name) for option in _COMMON})
            return execute(
                lambda: function(common, **values), as_json=common.json, quiet=common.quiet
            )

        signature = inspect.signature(function)
        own = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for parameter in signature.parameters.values()
            if parameter.name != "common"
        ]
        run.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*own, *_COMMON], return_annotation=int
        )
        return app.command(name)(run)

    return register
