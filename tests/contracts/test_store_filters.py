"""What every store promises about metadata: filters, fields and facets."""

from collections.abc import Iterator
from typing import Any

import pytest

from leanrag.errors import DocumentError, FilterError
from leanrag.protocols import Store
from leanrag.retrieve.filters import parse_where
from leanrag.types import And, Match, Or
from tests.contracts.engines import ENGINES
from tests.store_samples import document, question, ram_folder, sources

DOCUMENTS: dict[str, dict[str, Any]] = {
    "a": {"team": "db", "year": 2020, "score": 0.5, "draft": True, "when": "2024-01-01"},
    "b": {"team": "web", "year": 2022, "score": 2, "draft": False, "when": "2024-01-01T10:00Z"},
    "c": {"team": ["db", "ops"], "year": [2019, 2023], "when": "2024-01-01T12:00:00+02:00"},
    "d": {"team": [], "when": ["1999-12-31", "2030-01-01T00:00:00.5"], "note": None},
    "e": {"team": "DB", 'odd.name"[0]\\ %': "wörter", "score": -1.5},
    "f": {},
}


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.__name__)
def filled(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store that the tests only read."""
    with ram_folder() as folder, request.param(folder) as engine:
        store = engine.open()
        store.write([document(name, "words", metadata=data) for name, data in DOCUMENTS.items()])
        yield store


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("team=db", "ac"),
        ("team in [db, web]", "abc"),
        ("team=[]", ""),
        ("team!=db", "bdef"),
        ("team not in [db,web]", "def"),
        ("team=null", "df"),
        ("team!=null", "abce"),
        ({"team": {"exists": True}}, "abce"),
        ({"team": {"prefix": "d"}}, "ac"),
        ({"team": {"prefix": ""}}, "abce"),
        ({"team": {"not": {"prefix": "d"}}}, "bdef"),
        ("team=d", ""),
        ("year=2020", "a"),
        ("year=2020.0", "a"),
        ("year=2020.5", ""),
        ("year>2020", "bc"),
        ({"year": {"gt": 2020, "lt": 2022}}, ""),
        ({"year": {"gte": 2019, "lte": 2020}}, "ac"),
        ("year!=2023", "abdef"),
        ("score=0.5", "a"),
        ("score=2", "b"),
        ("score<0.5", "e"),
        ("score in [2, -1.5]", "be"),
        ("draft=true", "a"),
        ("draft=false", "b"),
        ("draft!=true", "bcdef"),
        ("draft in [true, false]", "ab"),
        ("when=2024-01-01", "a"),
        ("when=2024-01-01T10:00:00Z", "bc"),
        ("when>2024-01-01", "bcd"),
        ("when<2000-01-01", "d"),
        ("when>=2030-01-01T00:00:00.5Z", "d"),
        ({"when": {"gte": "2024-01-01T11:00:00+01:00", "lte": "2024-01-01T10:00:00"}}, "bc"),
        ({'odd.name"[0]\\ %': "wörter"}, "e"),
        ({'odd.name"[0]\\ %': {"prefix": "wö"}}, "e"),
        ({"or": [{"team": "web"}, {"draft": True}]}, "ab"),
        ({"or": []}, ""),
        ({"not": {"or": [{"team": "web"}, {"draft": True}]}}, "cdef"),
        (["team=db", "year>=2020"], "ac"),
        ({"team": "db", "not": {"year": 2020}}, "c"),
        ({"unknown": 1}, ""),
        ({"unknown": {"exists": False}}, "abcdef"),
        ({"unknown": {"gt": 1}}, ""),
        ("source=a", "a"),
        ({"source": {"prefix": "b"}}, "b"),
        ("title!=x", "abcdef"),
        ({"title": "Title of c"}, "c"),
        ("language=en", "abcdef"),
        ("page=1", "abcdef"),
        ("page>1", ""),
        ("kind=prose", "abcdef"),
        ("kind=table", ""),
    ],
)
def test_a_filter_lets_through_what_matches(filled: Store, where: Any, expected: str) -> None:
    result = filled.search(question("words", parse_where(where)))
    assert sources(result.dense) == set(expected)
    assert sources(result.lexical) == set(expected)


def test_conditions_without_parts(filled: Store) -> None:
    assert len(filled.search(question("words", And(()))).dense) == 6
    assert filled.search(question("words", Or(()))).dense == ()
    assert filled.search(question("words", Match("team", ()))).dense == ()


def test_a_page_is_a_property_of_the_chunk(store: Store) -> None:
    store.write([document("a", "one words", "two words")])
    hits = store.search(question("words", parse_where("page=2"))).dense
    assert [hit.chunk.text for hit in hits] == ["two words"]


def test_documents_are_matched_by_their_own_properties(filled: Store) -> None:
    ids = {record.source: record.id for record in filled.records()}
    assert filled.match(parse_where("team=db")) == sorted([ids["a"], ids["c"]])
    assert filled.match(parse_where("when>2024-01-01")) == sorted(ids[name] for name in "bcd")
    assert filled.match(parse_where({"source": {"prefix": "f"}})) == [ids["f"]]
    assert filled.match(parse_where("title!=Title of f")) == sorted(ids[name] for name in "abcde")
    assert len(filled.match(parse_where("language=en"))) == 6
    with pytest.raises(FilterError, match="page") as caught:
        filled.match(parse_where(["team=db", "page=1"]))
    assert caught.value.field == "page"


def test_fields_have_the_types_of_their_values(filled: Store) -> None:
    assert dict(filled.fields()) == {
        "team": "text",
        "year": "integer",
        "score": "number",
        "draft": "boolean",
        "when": "date",
        'odd.name"[0]\\ %': "text",
    }
    assert dict(filled.info().fields) == dict(filled.fields())


def test_integers_widen_to_numbers(store: Store) -> None:
    store.write([document("a", "words", metadata={"n": 3})])
    store.write([document("b", "words", metadata={"n": 3.5})])
    store.write([document("c", "words", metadata={"n": 4})])
    assert store.fields()["n"] == "number"
    assert sources(store.search(question("words", parse_where("n>3"))).dense) == {"b", "c"}
    assert sources(store.search(question("words", parse_where("n=3"))).dense) == {"a"}


def test_dates_widen_to_text(store: Store) -> None:
    store.write([document("a", "words", metadata={"d": "2024-01-01"})])
    store.write([document("b", "words", metadata={"d": "soon"})])
    assert store.fields()["d"] == "text"
    for where, expected in (
        ("d=2024-01-01", {"a"}),
        ("d=soon", {"b"}),
        ('d="2024-01-01T00"', set()),
    ):
        assert sources(store.search(question("words", parse_where(where))).dense) == expected
    prefix = parse_where({"d": {"prefix": "2024"}})
    assert sources(store.search(question("words", prefix)).dense) == {"a"}
    assert store.match(prefix) == [next(iter(store.records())).id]


@pytest.mark.parametrize(
    ("first", "second"), [("x", 1), (1, True), (True, "x"), (1.5, "2024-01-01")]
)
def test_a_field_has_one_type(store: Store, first: Any, second: Any) -> None:
    store.write([document("a", "words", metadata={"f": first})])
    with pytest.raises(DocumentError, match=r"'f' is .* in other documents") as caught:
        store.write([document("c", "words"), document("b", "words", metadata={"f": second})])
    assert caught.value.source == "b"
    assert [record.source for record in store.records()] == ["a"]
    # What is replaced, or gone, does not count.
    store.write([document("a", "words", metadata={"f": second})])
    store.delete([record.id for record in store.records()])
    store.write([document("b", "words", metadata={"f": first})])
    where = Match("f", (first,))
    assert sources(store.search(question("words", where)).dense) == {"b"}


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"source": "x"}, "'source'"),
        ({"page": 1}, "'page'"),
        ({"": 1}, "not empty"),
        ({"f": {"nested": 1}}, "'f'.*dict"),
        ({"f": [[1]]}, "'f'.*list"),
        ({"f": [1, "x"]}, "'f' is"),
        ({"f": float("nan")}, "'f'.*finite"),
        ({"f": 2**60}, "'f'.*2\\*\\*53"),
        ({"f": "\ud800"}, "'f'.*Unicode"),
        ({"f": object()}, "'f'.*object"),
    ],
)
def test_metadata_that_cannot_be_filtered_is_refused(
    store: Store, metadata: dict[str, Any], message: str
) -> None:
    with pytest.raises(DocumentError, match=message):
        store.write([document("a", "words", metadata=metadata)])
    assert list(store.records()) == []


def test_facets_count_documents(filled: Store) -> None:
    facets = filled.facets(2)
    assert facets["team"] == [("db", 2), ("DB", 1)]
    assert facets["draft"] == [(False, 1), (True, 1)]
    assert facets["year"] == [(2019, 1), (2020, 1)]
    assert set(facets) == set(filled.fields())
