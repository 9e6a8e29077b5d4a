"""Filter expressions and metadata values as texts, as a command line gives them.

An expression is ``FIELD OP VALUE`` with ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in [a, b]``
or ``not in [a, b]``. A field name with spaces or operators in it is written in double quotes. A
value is a JSON scalar (a number, ``true``, ``false``, ``null``, or a text in double quotes with
JSON escapes), else an ISO date, else the text as it stands. In a list, a text with a comma, a
bracket or a quote needs double quotes. Numbers that cannot be compared exactly (not finite, or
integers beyond ±2**53) are texts.

What an expression cannot say (or, prefix, exists, nesting) is written as the mapping of
``leanrag.retrieve.filters`` in JSON: ``{"or": [{"team": "db"}, {"title": {"prefix": "How"}}]}``.
"""

import json
import math
import re
from typing import Any

from leanrag.errors import FilterError
from leanrag.metadata import MAX_INTEGER
from leanrag.types import Scalar

BOUNDS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
"""The comparing operators, with the names of their bounds in a mapping."""

_EXPRESSION = re.compile(
    r"""\s*(?P<field>"(?:[^"\\]|\\.)*"|[^\s=<>!"]+)
        (?:\s*(?P<sign>>=|<=|!=|==|=|>|<)|\s+(?P<word>(?:not\s+)?in)(?=[\s\[]))
        (?P<value>.*)""",
    re.VERBOSE | re.DOTALL,
)
_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"\s*|[^",\[\]]+)(,|$)', re.DOTALL)


def parse_expression(text: str) -> tuple[str, str, Scalar | list[Any] | None]:
    """The field, the operator and the value of an expression.

    The operator is one of ``= != < <= > >= in`` and ``not in``; with the last two the value is a
    list. ``null`` is None.

    Raises:
        FilterError: it is malformed.
    """
    found = _EXPRESSION.fullmatch(text)
    if found is None:
        raise FilterError(
            f"where {text!r}: expected FIELD OP VALUE with one of = != < <= > >= in 'not in', "
            "for example year>=2022 or 'tag in [a,b]', or a JSON object such as "
            '{"or": [{"team": "db"}, {"year": {"gte": 2022}}]}'
        )
    name, sign, word = found["field"], found["sign"], found["word"]
    if name.startswith('"'):
        name = _quoted(name, name)
    value = parse_value(name, found["value"].strip())
    if word is None:
        return name, "=" if sign == "==" else sign, value
    if not isinstance(value, list):
        raise FilterError(
            f"where {text!r}: 'in' needs a list such as [a,b] for {name!r}", field=name
        )
    return name, " ".join(word.split()), value


def parse_json(text: str) -> dict[str, Any]:
    """The mapping that a JSON object stands for.

    Raises:
        FilterError: it is no JSON, or names a key twice.
    """
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FilterError(
            f"where {text!r}: not a JSON object: {error}; a field name that starts with {{ is "
            "written in double quotes"
        ) from error
    # A text that starts with a brace is an object, or no JSON.
    return dict(value)


def parse_value(name: str, text: str) -> Scalar | list[Any] | None:
    """The value that a text stands for; a list where it is in brackets, None for ``null``.

    Args:
        name: The field that it is for, named in errors.
        text: The text, without white space around it.

    Raises:
        FilterError: it is malformed.
    """
    if not text.startswith("["):
        return _value(name, text)
    if not text.endswith("]"):
        raise FilterError(f"{name!r}: the list {text!r} does not end with ']'", field=name)
    inner = text[1:-1].strip()
    items: list[Any] = []
    position = 0
    while position < len(inner) or (items and inner.endswith(",")):
        found = _ITEM.match(inner, position)
        if found is None:
            raise FilterError(
                f"{name!r}: the list {text!r} is malformed; write [a, b], and items with commas "
                "or brackets in double quotes",
                field=name,
            )
        items.append(_value(name, found[1].strip()))
        position = found.end()
        if not found[2]:
            break
    return items


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands there twice; use 'and' for two conditions on it")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} cannot be compared")


def _value(name: str, text: str) -> Scalar | None:
    if not text:
        raise FilterError(
            f'{name!r}: expected a value; the empty text is written as ""', field=name
        )
    if text.startswith('"'):
        return _quoted(name, text)
    if text in ("true", "false", "null"):
        return {"true": True, "false": False}.get(text)
    try:
        number = json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return text
    # What cannot be compared exactly stays the text that it is.
    if isinstance(number, int) and abs(number) > MAX_INTEGER:
        return text
    if isinstance(number, float) and not math.isfinite(number):
        return text
    return number if isinstance(number, int | float) else text


def _quoted(name: str, text: str) -> str:
    try:
        value = json.loads(text, strict=False)
        value.encode()
    except (ValueError, AttributeError) as error:
        raise FilterError(
            f'{name!r}: {text!r} is not a text in double quotes (escape a quote as \\")',
            field=name,
        ) from error
    return str(value)
