"""Compiles filters to Qdrant conditions, for the embedded engine and for the client alike.

Everything that Qdrant reads differently from ``leanrag.metadata.matches`` is met here: booleans
are stored as keywords (the engine's boolean match finds nothing), fractions are matched by a
range, dates compare as instants, and an empty list of alternatives matches nothing (an empty
Qdrant filter matches everything).

An index has one type, so that the values of a field of several types stand apart, each type under
a name of its own: ``version#number``, ``version#text``.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from leanrag.adapters.qdrant.dialects import Dialect
from leanrag.metadata import (
    BUILT_IN_FIELDS,
    MAX_INTEGER,
    comparable,
    is_mixed,
    types_of,
    value_type,
)
from leanrag.types import (
    And,
    Exists,
    FieldType,
    Filter,
    Match,
    Metadata,
    MetadataValue,
    Not,
    Or,
    Prefix,
    Range,
    Scalar,
    ValueType,
)

METADATA_KEY = "metadata"
_PARTS: Mapping[ValueType, ValueType] = {
    "text": "text",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
}
"""Under which type the values of a field of several types stand."""
_ORDERED: tuple[ValueType, ...] = ("number", "date")


def compile_filter(where: Filter, fields: Mapping[str, FieldType], dialect: Dialect) -> Any:
    """The vendor's filter that matches exactly the points that ``matches`` accepts.

    ``fields`` are the types of the metadata fields over all documents; a field that is not among
    them is missing everywhere.
    """
    match where:
        case And(parts):
            conditions = [compile_filter(part, fields, dialect) for part in parts]
            # An empty filter is refused or means everything, depending on where it stands.
            if not conditions:
                return dialect.filter(must_not=[dialect.nothing()])
            return dialect.filter(must=conditions)
        case Or(parts):
            return _either([compile_filter(part, fields, dialect) for part in parts], dialect)
        case Not(part):
            return dialect.filter(must_not=[compile_filter(part, fields, dialect)])
        case Exists(name, present):
            missing = missing_field(name, fields.get(name), dialect)
            return dialect.filter(must_not=[missing]) if present else dialect.filter(must=[missing])
    kind = BUILT_IN_FIELDS.get(where.field) or fields.get(where.field)
    if kind is None:
        return _either([], dialect)
    key = payload_key(where.field)
    if is_mixed(kind):
        return _either(list(_mixed(where, kind, dialect)), dialect)
    if isinstance(where, Match):
        return _either(list(_match(key, where, kind, dialect)), dialect)
    if isinstance(where, Range):
        return _either(list(_range(key, where, kind, dialect)), dialect)
    return _either([dialect.prefix(key, where.value)] if kind == "text" else [], dialect)


def payload_key(field: str) -> str:
    """Where a field stands in the payload of a point, as a Qdrant JSON path."""
    return field if field in BUILT_IN_FIELDS else f'{METADATA_KEY}."{_encoded(field)}"'


def missing_field(name: str, kind: FieldType | None, dialect: Dialect) -> Any:
    """A condition for the points that lack a field, in every form in which it is stored."""
    keys = [payload_key(name)]
    if kind is not None and is_mixed(kind):
        keys += [_typed_key(name, one) for one in types_of(kind)]
    return dialect.filter(must=[dialect.missing(key) for key in keys])


def indexed_keys(fields: Mapping[str, FieldType]) -> dict[str, ValueType]:
    """What is worth an index, with its type."""
    keys: dict[str, ValueType] = {}
    for name, kind in fields.items():
        types = types_of(kind)
        if len(types) == 1:
            keys[payload_key(name)] = types[0]
        else:
            keys |= {_typed_key(name, one): _PARTS[one] for one in types}
    return keys


def newly_mixed(before: Mapping[str, FieldType], after: Mapping[str, FieldType]) -> frozenset[str]:
    """The fields that had values of one type and get a second: they are stored in another form."""
    return frozenset(
        name
        for name, kind in after.items()
        if is_mixed(kind) and name in before and not is_mixed(before[name])
    )


def metadata_payload(
    metadata: Metadata,
    fields: Mapping[str, FieldType],
    *,
    before: Mapping[str, FieldType] | None = None,
) -> dict[str, Any]:
    """The metadata in the form that the compiled conditions expect under ``METADATA_KEY``.

    With ``before``, the earlier types, also in the form that conditions by those expect.
    """
    payload: dict[str, Any] = {}
    for name, value in metadata.items():
        if before is not None and not is_mixed(before.get(name, "")):
            payload |= _formed(name, value, before.get(name))
        payload |= _formed(name, value, fields.get(name))
    return payload


def rfc3339(moment: datetime) -> str:
    """The instant (in UTC) in the one form that every version of the engine reads."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f").rjust(26, "0") + "Z"


