"""The ``where`` language: from mappings and expressions to filters, checked against the fields.

Mappings: ``{"team": "db"}`` (equality), ``{"team": ["db", "web"]}`` (any of), ``{"year": {"gte":
2020, "lt": 2024}}``, ``{"lang": {"not": "de"}}``, ``{"tag": {"exists": True}}``, ``{"title":
{"prefix": "How"}}``, ``{"or": [{…}, {…}]}``, ``{"and": […]}``, ``{"not": {…}}``. Several entries
mean and; ``None`` as a value means that the field is missing.

``None`` in the place of the filter alone means that there is none. What is empty (``{}``, ``[]``,
``{"and": []}``, ``{"team": []}``, ``Or(())``) is an error: a program that builds a list of what
someone may see, and finds nothing, must not get everything.

Expressions are texts such as ``year>=2022``, or a mapping as JSON: see
``leanrag.retrieve.expressions``.
"""

import difflib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from leanrag.errors import FilterError, InputError
from leanrag.metadata import (
    BUILT_IN_FIELDS,
    MAX_INTEGER,
    clean_metadata,
    comparable,
    is_mixed,
    matches,
    parse_date,
    types_of,
)
from leanrag.retrieve.expressions import BOUNDS, parse_expression, parse_json, parse_value
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

__all__ = ["check", "matches", "parse_metadata", "parse_where"]

_NO_FILTER = "leave the filter out (None) where there shall be none"
_LISTED = 20
_LIKELY = 0.5
DEEPEST = 64
"""Levels of mappings and lists in one another."""

_SHAPES = (
    "a value, a list of values, or a mapping with gt, gte, lt, lte, not, exists, prefix, or, and"
)
_NAMES: Mapping[ValueType, str] = {
    "text": "a text field",
    "integer": "an integer field",
    "number": "a number field",
    "boolean": "a true/false field",
    "date": "a date field",
}
_PLURALS: Mapping[ValueType, str] = {
    "text": "texts",
    "integer": "integers",
    "number": "numbers",
    "boolean": "true/false",
    "date": "dates",
}


def parse_where(
    where: Mapping[str, Any] | Sequence[Any] | str | Filter | None,
) -> Filter | None:
    """The filter that a mapping, an expression or several expressions mean; None for None alone.

    Raises:
        FilterError: it is malformed or empty; the message names the field and what is expected
            there.
    """
    _not_too_deep(where)
    parsed = _parsed(where)
    if parsed is None and where is not None:
        raise FilterError(f"where: {where!r} names no condition; {_NO_FILTER}")
    return parsed


def _parsed(where: Any) -> Filter | None:
    if where is None:
        return None
    if isinstance(where, Match | Range | Exists | Prefix | Not | And | Or):
        _not_empty(where)
        return where
    if isinstance(where, str):
        if not where.lstrip().startswith("{"):
            return _expression(where)
        return parse_where(parse_json(where))
    if isinstance(where, Mapping):
        return _mapping(where) if where else None
    if isinstance(where, Sequence) and not isinstance(where, bytes):
        parts = [_inner("where", item) for item in where]
        return _all(parts) if parts else None
    raise FilterError(
        f"where: expected a mapping or expressions such as 'year>=2022', got {_type(where)}"
    )


def check(where: Filter, fields: Mapping[str, FieldType]) -> None:
    """Makes sure that every field exists and that its values have its type.

    Args:
        where: The filter.
        fields: The metadata fields of the store; the built-in ones need not be among them.

    Raises:
        FilterError: a field is unknown (the message names the closest one) or has another type.
    """
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                check(part, fields)
        case Not(part):
            check(part, fields)
        case _:
            _check_leaf(where, {**fields, **BUILT_IN_FIELDS})


def parse_metadata(assignments: Iterable[str]) -> dict[str, MetadataValue]:
    """Metadata from ``KEY=VALUE`` texts, with the values of expressions; ``[a, b]`` is a list.

    Raises:
        InputError: one is malformed, repeated, or cannot be stored.
    """
    values: dict[str, Any] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            raise InputError(f"metadata {text!r}: expected KEY=VALUE")
        if name in values:
            raise InputError(
                f"metadata {text!r}: {name!r} was given before; several values are written as "
                f"{name}=[a,b]"
            )
        try:
            values[name] = parse_value(name, value.strip())
        except FilterError as error:
            raise InputError(f"metadata {text!r}: {error}") from error
        if values[name] is None:
            raise InputError(f"metadata {text!r}: null is not a value; leave the field out")
    return clean_metadata(values, reserved=True)


