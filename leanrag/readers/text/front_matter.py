"""The front matter of a page: YAML between ``---``, TOML between ``+++``, or a JSON object on top.

Whatever is wrong with it, the page stays: a field that cannot be read is left out, and what does
not look like front matter is text.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from leanrag.declared import Unusable, flatten
from leanrag.text import yaml_values
from leanrag.types import Metadata

_OPENING = re.compile(r"\s*+(?:---[ \t]*(?P<kind>yaml|toml|json)?|(?P<toml>\+\+\+))[ \t]*\n")
_YAML_END = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_TOML_END = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)
_MAX = 1 << 18
_YAML_FIELD = re.compile(
    r"""(?P<name>"[^"\n]*"|'[^'\n]*'|[^\s#\-\[\]{}"'|>%@`:][^\n:]*):(?:\s|$)"""
)
_TOML_FIELD = re.compile(r"""(?P<name>[\w.-]+|"[^"\n]*"|'[^'\n]*')[ \t]*=""")
_TOML_TABLE = re.compile(r"\[\[?[^\[\]\n]+\]\]?[ \t]*(?:#.*)?$")
_PLAIN_NAME = re.compile(r"[\w.-]+")
_LOADERS: Mapping[str, Callable[[str], Any]] = {
    "yaml": yaml_values.load,
    "toml": tomllib.loads,
    "json": json.loads,
}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands on top of a page, and the page without it."""

    title: str
    fields: Metadata
    body: str
    warnings: tuple[str, ...] = ()


def split(text: str, *, lenient: bool = True) -> FrontMatter | None:
    """The front matter of a page, None where it has none.

    ``lenient`` takes what is not quite valid, too, and JSON: in a file of which the name says
    that it is a page.
    """
    found = _found(text[:_MAX], lenient)
    if found is None:
        return None
    values, end = found
    if not lenient and not all(_PLAIN_NAME.fullmatch(str(name)) for name in values):
        return None
    title = values.get("title")
    if isinstance(title, str | int | float | date) and not isinstance(title, bool):
        values = {name: value for name, value in values.items() if name != "title"}
    else:
        title = ""
    declared = flatten(values)
    told = (f"front matter: {problem}" for problem in declared.problems)
    return FrontMatter(str(title).strip(), declared.fields, text[end:], tuple(told))


def _found(text: str, lenient: bool) -> tuple[Mapping[str, Any], int] | None:
    """The fields as they are read, and where the page begins."""
    opening = _OPENING.match(text)
    if opening is None:
        return _json(text) if lenient else None
    ending = (_TOML_END if opening["toml"] else _YAML_END).search(text, opening.end())
    if ending is None:
        return None
    block, end = text[opening.end() : ending.start()], min(ending.end() + 1, len(text))
    kind = "toml" if opening["toml"] else opening["kind"] or "yaml"
    if not block.strip():
        return {}, end
    load = _LOADERS[kind]
    try:
        values = load(block)
    except (ValueError, RecursionError):
        if not lenient or kind == "json":
            return None
        values = _piecewise(block, _yaml_parts if kind == "yaml" else _toml_parts, load)
    return (values, end) if isinstance(values, dict) else None


def _json(text: str) -> tuple[Mapping[str, Any], int] | None:
    start = len(text) - len(text.lstrip())
    if not text.startswith("{", start):
        return None
    try:
        values, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    rest = re.compile(r"[ \t]*(?:\n|\Z)").match(text, end)
    # Without a page below it, only a title tells front matter from data.
    if not values or rest is None or not (text[end:].strip() or "title" in values):
        return None
    return values, rest.end()


def _piecewise(
    block: str,
    parts: Callable[[str], Iterator[tuple[str, str]]],
    load: Callable[[str], Any],
) -> dict[str, Any] | None:
    """The fields read one by one, so that a bad one costs itself alone.

    None where most lines that should begin a field do not: then the block is text.
    """
    values: dict[str, Any] = {}
    strange = 0
    for name, text in parts(block):
        if not name:
            strange += 1
            values.setdefault(text.strip()[:60], Unusable("the line is no field"))
            continue
        try:
            read = load(text)
        except (ValueError, RecursionError) as error:
            values[name] = Unusable(f"it is not valid: {error}")
            continue
        if isinstance(read, dict):
            _merge(values, read)
        else:
            values[name] = Unusable("it is not valid")
    return values if 2 * strange < len(values) else None


def _yaml_parts(block: str) -> Iterator[tuple[str, str]]:
    """Each field with the lines that belong to it; the others under no name."""
    name, lines = "", list[str]()
    for line in block.split("\n"):
        begins = _YAML_FIELD.match(line)
        if begins or (line[:1] not in ("", " ", "\t", "#", "-", "]", "}") and line.strip()):
            if lines:
                yield name, "\n".join(lines)
            name, lines = begins["name"].strip("\"' ") if begins else "", [line]
        elif lines:
            lines.append(line)
    if lines:
        yield name, "\n".join(lines)


def _toml_parts(block: str) -> Iterator[tuple[str, str]]:
    name, lines, table = "", list[str](), ""
    for line in block.split("\n"):
        begins, heads = _TOML_FIELD.match(line), _TOML_TABLE.match(line)
        if begins or heads:
            if lines:
                yield name, "\n".join(lines)
            lines = []
        if heads:
            table = line
        elif begins:
            name, lines = begins["name"].strip("\"'"), [table, line] if table else [line]
        elif lines:
            lines.append(line)
    if lines:
        yield name, "\n".join(lines)


def _merge(values: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Adds fields, those of a table to the table of the same name."""
    for name, value in more.items():
        known = values.get(name)
        if isinstance(known, dict) and isinstance(value, Mapping):
            _merge(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            known.extend(value)
        else:
            values[name] = value
