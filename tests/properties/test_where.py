"""What is written as ``where``, in Python or on the command line, finds what its words say.

The reading here works on the mapping as it is written and on plain Python values; it shares
nothing with the library.
"""

import json
import operator
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.protocols import Store
from leanrag.retrieve.filters import check, parse_where
from tests.contracts.engines import EdgeEngine
from tests.store_samples import document, question, ram_folder, sources

KINDS = {"team": "text", "year": "integer", "score": "number", "draft": "boolean", "day": "date"}
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "team": st.sampled_from(["db", "dba", "web", "Web", "数据", "", "a,b", 'q"', "2020", "true"]),
    "year": st.integers(2018, 2024),
    "score": st.sampled_from([-1.5, 0.0, 0.5, 1.0, 2.25, 1e9]),
    "draft": st.booleans(),
    "day": st.sampled_from(
        ["2023-12-31", "2024-01-01", "2024-01-01T00:00:00Z", "2024-01-01T01:30:00+02:00"]
    ),
}
PAYLOADS = st.fixed_dictionaries(
    {}, optional={name: one | st.lists(one, max_size=3) for name, one in VALUES.items()}
)
EVERY = {"team": "z", "year": 1, "score": 0.25, "draft": True, "day": "1999-01-01"}
"""A document that has every field, so that each has one type whatever is drawn."""
ORDER = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """One field's condition as a mapping."""
    name = draw(st.sampled_from(list(VALUES)))
    value = VALUES[name]
    ordered = KINDS[name] in ("integer", "number", "date")
    forms: list[st.SearchStrategy[Any]] = [
        value,
        st.none(),
        st.lists(value, min_size=1, max_size=3),
        st.booleans().map(lambda there: {"exists": there}),
        value.map(lambda one: {"not": one}),
        st.lists(value, min_size=1, max_size=2).map(lambda many: {"not": many}),
        st.lists(value, min_size=1, max_size=3).map(lambda many: {"or": many}),
    ]
    if ordered:
        bounds = st.dictionaries(st.sampled_from(list(ORDER)), value, min_size=1, max_size=2)
        forms += [bounds, bounds.map(lambda given: {"not": given})]
    if KINDS[name] == "text":
        forms.append(st.sampled_from(["", "d", "db", "数", "W"]).map(lambda p: {"prefix": p}))
    return {name: draw(st.one_of(forms))}


WHERE = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"or": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"and": parts}),
        inner.map(lambda part: {"not": part}),
        st.tuples(inner, inner).map(lambda pair: {**pair[0], **pair[1]}),
    ),
    max_leaves=6,
)
EXPRESSIONS = {"=": None, "!=": None, "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}


@st.composite
def expressions(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """An expression as on a command line, with the mapping of the same meaning."""
    name = draw(st.sampled_from(list(VALUES)))
    value = VALUES[name]
    if draw(st.booleans()):
        many = draw(st.lists(value, min_size=1, max_size=3))
        written = json.dumps(many, ensure_ascii=False)
        if draw(st.booleans()):
            return f"{name} in {written}", {name: many}
        return f"{name} not in {written}", {name: {"not": many}}
    ordered = KINDS[name] in ("integer", "number", "date")
    sign = draw(st.sampled_from(list(EXPRESSIONS) if ordered else ["=", "!="]))
    one = draw(value)
    # Dates and plain words stand without quotes, too.
    bare = isinstance(one, str) and one not in ("", 'q"', "2020", "true") and draw(st.booleans())
    text = f"{name}{sign}{one if bare else json.dumps(one)}"
    bound = EXPRESSIONS[sign]
    if bound:
        return text, {name: {bound: one}}
    return text, {name: one} if sign == "=" else {name: {"not": one}}


def read(where: dict[str, Any], payload: dict[str, Any]) -> bool:
    """Whether the payload meets the mapping, by the words of its description."""
    return all(_entry(name, value, payload) for name, value in where.items())


def _entry(name: str, value: Any, payload: dict[str, Any]) -> bool:
    if name == "and":
        return all(read(part, payload) for part in value)
    if name == "or":
        return any(read(part, payload) for part in value)
    if name == "not":
        return not read(value, payload)
    return _field(name, value, payload)


def _field(name: str, wanted: Any, payload: dict[str, Any]) -> bool:
    held = payload.get(name, [])
    held = [_plain(name, one) for one in (held if isinstance(held, list) else [held])]
    if wanted is None:
        return not held
    if isinstance(wanted, list):
        return any(_plain(name, one) in held for one in wanted)
    if not isinstance(wanted, dict):
        return _plain(name, wanted) in held
    bounds = {key: _plain(name, one) for key, one in wanted.items() if key in ORDER}
    # One value has to meet all bounds.
    met = not bounds or any(all(ORDER[key](one, b) for key, b in bounds.items()) for one in held)
    for key, one in wanted.items():
        if key == "not":
            met = met and not _field(name, one, payload)
        elif key == "exists":
            met = met and bool(held) == one
        elif key == "prefix":
            met = met and any(text.startswith(one) for text in held)
        elif key == "or":
            met = met and any(_field(name, part, payload) for part in one)
    return met


def _plain(name: str, value: Any) -> Any:
    if KINDS[name] != "date":
        return value
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with ram_folder() as folder, EdgeEngine(folder) as engine:
        yield engine.open()


def fill(store: Store, payloads: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    store.delete([record.id for record in store.records()])
    named = {f"d{n}": payload for n, payload in enumerate([EVERY, *payloads])}
    store.write([document(name, "words", metadata=data) for name, data in named.items()])
    assert dict(store.fields()) == KINDS
    return named


def found(store: Store, where: Any) -> set[str]:
    parsed = parse_where(where)
    assert parsed is not None
    check(parsed, store.fields())
    result = store.search(question("words", parsed))
    assert sources(result.dense) == sources(result.lexical)
    return sources(result.dense)


@settings(max_examples=50, deadline=None)
@given(st.lists(PAYLOADS, min_size=1, max_size=5), st.lists(WHERE, min_size=4, max_size=8))
def test_the_engine_finds_what_a_mapping_says(
    store: Store, payloads: list[dict[str, Any]], wheres: list[dict[str, Any]]
) -> None:
    named = fill(store, payloads)
    for where in wheres:
        expected = {name for name, payload in named.items() if read(where, payload)}
        assert found(store, where) == expected, where
        assert found(store, json.dumps(where)) == expected, where


@settings(max_examples=40, deadline=None)
@given(
    st.lists(PAYLOADS, min_size=1, max_size=5),
    st.lists(st.lists(expressions(), min_size=1, max_size=2), min_size=4, max_size=8),
)
def test_the_engine_finds_what_repeated_expressions_say(
    store: Store,
    payloads: list[dict[str, Any]],
    given_: list[list[tuple[str, dict[str, Any]]]],
) -> None:
    named = fill(store, payloads)
    for parts in given_:
        texts = [text for text, _ in parts]
        expected = {
            name
            for name, payload in named.items()
            if all(read(where, payload) for _, where in parts)
        }
        assert found(store, texts) == expected, texts
