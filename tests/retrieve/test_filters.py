"""The where language: what it means, and how it says that something is wrong."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from leanrag.errors import FilterError, InputError
from leanrag.retrieve.filters import check, matches, parse_metadata, parse_where
from leanrag.types import And, Exists, FieldType, Match, Not, Or, Prefix, Range

FIELDS: dict[str, FieldType] = {
    "team": "text",
    "year": "integer",
    "score": "number",
    "draft": "boolean",
    "when": "date",
}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, None),
        ({"team": "db"}, Match("team", ("db",))),
        ({"team": ["db", "web"]}, Match("team", ("db", "web"))),
        ({"team": {"db"}}, Match("team", ("db",))),
        ({"team": None}, Exists("team", present=False)),
        ({"year": {"gte": 2020, "lt": 2024}}, Range("year", gte=2020, lt=2024)),
        ({"when": {"gt": date(2024, 1, 31)}}, Range("when", gt="2024-01-31")),
        (
            {"when": datetime(2024, 1, 31, 8, tzinfo=UTC)},
            Match("when", ("2024-01-31T08:00:00+00:00",)),
        ),
        ({"lang": {"not": "de"}}, Not(Match("lang", ("de",)))),
        ({"lang": {"not": ["de", "fr"]}}, Not(Match("lang", ("de", "fr")))),
        ({"year": {"not": {"lt": 2020}}}, Not(Range("year", lt=2020))),
        ({"tag": {"exists": True}}, Exists("tag")),
        ({"title": {"prefix": "How"}}, Prefix("title", "How")),
        (
            {"title": {"prefix": "How", "not": "How"}},
            And((Prefix("title", "How"), Not(Match("title", ("How",))))),
        ),
        ({"a": 1, "b": 2}, And((Match("a", (1,)), Match("b", (2,))))),
        ({"or": [{"a": 1}, "b>2"]}, Or((Match("a", (1,)), Range("b", gt=2)))),
        ({"and": [{"a": 1}, {"b": 2}]}, And((Match("a", (1,)), Match("b", (2,))))),
        ({"not": {"a": 1}}, Not(Match("a", (1,)))),
        (
            {"year": {"or": [2020, {"gte": 2023}]}},
            Or((Match("year", (2020,)), Range("year", gte=2023))),
        ),
        (["a=1", {"b": 2}], And((Match("a", (1,)), Match("b", (2,))))),
        (Match("a", (1,)), Match("a", (1,))),
    ],
)
def test_mappings(where: Any, expected: Any) -> None:
    assert parse_where(where) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("year>=2022", Range("year", gte=2022)),
        ("year > 2022", Range("year", gt=2022)),
        ("year<=2022.5", Range("year", lte=2022.5)),
        ("when<2024-05-31", Range("when", lt="2024-05-31")),
        ("team=db", Match("team", ("db",))),
        ("team==db", Match("team", ("db",))),
        ("team = two words ", Match("team", ("two words",))),
        ("team=a=b", Match("team", ("a=b",))),
        ("lang!=de", Not(Match("lang", ("de",)))),
        ("tag in [a,b]", Match("tag", ("a", "b"))),
        ('tag in[ a , 2, true, "x, [y]" ]', Match("tag", ("a", 2, True, "x, [y]"))),
        ("tag not  in [a]", Not(Match("tag", ("a",)))),
        ("login in [a]", Match("login", ("a",))),
        ("margin=3", Match("margin", (3,))),
        ('"my field">=3', Range("my field", gte=3)),
        ('"a\\"b"=1', Match('a"b', (1,))),
        ("作者=王", Match("作者", ("王",))),
        ("draft=true", Match("draft", (True,))),
        ('draft="true"', Match("draft", ("true",))),
        ("version=3.10", Match("version", (3.1,))),
        ('version="3.10"', Match("version", ("3.10",))),
        ("id=007", Match("id", ("007",))),
        ("id=12345678901234567890", Match("id", ("12345678901234567890",))),
        ("x=1e999", Match("x", ("1e999",))),
        ("x=NaN", Match("x", ("NaN",))),
        ('x=""', Match("x", ("",))),
        ("x=null", Exists("x", present=False)),
        ("x!=null", Not(Exists("x", present=False))),
    ],
)
def test_expressions(text: str, expected: Any) -> None:
    assert parse_where(text) == expected


@pytest.mark.parametrize(
    ("where", "field", "message"),
    [
        ("begin", None, "FIELD OP VALUE"),
        ("", None, "FIELD OP VALUE"),
        ("=3", None, "FIELD OP VALUE"),
        ("team=", "team", "expected a value"),
        ("team in a", "team", "needs a list"),
        ("team=[a", "team", "does not end"),
        ("team=[a,]", "team", "malformed"),
        ("team=[[a]]", "team", "malformed"),
        ('team="a', "team", "double quotes"),
        ('team="\\ud800"', "team", "double quotes"),
        ("team=\ud800", "team", "Unicode"),
        ("team>abc", "team", "number or an ISO date"),
        ("year>[1]", "year", "number or an ISO date"),
        ("year>true", "year", "number or an ISO date"),
        ({"year": {"gte": None}}, "year", "gte needs a number"),
        ({"year": {"gte": 1, "lt": "2024-01-01"}}, "year", "mix"),
        ({"year": {"gtr": 1}}, "year", "unknown operator 'gtr'.*gte"),
        ({"year": {}}, "year", "empty"),
        ({"year": {"exists": 1}}, "year", "true or false"),
        ({"year": {"prefix": 1}}, "year", "prefix is a text"),
        ({"year": {"or": 1}}, "year", "list of conditions"),
        ({"year": object()}, "year", "got object"),
        ({"year": [[1]]}, "year", "got list"),
        ({"year": [None]}, "year", "got NoneType"),
        ({"year": float("inf")}, "year", "exactly"),
        ({"year": 2**60}, "year", "exactly"),
        ({"or": {"a": 1}}, "or", "list of conditions"),
        ({"or": [{}]}, "or", "empty"),
        ({"not": {}}, "not", "empty"),
        ({"or": []}, "or", "list is empty"),
        ({"and": []}, "and", r"list is empty; leave the filter out \(None\)"),
        ({"and": ()}, "and", "list is empty"),
        ({"team": []}, "team", "list is empty"),
        ({"team": set()}, "team", "list is empty"),
        ({"team": {"not": []}}, "team", "list is empty"),
        ({"team": {"and": []}}, "team", "list is empty"),
        ({"team": {"or": ()}}, "team", "list is empty"),
        ({"a": 1, "not": {"or": [{"and": []}]}}, "and", "list is empty"),
        ("team in []", "team", "list is empty"),
        ("team not in []", "team", "list is empty"),
        ("team=[]", "team", "list is empty"),
        ("team!=[]", "team", "list is empty"),
        (And(()), "and", "list is empty"),
        (Or((Match("a", (1,)), Not(And(())))), "and", "list is empty"),
        (Not(Or(())), "or", "list is empty"),
        (Match("team", ()), "team", "list is empty"),
        ({"a": 1, "and": [Or(())]}, "or", "list is empty"),
        ({}, None, r"where: \{\} names no condition; leave the filter out \(None\)"),
        ([], None, r"where: \[\] names no condition"),
        ((), None, "names no condition"),
        ("{}", None, "names no condition"),
        ([None], "where", "empty condition"),
        (["team=db", {}], "where", "empty condition"),
        (["team=db", []], "where", "empty condition"),
        ([[None]], "where", "empty condition"),
        ("", None, "expected"),
        ({3: 1}, None, "field name"),
        (3, None, "mapping or expressions"),
        (b"a=1", None, "mapping or expressions"),
    ],
)
def test_what_is_malformed_is_named(where: Any, field: str | None, message: str) -> None:
    with pytest.raises(FilterError, match=message) as caught:
        parse_where(where)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "where",
    [
        "team=db",
        {"team": {"prefix": "d"}},
        "year>=2020",
        "year=2020.5",
        "score in [1, 2.5]",
        "draft=true",
        "when>=2024-01-01",
        "when=2024-01-01",
        {"draft": {"exists": False}},
        {"source": "a.md", "title": {"prefix": "A"}, "page": {"gt": 3}, "language": "en"},
        "kind=table",
        {"or": ["draft=true"], "not": {"team": "x"}},
    ],
)
def test_known_fields_with_values_of_their_type_pass(where: Any) -> None:
    parsed = parse_where(where)
    assert parsed is not None
    check(parsed, FIELDS)


@pytest.mark.parametrize(
    ("where", "field", "message"),
    [
        ("yaer=2020", "yaer", "unknown field 'yaer'; did you mean 'year'"),
        ("pgae=2", "pgae", "did you mean 'page'"),
        ("Year=2020", "Year", r"did you mean 'year' \(an integer field\)\?"),
        ("DRAFT=true", "DRAFT", r"did you mean 'draft' \(a true/false field\)\?"),
        ("qqqqqq=2", "qqqqqq", r"the closest is '\w+' \(an? .*field\) \(fields: draft, kind"),
        ({"tema": {"exists": True}}, "tema", "did you mean 'team'"),
        ("year=abc", "year", "an integer field, but the value is 'abc'"),
        ("year=true", "year", "an integer field, but the value is True"),
        ("draft=1", "draft", "a true/false field, but the value is 1"),
        ("team=3", "team", 'write team="3"'),
        ("team=true", "team", 'write team="true"'),
        ("team>3", "team", "has no order"),
        ("team>2024-01-01", "team", "has no order"),
        ("year>2024-01-01", "year", "an integer field, but the value is '2024-01-01'"),
        ("when>3", "when", "a date field, but the value is 3; write a date"),
        ("when=soon", "when", "a date field, but the value is 'soon'"),
        ({"year": {"prefix": "2"}}, "year", "prefix applies to texts only"),
        ({"page": "three"}, "page", "an integer field"),
        ({"or": [{"team": "db"}, {"not": {"yaer": 1}}]}, "yaer", "unknown field"),
    ],
)
def test_unknown_fields_and_other_types_are_named(where: Any, field: str, message: str) -> None:
    parsed = parse_where(where)
    assert parsed is not None
    with pytest.raises(FilterError, match=message) as caught:
        check(parsed, FIELDS)
    assert caught.value.field == field


def test_a_field_is_close_whatever_its_case_and_separators() -> None:
    fields: dict[str, FieldType] = {"file_modified": "date", "file_size": "integer"}
    with pytest.raises(FilterError, match=r"did you mean 'file_modified' \(a date field\)"):
        check(Exists("FileModified"), fields)


def test_many_fields_are_not_all_listed() -> None:
    fields: dict[str, FieldType] = {f"field{n}": "text" for n in range(500)}
    with pytest.raises(FilterError, match="did you mean 'field77'") as caught:
        check(Exists("feild77"), fields)
    assert len(str(caught.value)) < 500


def test_a_mapping_can_be_written_as_json() -> None:
    where: dict[str, Any] = {
        "or": [{"team": ["db", "web"]}, {"title": {"prefix": "How"}}],
        "year": {"gte": 2020, "lt": 2024},
        "not": {"tag": {"exists": True}},
        "note": None,
    }
    assert parse_where(json.dumps(where)) == parse_where(where)
    assert parse_where([" " + json.dumps(where), "draft=true"]) == And(
        (parse_where(where), Match("draft", (True,)))  # type: ignore[arg-type]
    )
    assert parse_where('{"and": ["year>=2020", {"lang": {"not": "de"}}]}') == And(
        (Range("year", gte=2020), Not(Match("lang", ("de",))))
    )
    assert parse_where('"{odd}"=1') == Match("{odd}", (1,))


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("{year: 1}", "not a JSON object"),
        ('{"year": 1', "not a JSON object"),
        ('{"year": 1} x', "not a JSON object"),
        ('{"year": NaN}', "NaN"),
        ('{"year": 1, "year": 2}', "'year' stands there twice"),
        ('{"or": [' * 40_000, "not a JSON object"),
        ('{"not": ' * 200 + "{}" + "}" * 200, "levels deep"),
        ({"and": [[[]]] * 2, "x": {"y": 1}}, "empty condition"),
    ],
)
def test_malformed_json_is_named(where: Any, message: str) -> None:
    with pytest.raises(FilterError, match=message):
        parse_where(where)


def test_what_is_nested_too_deep_is_refused_in_python_too() -> None:
    where: Any = {"a": 1}
    for _ in range(50_000):
        where = {"not": where}
    with pytest.raises(FilterError, match="64 levels deep"):
        parse_where(where)


def test_a_filter_of_the_wrong_type_matches_nothing_where_it_is_not_checked() -> None:
    data: dict[str, Any] = {"year": 1, "flag": True, "team": "1"}
    for where in (Match("year", (True, "1")), Match("flag", (1,)), Match("team", (1,))):
        assert not matches(where, data)
    assert not matches(Range("team", gt=0), data)
    assert not matches(Range("year", gt="2024-01-01"), data)
    assert not matches(Prefix("year", "1"), data)


def test_metadata_assignments() -> None:
    assert parse_metadata(
        [
            "team=db",
            "year = 2024",
            "tags=[a, 2x]",
            "when=2024-01-31",
            "ok=true",
            "q=a=b",
            'v="3.10"',
        ]
    ) == {
        "team": "db",
        "year": 2024,
        "tags": ["a", "2x"],
        "when": "2024-01-31",
        "ok": True,
        "q": "a=b",
        "v": "3.10",
    }
    assert parse_metadata([]) == {}


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["team"], "KEY=VALUE"),
        (["=db"], "KEY=VALUE"),
        (["team=a", "team=b"], r"team=\[a,b\]"),
        (["team="], "expected a value"),
        (["team=null"], "null"),
        (["team=[a, null]"], "'team'"),
    ],
)
def test_malformed_metadata_is_named(assignments: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_metadata(assignments)
