"""What every store promises about metadata: filters, fields and facets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leanrag.adapters.qdrant import payload
from leanrag.adapters.qdrant.server.documents import ServerDocuments
from leanrag.errors import DocumentError, FilterError
from leanrag.protocols import Store
from leanrag.retrieve.filters import parse_where
from leanrag.types import And, Match, Or
from tests.contracts.engines import ENGINES, LocalEngine
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


MIXED: dict[str, Any] = {
    "a": 1.1, "b": "1.1.2", "c": 2, "d": True, "e": "2024-01-01", "f": ["true", 3], "g": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("v>=1.1", "acf"),
        ("v<2", "a"),
        ("v=1.1", "a"),
        ('v="1.1"', ""),
        ("v=1.1.2", "b"),
        ("v=2.0", "c"),
        ("v=true", "d"),
        ('v="true"', "f"),
        ("v=2024-01-01T01:00:00+01:00", "e"),
        ("v>2023-12-31", "e"),
        ("v in [1.1, 1.1.2, 3]", "abf"),
        ("v!=1.1", "bcdefg"),
        ("v=null", "g"),
        ("v!=null", "abcdef"),
        ({"v": {"prefix": ""}}, "bef"),
        ({"v": {"prefix": "2024-"}}, "e"),
        ({"v": {"not": {"gte": 0}}}, "bdeg"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_field_of_several_types_keeps_them_apart(
    mixed: dict[bool, Store], where: Any, expected: str, together: bool
) -> None:
    store = mixed[together]
    parsed = parse_where(where)
    result = store.search(question("words", parsed))
    assert sources(result.dense) == sources(result.lexical) == set(expected)
    ids = {record.id: record.source for record in store.records()}
    assert {ids[one] for one in store.match(parsed)} == set(expected)


@pytest.fixture(scope="module", params=ENGINES, ids=lambda engine: engine.__name__)
def mixed(request: pytest.FixtureRequest) -> Iterator[dict[bool, Store]]:
    """Stores with a field of all types, written at once and value by value."""
    written = [document(name, "words", metadata={"v": value}) for name, value in MIXED.items()]
    with ram_folder() as folder, request.param(folder) as engine:
        stores = {True: engine.open("once"), False: engine.open("onebyone")}
        stores[True].write(written)
        for one in written:
            stores[False].write([one])
        yield stores


def test_a_field_of_several_types_names_them(mixed: dict[bool, Store]) -> None:
    for store in mixed.values():
        assert dict(store.fields()) == {"v": "boolean|date|number|text"}
        assert len(store.facets()["v"]) == 7


def test_facets_tell_one_from_true(store: Store) -> None:
    store.write([document("a", "words", metadata={"v": [1, True, 1.0]})])
    assert sorted(map(repr, store.facets()["v"])) == ["(1, 1)", "(True, 1)"]


def test_dates_beside_texts_stay_dates(store: Store) -> None:
    store.write([document("a", "words", metadata={"d": "2024-01-01"})])
    store.write([document("b", "words", metadata={"d": "soon"})])
    assert store.fields()["d"] == "date|text"
    for where, expected in (
        ("d=2024-01-01", {"a"}),
        ("d=soon", {"b"}),
        ("d>=2023-01-01", {"a"}),
        ('d="2024-01-01T00"', set()),
    ):
        assert sources(store.search(question("words", parse_where(where))).dense) == expected
    prefix = parse_where({"d": {"prefix": "2024"}})
    assert sources(store.search(question("words", prefix)).dense) == {"a"}
    assert store.match(prefix) == [next(iter(store.records())).id]


@pytest.mark.parametrize(
    ("first", "second"), [("x", 1), (1, True), (True, "x"), (1.5, "2024-01-01")]
)
def test_a_second_type_is_forgotten_with_its_documents(
    store: Store, first: Any, second: Any
) -> None:
    store.write([document("a", "words", metadata={"f": first})])
    alone = dict(store.fields())
    (one,) = store.records()
    store.update_metadata(one.id, {"f": second})
    assert dict(store.fields()) != alone, "what is replaced does not count"
    store.write([document("b", "words", metadata={"f": first})])
    assert "|" in store.fields()["f"]
    for value, source in ((first, "b"), (second, "a")):
        found = store.search(question("words", Match("f", (value,))))
        assert sources(found.dense) == {source}
    store.delete([record.id for record in store.records()])
    store.write([document("b", "words", metadata={"f": first})])
    assert dict(store.fields()) == alone
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


def test_texts_of_an_earlier_version_are_filtered_rightly(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It called a field of dates and texts a text field, with all values as they are written."""
    with monkeypatch.context() as earlier:
        earlier.setattr(payload, "merge_fields", lambda known, _: {**known, "f": "text"})
        store.write([document("a", "words", metadata={"f": "2024-01-01"})])
        store.write([document("b", "words", metadata={"f": "soon"})])
    prefix = {"f": {"prefix": "2024"}}
    for where, expected in (("f=2024-01-01", {"a"}), ("f=soon", {"b"}), (prefix, {"a"})):
        assert sources(store.search(question("words", parse_where(where))).dense) == expected
    store.write([document("c", "words", metadata={"f": 7})])
    assert store.fields()["f"] == "integer|text"
    for where, expected in (
        ("f=2024-01-01", {"a"}), ("f=soon", {"b"}), (prefix, {"a"}), ("f>=1", {"c"}),
        ("f!=7", {"a", "b"}),
    ):  # fmt: skip
        assert sources(store.search(question("words", parse_where(where))).dense) == expected


def test_what_another_writer_put_beside_a_new_type_is_found(tmp_path: Path) -> None:
    """Two processes on a server: one gives a field a second type while the other writes."""
    with LocalEngine(tmp_path) as engine:
        one, other = engine.open(), engine.open()
        one.write([document("a", "words", metadata={"f": 1})])
        publish = ServerDocuments.publish

        def meanwhile(documents: ServerDocuments, generations: Any) -> None:
            ServerDocuments.publish = publish  # type: ignore[method-assign]
            other.write([document("b", "words", metadata={"f": "x"})])
            publish(documents, generations)

        ServerDocuments.publish = meanwhile  # type: ignore[method-assign]
        try:
            one.write([document("c", "words", metadata={"f": 2})])
        finally:
            ServerDocuments.publish = publish  # type: ignore[method-assign]
        for where, expected in (("f>=1", {"a", "c"}), ("f=x", {"b"}), ("f!=2", {"a", "b"})):
            found = other.search(question("words", parse_where(where))).dense
            assert sources(found) == expected
