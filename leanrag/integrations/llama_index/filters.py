"""LlamaIndex's metadata filters as leanrag's."""

from typing import Any

from leanrag.errors import FilterError
from leanrag.types import And, Exists, Filter, Match, Not, Or, Range, Scalar

_BOUNDS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def filter_of(filters: Any) -> Filter | None:
    """The filter that says the same as a ``MetadataFilters``; None for None alone.

    Raises:
        FilterError: it holds no filters, which would let everything pass, or an operator has no
            counterpart, such as a search within a text.
    """
    return None if filters is None else _joined(filters)


def _joined(filters: Any) -> Filter:
    parts = [_part(part) for part in filters.filters]
    condition = getattr(filters.condition, "value", filters.condition) or "and"
    if not parts:
        raise FilterError(
            "filters: the list is empty; leave the filters out (None) where there shall be none",
            field="filters",
        )
    if condition == "not":
        return And(tuple(map(Not, parts)))
    if condition not in ("and", "or"):
        raise FilterError(f"filters: the condition {condition!r} is unknown")
    if len(parts) == 1:
        return parts[0]
    return And(tuple(parts)) if condition == "and" else Or(tuple(parts))


def _part(part: Any) -> Filter:
    if hasattr(part, "filters"):
        return _joined(part)
    operator = str(getattr(part.operator, "value", part.operator))
    key, value = part.key, part.value
    if operator in _BOUNDS:
        return Range(key, **{_BOUNDS[operator]: value})
    if operator in ("==", "contains"):
        return Match(key, (_scalar(key, value),))
    if operator == "!=":
        return Not(Match(key, (_scalar(key, value),)))
    if operator in ("in", "any"):
        return Match(key, _listed(key, value))
    if operator == "nin":
        return Not(Match(key, _listed(key, value)))
    if operator == "all":
        return And(tuple(Match(key, (one,)) for one in _listed(key, value)))
    if operator == "is_empty":
        return Exists(key, present=False)
    raise FilterError(f"{key}: the operator {operator!r} has no counterpart here", field=key)


def _scalar(key: str, value: Any) -> Scalar:
    if not isinstance(value, str | int | float | bool):
        raise FilterError(f"{key}: expected one value, got {value!r}", field=key)
    return value


def _listed(key: str, value: Any) -> tuple[Scalar, ...]:
    if not isinstance(value, list) or not value:
        raise FilterError(f"{key}: expected a list of values, got {value!r}", field=key)
    return tuple(value)
