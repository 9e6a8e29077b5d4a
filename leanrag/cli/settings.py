"""``leanrag settings``: what every setting is called, takes, means and is by default."""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.rule import Rule

from leanrag.cli.execute import Outcome
from leanrag.cli.options import Common
from leanrag.errors import InputError

if TYPE_CHECKING:
    from leanrag.settings import DescribedSection, DescribedSetting

_INDENT = "    "


def settings(
    common: Common,
    section: Annotated[
        str | None,
        typer.Argument(
            metavar="SECTION", help="A section, such as retrieval, or one setting by its name."
        ),
    ] = None,
) -> Outcome:
    """List the settings: name, type, default, meaning, environment variable.

    Settings come from a YAML file (--config), from the environment, or from
    arguments. A section of the file is a part of the variable's name.

    Examples:
      leanrag settings
      leanrag settings retrieval
      leanrag settings compression.keep --json
    """
    from leanrag.settings import describe_settings

    found = _chosen(describe_settings(), section)
    payload = {"settings": [_json(part.name, one) for part in found for one in part.settings]}
    return Outcome(payload, partial(_show, found=found))


def _chosen(
    sections: Sequence["DescribedSection"], wanted: str | None
) -> Sequence["DescribedSection"]:
    if wanted is None:
        return sections
    for part in sections:
        if part.name == wanted:
            return [part]
        one = tuple(setting for setting in part.settings if setting.name == wanted)
        if one:
            return [replace(part, settings=one)]
    names = ", ".join(part.name for part in sections if part.name)
    raise InputError(
        f"settings: there is no section and no setting {wanted!r}; the sections are {names}"
    )


def _json(section: str, setting: "DescribedSetting") -> dict[str, Any]:
    values = asdict(setting)
    values["environment"] = values.pop("variable")
    return {"name": values.pop("name"), "section": section or None, **values}


def _show(console: Console, found: Sequence["DescribedSection"]) -> None:
    for part in found:
        console.print(Rule(part.name or "settings of no section", align="left"))
        console.print(part.meaning.replace("``", "'"))
        for setting in part.settings:
            _show_setting(console, setting)


def _show_setting(console: Console, setting: "DescribedSetting") -> None:
    console.print(f"\n{setting.name}")
    default = "required" if setting.required else f"default {plain(setting.default)}"
    lines = [f"{setting.type}; {default}", setting.meaning]
    if setting.only_with:
        lines.append(f"only with {setting.only_with}")
    if setting.variable:
        lines.append(setting.variable)
    for line in lines:
        wrapped = textwrap.wrap(line, console.width - len(_INDENT), break_on_hyphens=False)
        console.print(textwrap.indent("\n".join(wrapped), _INDENT), soft_wrap=True)


def plain(default: Any) -> str:
    """A default as it stands in a configuration file."""
    return default if isinstance(default, str) and default else json.dumps(default)
