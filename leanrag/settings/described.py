"""What every setting is called, takes, means and is by default, told by its own declaration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from leanrag.settings.root import Settings

_WORDS = {"integer": "whole number", "number": "number", "boolean": "true or false"}
_FORMATS = {"password": "secret text", "date": "date"}
_BOUNDS = {"minimum": " from ", "exclusiveMinimum": " above ", "maximum": " to "}


@dataclass(frozen=True, slots=True)
class DescribedSetting:
    """One setting: what it is called, takes and means.

    ``default`` is a JSON value, and None too where the setting is ``required``. ``only_with`` says
    when it matters, if not always. ``variable`` is the environment variable; None for the parts of
    a list's items, which are set with the list.
    """

    name: str
    type: str
    default: Any
    required: bool
    meaning: str
    only_with: str | None
    variable: str | None


@dataclass(frozen=True, slots=True)
class DescribedSection:
    """A section with its settings in order; ``name`` is empty for those that stand in none."""

    name: str
    meaning: str
    settings: tuple[DescribedSetting, ...]


@cache
def describe_settings() -> tuple[DescribedSection, ...]:
    """All settings by section, in the order in which they are declared."""
    schema = Settings.model_json_schema()
    parts = schema["$defs"]
    alone: dict[str, Any] = {}
    sections: list[DescribedSection] = []
    for name, field in schema["properties"].items():
        if "$ref" in field:
            part = _part(field, parts)
            own = tuple(_described(part, f"{name}.", parts))
            sections.append(DescribedSection(name, _prose(part.get("description", "")), own))
        else:
            alone[name] = field
    first = tuple(_described({"properties": alone}, "", parts))
    return (DescribedSection("", "What stands in no section.", first), *sections)


def _described(
    schema: Mapping[str, Any], prefix: str, parts: Mapping[str, Any]
) -> Iterator[DescribedSetting]:
    in_list = "[]" in prefix
    for name, field in schema["properties"].items():
        whole = prefix + name
        yield DescribedSetting(
            name=whole,
            type=_type(field, parts),
            default=field.get("default"),
            required=name in schema.get("required", ()),
            meaning=_prose(field.get("description", "")),
            only_with=field.get("only_with"),
            variable=None if in_list else "LEANRAG_" + whole.upper().replace(".", "__"),
        )
        if "$ref" in field.get("items", {}):
            yield from _described(_part(field["items"], parts), f"{whole}[].", parts)


def _part(field: Mapping[str, Any], parts: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = parts[field["$ref"].rsplit("/", 1)[-1]]
    return found


def _type(field: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """The type in words, with the choices or bounds that it has."""
    if "anyOf" in field:
        return " or ".join(_type(choice, parts) for choice in field["anyOf"])
    if "enum" in field:
        *others, last = map(str, field["enum"])
        return f"{', '.join(others)} or {last}"
    if "$ref" in field:
        return "{" + ", ".join(_part(field, parts)["properties"]) + "}"
    kind = field.get("type")
    if kind == "null":
        return "null"
    if kind == "array":
        return f"list of {_type(field['items'], parts)}"
    if kind == "object":
        inner = field.get("additionalProperties")
        return "names with " + (_type(inner, parts) if isinstance(inner, dict) else "any values")
    if kind == "string":
        return _FORMATS.get(field.get("format", ""), "text")
    bounds = [word + str(field[key]) for key, word in _BOUNDS.items() if key in field]
    words = "".join([_WORDS[str(kind)], *bounds]).replace(".0", "")
    return words.replace(" to ", ", at most ") if "minimum" not in field else words


def _prose(text: str) -> str:
    return " ".join(text.split())
