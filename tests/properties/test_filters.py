"""The engine and the plain reading agree on every filter; the language says what it parses."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.errors import FilterError, InputError
from leanrag.metadata import BUILT_IN_FIELDS, matches, merge_fields, parse_date
from leanrag.protocols import Store
from leanrag.retrieve.filters import check, parse_metadata, parse_where
from leanrag.types import And, Exists, Filter, Match, Not, Or, Prefix, Range
from tests.contracts.engines import ENGINES, EdgeEngine
from tests.store_samples import document, question, ram_folder, sources

TEXTS = st.sampled_from(
    ["", "a", "ab", "b", "Ä", "ä", "中文", "true", "1", "2024-01-01x", '"', "é"]
)
INTEGERS = st.sampled_from([-(2**53), -1, 0, 1, 2, 2**31, 2**53])
NUMBERS = INTEGERS | st.sampled_from([-0.5, 0.0, 0.1, 1.0, 1.5, 1e300, -1e-300])
DATES = st.sampled_from(
    [
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00.000001",
        "2024-01-01T01:00+01:00",
        "2023-12-31 23:59:59.999999",
        "1850-02-28",
        "0001-01-01",
        "9999-12-31T23:59:59Z",
    ]
)
MIXED = st.one_of(TEXTS, NUMBERS, DATES, st.booleans())
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "text": TEXTS,
    "odd .\"'[0]%/é": TEXTS,
    "integer": INTEGERS,
    "number": NUMBERS,
    "flag": st.booleans(),
    "date": DATES,
    "mixed": MIXED,
    "source": st.sampled_from(["doc0", "doc1", "doc2"]),
}
METADATA = st.fixed_dictionaries(
    {},
    optional={
        name: values | st.lists(values, max_size=3)
        for name, values in VALUES.items()
        if name != "source"
    },
)


@st.composite
def leaves(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(list(VALUES)))
    values = VALUES[name]
    kind = draw(st.sampled_from(["match", "range", "exists", "prefix"]))
    if kind == "range" and name in ("integer", "number", "date"):
        bound = st.none() | (NUMBERS if name == "integer" else values)
        return Range(name, draw(bound), draw(bound), draw(bound), draw(bound))
    if kind == "range" and name == "mixed":
        bound = st.none() | draw(st.sampled_from([NUMBERS, DATES]))
        return Range(name, draw(bound), draw(bound), draw(bound), draw(bound))
    if kind == "prefix" and values in (TEXTS, MIXED):
        return Prefix(name, draw(TEXTS))
    if kind == "exists" and name != "source":
        return Exists(name, draw(st.booleans()))
    wanted = NUMBERS if name == "integer" else values
    return Match(name, tuple(draw(st.lists(wanted, max_size=3))))


FILTERS = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def embedded() -> Iterator[Store]:
    with ram_folder() as folder, EdgeEngine(folder) as engine:
        yield engine.open()


@pytest.fixture(scope="module", params=ENGINES[1:], ids=lambda engine: engine.__name__)
def other(request: pytest.FixtureRequest) -> Iterator[Store]:
    with ram_folder() as folder, request.param(folder) as engine:
        yield engine.open()


@settings(max_examples=60, deadline=None)
@given(data=st.lists(METADATA, min_size=1, max_size=4), filters=st.lists(FILTERS, min_size=5))
def test_the_embedded_engine_filters_as_the_plain_reading(
    embedded: Store, data: list[dict[str, Any]], filters: list[Filter]
) -> None:
    agree(embedded, data, filters)


@settings(max_examples=10, deadline=None)
@given(data=st.lists(METADATA, min_size=1, max_size=4), filters=st.lists(FILTERS, min_size=5))
def test_other_engines_filter_as_the_plain_reading(
    other: Store, data: list[dict[str, Any]], filters: list[Filter]
) -> None:
    agree(other, data, filters)


def agree(store: Store, metadata: list[dict[str, Any]], filters: list[Filter]) -> None:
    """Makes a store of the metadata, and asks it with each filter."""
    store.delete([record.id for record in store.records()])
    written = [document(f"doc{n}", "words", metadata=data) for n, data in enumerate(metadata)]
    # Types come together within one batch, and one batch after another.
    store.write(written[:1])
    store.write(written[1:])
    fields: dict[str, Any] = {}
    for data in metadata:
        fields = merge_fields(fields, data)
    assert dict(store.fields()) == fields
    for where in filters:
        expected = {
            f"doc{n}"
            for n, data in enumerate(metadata)
            if matches(where, {**data, "source": f"doc{n}"}, {**fields, **BUILT_IN_FIELDS})
        }
        result = store.search(question("words", where))
        assert sources(result.dense) == expected, where
        assert sources(result.lexical) == expected, where
        ids = {record.id: record.source for record in store.records()}
        assert {ids[one] for one in store.match(where)} == expected, where


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["T", " "]))
def test_an_iso_date_is_its_instant(moment: datetime, separator: str) -> None:
    assert parse_date(moment.isoformat(separator)) == moment
    assert parse_date(moment.replace(tzinfo=None).isoformat(separator)) == moment
    assert parse_date(moment.date().isoformat()) == datetime(
        moment.year, moment.month, moment.day, tzinfo=UTC
    )


SCALARS = (
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)


@given(st.text(st.characters(codec="utf-8"), min_size=1), SCALARS)
def test_any_field_and_value_can_be_written_as_an_expression(name: str, value: Any) -> None:
    written = f"{json.dumps(name)} = {json.dumps(value)}"
    assert parse_where(written) == Match(name, (value,))
    assert parse_where(written.replace(" = ", "!=", 1)) == Not(Match(name, (value,)))


@given(st.lists(SCALARS, min_size=1, max_size=5))
def test_any_list_can_be_written_as_an_expression(values: list[Any]) -> None:
    assert parse_where(f"f in {json.dumps(values)}") == Match("f", tuple(values))
    assert parse_where(f"f not in{json.dumps(values, ensure_ascii=False)}") == Not(
        Match("f", tuple(values))
    )


@given(st.text())
def test_any_text_is_an_expression_or_a_named_error(text: str) -> None:
    with suppress(FilterError):
        assert parse_where(text) is not None
    with suppress(InputError):
        assert len(parse_metadata([text])) == 1


JSON = st.recursive(
    st.none() | SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "gte", "lt", "not", "exists", "prefix", "or", "and"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_mapping_is_a_filter_or_a_named_error(where: Any) -> None:
    with suppress(FilterError):
        parsed = parse_where(where)
        assert (parsed is None) == (where is None)
        if parsed is not None:
            matches(parsed, {"a": 1})
            check(parsed, {"a": "integer"})