def _expression(text: str) -> Filter:
    name, operator, value = parse_expression(text)
    if operator in BOUNDS:
        return _range(name, {BOUNDS[operator]: value})
    condition = _condition(name, value)
    return Not(condition) if operator in ("!=", "not in") else condition


# ── mappings ────────────────────────────────────────────────────────────────────────────────────


def _mapping(where: Mapping[str, Any]) -> Filter:
    parts: list[Filter] = []
    for name, value in where.items():
        if not isinstance(name, str) or not name:
            raise FilterError(f"where: a field name is a text, got {name!r}")
        if name in ("and", "or"):
            if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
                raise FilterError(f"{name!r}: expected a list of conditions", field=name)
            _some(name, value)
            inner = [_inner(name, item) for item in value]
            parts.append(_all(inner) if name == "and" else Or(tuple(inner)))
        elif name == "not":
            parts.append(Not(_inner(name, value)))
        else:
            parts.append(_condition(name, value))
    return _all(parts)


def _inner(name: str, value: Any) -> Filter:
    part = _parsed(value)
    if part is None:
        raise FilterError(f"{name!r}: it holds an empty condition", field=name)
    return part


def _condition(name: str, value: Any) -> Filter:
    _unicode(name, name)
    if value is None:
        return Exists(name, present=False)
    if isinstance(value, Mapping):
        return _operators(name, value)
    if isinstance(value, list | tuple | set | frozenset):
        _some(name, value)
        items = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return Match(name, tuple(_scalar(name, item) for item in items))
    return Match(name, (_scalar(name, value),))


def _operators(name: str, operators: Mapping[str, Any]) -> Filter:
    parts: list[Filter] = []
    bounds = {key: operators[key] for key in BOUNDS.values() if key in operators}
    if bounds:
        parts.append(_range(name, bounds))
    for key, value in operators.items():
        if key in bounds:
            continue
        if key == "not":
            parts.append(Not(_condition(name, value)))
        elif key == "exists":
            if not isinstance(value, bool):
                raise FilterError(f"{name!r}: exists is true or false, got {value!r}", field=name)
            parts.append(Exists(name, present=value))
        elif key == "prefix":
            if not isinstance(value, str):
                raise FilterError(f"{name!r}: prefix is a text, got {value!r}", field=name)
            parts.append(Prefix(name, _unicode(value, name)))
        elif key in ("and", "or"):
            if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
                raise FilterError(f"{name!r}: {key} needs a list of conditions", field=name)
            _some(name, value)
            inner = [_condition(name, item) for item in value]
            parts.append(_all(inner) if key == "and" else Or(tuple(inner)))
        else:
            raise FilterError(f"{name!r}: unknown operator {key!r}; expected {_SHAPES}", field=name)
    if not parts:
        raise FilterError(f"{name!r}: the condition is empty; expected {_SHAPES}", field=name)
    return _all(parts)


def _range(name: str, bounds: Mapping[str, Any]) -> Range:
    cleaned: dict[str, Any] = {}
    for key, bound in bounds.items():
        value = None if bound is None or isinstance(bound, list) else _scalar(name, bound)
        is_date = isinstance(value, str) and parse_date(value) is not None
        if isinstance(value, bool) or not (is_date or isinstance(value, int | float)):
            raise FilterError(
                f"{name!r}: {key} needs a number or an ISO date such as 2024-05-31, got {bound!r}",
                field=name,
            )
        cleaned[key] = value
    if len({isinstance(value, str) for value in cleaned.values()}) > 1:
        raise FilterError(f"{name!r}: the bounds mix numbers and dates", field=name)
    return Range(name, **cleaned)


def _scalar(name: str, value: Any) -> Scalar:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not math.isfinite(value) or (isinstance(value, int) and abs(value) > MAX_INTEGER):
            raise FilterError(
                f"{name!r}: {value} cannot be compared exactly; numbers are finite and integers "
                "within ±2**53",
                field=name,
            )
        return value
    if isinstance(value, str):
        return _unicode(value, name)
    raise FilterError(f"{name!r}: expected {_SHAPES}, got {_type(value)}", field=name)


