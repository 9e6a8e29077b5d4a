"""Compiles filters to Qdrant conditions, for the embedded engine and for the client alike.

Everything that Qdrant reads differently from ``leanrag.metadata.matches`` is met here: booleans
are stored as keywords (the engine's boolean match finds nothing), fractions are matched by a
range, dates compare as instants, and an empty list of alternatives matches nothing (an empty
Qdrant filter matches everything).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from leanrag.adapters.qdrant.dialects import Dialect
from leanrag.metadata import BUILT_IN_FIELDS, MAX_INTEGER, comparable
from leanrag.types import (
    And,
    Exists,
    FieldType,
    Filter,
    Match,
    Metadata,
    Not,
    Or,
    Range,
    Scalar,
)

METADATA_KEY = "metadata"


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
            missing = dialect.missing(payload_key(name))
            return dialect.filter(must_not=[missing]) if present else dialect.filter(must=[missing])
    kind = BUILT_IN_FIELDS.get(where.field) or fields.get(where.field)
    if kind is None:
        return _either([], dialect)
    key = payload_key(where.field)
    if isinstance(where, Match):
        return _either(list(_match(key, where, kind, dialect)), dialect)
    if isinstance(where, Range):
        return _either(list(_range(key, where, kind, dialect)), dialect)
    return _either([dialect.prefix(key, where.value)] if kind == "text" else [], dialect)


def payload_key(field: str) -> str:
    """Where a field stands in the payload of a point, as a Qdrant JSON path."""
    return field if field in BUILT_IN_FIELDS else f'{METADATA_KEY}."{_encoded(field)}"'


def metadata_payload(metadata: Metadata, fields: Mapping[str, FieldType]) -> dict[str, Any]:
    """The metadata in the form that the compiled conditions expect under ``METADATA_KEY``."""
    return {
        _encoded(name): [_stored(item, fields.get(name)) for item in value]
        if isinstance(value, Sequence) and not isinstance(value, str)
        else _stored(value, fields.get(name))
        for name, value in metadata.items()
    }


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
