"""Metadata values: what may be stored, the types of fields, and whether a filter matches.

A field is *missing* where it is absent, ``None`` or an empty list. Dates are ISO 8601 texts; one
without an offset is read as UTC, one without a time as midnight.

A field of several types has each value by its own: a condition reads the values of its own type
and passes over the others. ``version>=1.1`` reads the numbers, ``version="1.1.2"`` the texts; a
prefix reads all that is text, dates as they are written too.
"""

import math
import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

from leanrag.errors import InputError
from leanrag.types import (
    And,
    Exists,
    FieldType,
    Filter,
    Match,
    MetadataValue,
    Not,
    Or,
    Prefix,
    Range,
    Scalar,
    ValueType,
)

BUILT_IN_FIELDS: Mapping[str, FieldType] = {
    "source": "text",
    "title": "text",
    "page": "integer",
    "language": "text",
    "kind": "text",
}
"""Fields that every chunk has without metadata; metadata cannot have fields of these names."""

MAX_INTEGER = 2**53
"""Larger integers cannot be compared exactly with the engine's floating-point ranges."""

_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_BETWEEN = "|"


def parse_date(text: str) -> datetime | None:
    """The instant that an ISO 8601 date or date-time names, in UTC, or None for other text."""
    if not _DATE.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(tz=UTC)
    except (ValueError, OverflowError):
        return None


def clean_metadata(
    metadata: Mapping[str, Any], *, reserved: bool = False
) -> dict[str, MetadataValue]:
    """The metadata as it is stored: dates as text, sequences as lists, ``None`` left out.

    ``reserved`` lets fields have the names of built-in ones, for ``leanrag.declared.renamed``.

    Raises:
        InputError: a field name or value cannot be stored; the message names the field.
    """
    cleaned: dict[str, MetadataValue] = {}
    for name, value in metadata.items():
        if not isinstance(name, str) or not name.strip() or not _storable(name):
            raise InputError(f"metadata field {name!r}: a field name is a text that is not empty")
        if name in BUILT_IN_FIELDS and not reserved:
            raise InputError(
                f"metadata field {name!r}: every document has this field already; "
                f"rename it, for example to 'my_{name}'"
            )
        if value is None:
            continue
        if isinstance(value, list | tuple | set | frozenset):
            items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
            cleaned[name] = [_clean_scalar(name, item) for item in items]
        else:
            cleaned[name] = _clean_scalar(name, value)
    return cleaned


def field_type(value: MetadataValue) -> FieldType | None:
    """The type of a value or of a list's values; None for an empty list."""
    if isinstance(value, str | bool | int | float):
        return value_type(value)
    result: FieldType | None = None
    for item in value:
        result = merge_types(result, value_type(item))
    return result


def merge_types(known: FieldType | None, new: FieldType | None) -> FieldType | None:
    """The type of a field with values of both: integer widens to number, others stand together."""
    if known is None or new is None or known == new:
        return known or new
    types = {*types_of(known), *types_of(new)}
    if "number" in types:
        types.discard("integer")
    return _BETWEEN.join(sorted(types))


def types_of(kind: FieldType) -> tuple[ValueType, ...]:
    """The types that the values of a field of this type have."""
    return tuple(cast("ValueType", one) for one in kind.split(_BETWEEN))


def is_mixed(kind: FieldType) -> bool:
    """Whether a field of this type has values of several types."""
    return _BETWEEN in kind


def merge_fields(
    fields: Mapping[str, FieldType], metadata: Mapping[str, MetadataValue]
) -> dict[str, FieldType]:
    """The field types once a document with this (cleaned) metadata is added."""
    merged = dict(fields)
    for name, value in metadata.items():
        kind = merge_types(merged.get(name), field_type(value))
        if kind is not None:
            merged[name] = kind
    return merged


def matches(
    where: Filter,
    metadata: Mapping[str, MetadataValue],
    fields: Mapping[str, FieldType] | None = None,
) -> bool:
    """Whether metadata satisfies a filter; the plain reading that every engine must agree with.

    ``fields`` gives the types over all documents; without it a field has the type of its value.
    """
    match where:
        case And(parts):
            return all(matches(part, metadata, fields) for part in parts)
        case Or(parts):
            return any(matches(part, metadata, fields) for part in parts)
        case Not(part):
            return not matches(part, metadata, fields)
        case Exists(name, present):
            return bool(_values(metadata, name)) == present
    values = _values(metadata, where.field)
    kind = (fields or {}).get(where.field) or field_type(values)
    if kind is None:
        return False
    if not is_mixed(kind):
        return any(_scalar_matches(where, value, kind) for value in values)
    if isinstance(where, Prefix):
        return "text" in types_of(kind) and any(
            _scalar_matches(where, value, "text") for value in values
        )
    return any(_scalar_matches(where, value, value_type(value)) for value in values)


def filter_fields(where: Filter) -> Iterator[str]:
    """The names of the fields that a filter reads, in order, with repetitions."""
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                yield from filter_fields(part)
        case Not(part):
            yield from filter_fields(part)
        case _:
            yield where.field


def comparable(value: Any, kind: FieldType) -> float | datetime | str | bool | None:
    """The value in the form in which values of a field of this type are compared.

    None where a value of this type cannot be equal to it.
    """
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if kind in ("integer", "number"):
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    if not isinstance(value, str):
        return None
    return parse_date(value) if kind == "date" else value


def _scalar_matches(where: Match | Range | Prefix, value: Scalar, kind: FieldType) -> bool:
    if isinstance(where, Prefix):
        return kind == "text" and isinstance(value, str) and value.startswith(where.value)
    own: Any = comparable(value, kind)
    if own is None:
        return False
    if isinstance(where, Match):
        return any(comparable(wanted, kind) == own for wanted in where.values)
    if kind in ("text", "boolean"):
        return False
    for bound, holds in (
        (where.gt, operator.gt),
        (where.gte, operator.ge),
        (where.lt, operator.lt),
        (where.lte, operator.le),
    ):
        limit: Any = None if bound is None else comparable(bound, kind)
        if bound is not None and (limit is None or not holds(own, limit)):
            return False
    return True


def _values(metadata: Mapping[str, MetadataValue], name: str) -> Sequence[Scalar]:
    value = metadata.get(name)
    if value is None:
        return ()
    return (value,) if isinstance(value, str | bool | int | float) else value


def value_type(value: Scalar) -> ValueType:
    """The type of one value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "text" if parse_date(value) is None else "date"


def _clean_scalar(name: str, value: Any) -> Scalar:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise InputError(
                f"metadata field {name!r}: {value} is beyond ±2**53 and cannot be compared "
                "exactly; store it as text"
            )
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"metadata field {name!r}: {value} is not a finite number")
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        if not _storable(value):
            raise InputError(f"metadata field {name!r}: the text is not valid Unicode")
        return str(value)
    raise InputError(
        f"metadata field {name!r}: expected a text, number, boolean, date or a list of these, "
        f"got {type(value).__name__}"
    )


def _storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