def _unicode(text: str, name: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise FilterError(f"{name!r}: {text!r} is not valid Unicode", field=name) from error
    return text


def _not_too_deep(where: Any) -> None:
    """Refuses what only a machine nests so deep, before anything recurses into it."""
    level = [where]
    for _ in range(DEEPEST + 1):
        level = [
            inner
            for value in level
            if isinstance(value, Mapping | list | tuple)
            for inner in (value.values() if isinstance(value, Mapping) else value)
        ]
        if not level:
            return
    raise FilterError(f"where: conditions are nested more than {DEEPEST} levels deep")


def _some(name: str, listed: Collection[Any]) -> None:
    """Refuses an empty list, which would let everything pass, or nothing."""
    if not listed:
        raise FilterError(f"{name!r}: the list is empty; {_NO_FILTER}", field=name)


def _not_empty(where: Filter) -> None:
    """Refuses empty lists in a filter that a program has built of its parts."""
    left = [where]
    while left:
        match left.pop():
            case And(parts) | Or(parts) as joined:
                _some(type(joined).__name__.lower(), parts)
                left += parts
            case Not(part):
                left.append(part)
            case Match(name, values):
                _some(name, values)


def _all(parts: Sequence[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


# ── fields and types ────────────────────────────────────────────────────────────────────────────


def _check_leaf(where: Match | Range | Exists | Prefix, fields: Mapping[str, FieldType]) -> None:
    kind = fields.get(where.field)
    if kind is None:
        raise FilterError(_unknown(where.field, fields), field=where.field)
    types = types_of(kind)
    if isinstance(where, Match):
        for value in where.values:
            if all(comparable(value, one) is None for one in types):
                raise FilterError(_mismatch(where.field, kind, value), field=where.field)
    elif isinstance(where, Range):
        ordered = [one for one in types if one not in ("text", "boolean")]
        if not ordered:
            raise FilterError(
                f"{where.field!r} is {_named(kind)}: it has no order, so <, <=, > and >= do not "
                "apply; use =, != or 'in'",
                field=where.field,
            )
        for bound in (where.gt, where.gte, where.lt, where.lte):
            if bound is not None and all(comparable(bound, one) is None for one in ordered):
                raise FilterError(_mismatch(where.field, kind, bound), field=where.field)
    elif isinstance(where, Prefix) and "text" not in types:
        raise FilterError(
            f"{where.field!r} is {_named(kind)}: prefix applies to texts only", field=where.field
        )


def _named(kind: FieldType) -> str:
    if not is_mixed(kind):
        return next(_NAMES[one] for one in types_of(kind))
    return "a field of " + " and ".join(_PLURALS[one] for one in types_of(kind))


def _unknown(name: str, fields: Mapping[str, FieldType]) -> str:
    known = sorted(fields)
    folded = name.casefold()
    # Names that agree but for case and separators are as close as can be.
    close = max(known, key=lambda field: _alike(folded, field.casefold()), default=None)
    listed = ", ".join(known[:_LISTED]) + (", …" if len(known) > _LISTED else "")
    if close is None:
        return f"unknown field {name!r}; there are none yet"
    likely = _alike(folded, close.casefold()) >= _LIKELY
    advice = f"did you mean {close!r}" if likely else f"the closest is {close!r}"
    kind = _named(fields[close])
    return f"unknown field {name!r}; {advice} ({kind}){'?' * likely} (fields: {listed})"


def _alike(wanted: str, field: str) -> float:
    letters = difflib.SequenceMatcher(None, wanted, field).ratio()
    plain = "".join(filter(str.isalnum, field))
    same = plain and plain == "".join(filter(str.isalnum, wanted))
    return 1.0 if same else letters


def _mismatch(name: str, kind: FieldType, value: Scalar) -> str:
    message = f"{name!r} is {_named(kind)}, but the value is {value!r}"
    if "text" in types_of(kind) and not isinstance(value, str):
        written = json.dumps(value)
        message += f'; write {name}="{written}" to compare with the text'
    elif "date" in types_of(kind):
        message += "; write a date such as 2024-05-31 or 2024-05-31T18:00:00Z"
    return message


def _type(value: object) -> str:
    return type(value).__name__
