"""Makes fields of metadata as documents declare it: nested, odd, or under a name that is taken.

Mappings become dotted fields (``versions: {free: 1}`` is ``versions.free``), lists of plain values
stay. What cannot be a field is left out, and a sentence says so.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from leanrag.errors import InputError
from leanrag.metadata import BUILT_IN_FIELDS, clean_metadata
from leanrag.types import Metadata, MetadataValue

PREFIX = "meta_"
_MAX_DEPTH = 8
_MAX_FIELDS = 200
_MAX_CHARACTERS = 1 << 18
_MAX_NAME = 200
_MAX_TOLD = 10


@dataclass(frozen=True, slots=True)
class Unusable:
    """Stands for a value that could not be read, and says why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Declared:
    """Fields, and what is to be said of those that were left out."""

    fields: Metadata = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def flatten(values: Mapping[Any, Any]) -> Declared:
    """The fields in ``values``, at any depth; names that are taken are kept, see ``renamed``."""
    fields: dict[str, MetadataValue] = {}
    problems: list[str] = []
    characters = 0
    for name, value in _leaves(values, "", 0):
        problem = ""
        if name in fields:
            problem = "it is given twice"
        elif len(fields) >= _MAX_FIELDS or len(problems) >= _MAX_FIELDS:
            problems.append(f"only {_MAX_FIELDS} fields are kept")
            break
        else:
            kept, problem = _kept(name, value)
            size = _size(kept)
            if kept is not None and characters + size > _MAX_CHARACTERS:
                kept, problem = None, "it is too long"
            if kept is not None:
                fields[name] = kept
                characters += size
        if problem:
            problems.append(f"field {_shown(name)} is left out: {problem}")
    return Declared(fields, _few(problems))


def renamed(
    metadata: Metadata, taken: Collection[str] = ()
) -> tuple[dict[str, MetadataValue], dict[str, str]]:
    """Metadata without the names that every document has already, and their new names.

    ``source`` becomes ``meta_source``, or ``meta_source_2`` where there is one already. ``taken``
    are further names that go that way.
    """
    others = [*BUILT_IN_FIELDS, *sorted(taken)]
    kept = {name: value for name, value in metadata.items() if name not in others}
    names: dict[str, str] = {}
    for name in others:
        if name in metadata:
            new, number = PREFIX + name, 2
            while new in kept:
                new, number = f"{PREFIX}{name}_{number}", number + 1
            kept[new], names[name] = metadata[name], new
    return kept, names


def _leaves(value: Mapping[Any, Any], path: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, member in value.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(member, Mapping) and depth < _MAX_DEPTH:
            yield from _leaves(member, name, depth + 1)
        else:
            yield name, member


def _kept(name: str, value: Any) -> tuple[MetadataValue | None, str]:
    """The value as it is stored, and what is wrong with it; neither for one that is missing."""
    if len(name) > _MAX_NAME:
        return None, "its name is too long"
    if isinstance(value, Unusable):
        return None, value.reason
    if isinstance(value, Mapping):
        return None, "it is nested too deep"
    if isinstance(value, list | tuple | set | frozenset):
        items = [item for item in value if item is not None]
        if isinstance(value, set | frozenset):
            items.sort(key=repr)
        for item in items:
            if isinstance(item, Unusable):
                return None, item.reason
            if isinstance(item, Mapping):
                return None, "a list of mappings is no field"
            if isinstance(item, list | tuple | set | frozenset):
                return None, "a list of lists is no field"
        value = [item.isoformat() if isinstance(item, time) else item for item in items]
    elif isinstance(value, time):
        value = value.isoformat()
    try:
        return clean_metadata({name: value}, reserved=True).get(name), ""
    except InputError as error:
        return None, str(error).removeprefix(f"metadata field {name!r}: ")


def _size(value: MetadataValue | None) -> int:
    if value is None:
        return 0
    if isinstance(value, str | int | float):
        return len(str(value)) + 1
    return sum(len(str(item)) + 1 for item in value)


def _shown(name: str) -> str:
    return repr(name if len(name) <= _MAX_NAME else name[:_MAX_NAME] + "…")


def _few(problems: list[str]) -> tuple[str, ...]:
    if len(problems) <= _MAX_TOLD:
        return tuple(problems)
    return (*problems[:_MAX_TOLD], f"{len(problems) - _MAX_TOLD} more fields are left out")