def _match(key: str, where: Match, kind: FieldType, dialect: Dialect) -> Iterator[Any]:
    values: list[Any] = [comparable(value, kind) for value in where.values]
    values = [value for value in values if value is not None]
    if kind == "integer":
        # Stored integers are within these bounds, and the engine takes no others.
        small = (value for value in values if abs(value) <= MAX_INTEGER)
        values = [int(value) for value in small if value == int(value)]
    if kind == "boolean":
        values = [_keyword(value) for value in values]
    if kind in ("number", "date"):
        for value in values:
            yield _between(key, {"gte": value, "lte": value}, kind, dialect)
    elif values:
        yield dialect.any_of(key, values)


def _range(key: str, where: Range, kind: FieldType, dialect: Dialect) -> Iterator[Any]:
    given = {"gt": where.gt, "gte": where.gte, "lt": where.lt, "lte": where.lte}
    bounds = {name: comparable(bound, kind) for name, bound in given.items() if bound is not None}
    if kind in ("integer", "number", "date") and None not in bounds.values():
        # Without bounds every value of the field lies between them.
        yield (
            _between(key, bounds, kind, dialect)
            if bounds
            else dialect.filter(must_not=[dialect.missing(key)])
        )


def _between(key: str, bounds: Mapping[str, Any], kind: FieldType, dialect: Dialect) -> Any:
    if kind == "date":
        return dialect.dates(key, {name: rfc3339(bound) for name, bound in bounds.items()})
    return dialect.numbers(key, {name: float(bound) for name, bound in bounds.items()})


def _mixed(where: Match | Range | Prefix, kind: FieldType, dialect: Dialect) -> Iterator[Any]:
    """A condition for each type of values that the filter can mean."""
    if isinstance(where, Prefix):
        if "text" in types_of(kind):
            yield dialect.prefix(_typed_key(where.field, "text"), where.value)
        return
    if isinstance(where, Range):
        for one in _ORDERED:
            yield from _range(_typed_key(where.field, one), where, one, dialect)
        return
    for one in dict.fromkeys(_PARTS.values()):
        own = [value for value in where.values if _PARTS[value_type(value)] == one]
        if own:
            key = _typed_key(where.field, one)
            yield from _match(key, Match(where.field, tuple(own)), one, dialect)


def _formed(name: str, value: MetadataValue, kind: FieldType | None) -> dict[str, Any]:
    """A field as it is stored."""
    several = isinstance(value, Sequence) and not isinstance(value, str)
    values: Sequence[Scalar] = value if several else [value]  # type: ignore[assignment,list-item]
    if kind is None or not is_mixed(kind):
        stored = [_stored(item, kind) for item in values]
        return {_encoded(name): stored if several else stored[0]}
    parts: dict[str, list[Any]] = {}
    for item in values:
        own = _PARTS[value_type(item)]
        parts.setdefault(_typed(name, own), []).append(_stored(item, own))
        if own == "date":  # a prefix reads it as it is written
            parts.setdefault(_typed(name, "text"), []).append(item)
    return parts


def _typed(name: str, kind: ValueType) -> str:
    # No encoded name has this sign.
    return f"{_encoded(name)}#{_PARTS[kind]}"


def _typed_key(name: str, kind: ValueType) -> str:
    return f'{METADATA_KEY}."{_typed(name, kind)}"'


def _either(conditions: Sequence[Any], dialect: Dialect) -> Any:
    if not conditions:
        return dialect.filter(must=[dialect.nothing()])
    return dialect.filter(should=conditions)


def _stored(value: Scalar, kind: FieldType | None) -> str | int | float:
    if isinstance(value, bool):
        return _keyword(value)
    if kind == "date":
        moment = comparable(value, kind)
        return rfc3339(moment) if isinstance(moment, datetime) else str(value)
    return value


def _keyword(value: bool) -> str:
    return "true" if value else "false"


def _encoded(field: str) -> str:
    # Quotes, backslashes and dots have meanings in a JSON path that it cannot escape.
    return quote(field, safe=" ").replace(".", "%2E")
