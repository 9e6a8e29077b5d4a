"""Metadata values: what is stored, and which types fields have."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from leanrag.metadata import clean_metadata, field_type, matches, merge_fields, parse_date
from leanrag.types import Match, Prefix, Range


def test_values_are_stored_as_json_has_them() -> None:
    assert clean_metadata(
        {
            "day": date(2024, 1, 31),
            "moment": datetime(2024, 1, 31, 8, 30, tzinfo=UTC),
            "tags": ("b", "a"),
            "set": {"b", "a"},
            "none": None,
            "empty": [],
            "flag": True,
        }
    ) == {
        "day": "2024-01-31",
        "moment": "2024-01-31T08:30:00+00:00",
        "tags": ["b", "a"],
        "set": ["a", "b"],
        "empty": [],
        "flag": True,
    }


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", "text"),
        ("", "text"),
        ("2024-01-31", "date"),
        ("2024-02-30", "text"),
        ("20240131", "text"),
        ("2024-01-31T25:00", "text"),
        ("２０２４-01-31", "text"),
        (1, "integer"),
        (1.0, "number"),
        (True, "boolean"),
        ([1, 2.5], "number"),
        (["2024-01-31", "x"], "date|text"),
        (["x", 1, True, 2.5], "boolean|number|text"),
        ([], None),
    ],
)
def test_a_field_has_the_type_of_its_values(value: Any, kind: str | None) -> None:
    assert field_type(value) == kind


def test_dates_without_an_offset_are_utc() -> None:
    assert parse_date("2024-01-31T08:00") == datetime(2024, 1, 31, 8, tzinfo=UTC)
    assert parse_date("2024-01-31T08:00:00+02:00") == datetime(2024, 1, 31, 6, tzinfo=UTC)
    assert parse_date("0001-01-01T00:00:00+14:00") is None


def test_types_widen_or_stand_together() -> None:
    assert merge_fields({"f": "integer"}, {"f": 1.5}) == {"f": "number"}
    assert merge_fields({"f": "text"}, {"f": "2024-01-31"}) == {"f": "date|text"}
    assert merge_fields({"f": "text"}, {"f": [], "g": 1}) == {"f": "text", "g": "integer"}
    assert merge_fields({"f": "boolean"}, {"f": 1}) == {"f": "boolean|integer"}
    assert merge_fields({"f": "integer|text"}, {"f": 1.5}) == {"f": "number|text"}


@pytest.mark.parametrize("value", [1, 1.0, "1.1.2", True, "2024-01-31"])
def test_a_condition_reads_the_values_of_its_own_type(value: Any) -> None:
    """In a field of all types, each value is equal to itself and to no other one."""
    fields = {"f": "boolean|date|number|text"}
    for other in (1, "1", "1.1.2", True, "true", "2024-01-31", "2024-01-32"):
        same = other == value and isinstance(other, bool) == isinstance(value, bool)
        assert matches(Match("f", (other,)), {"f": value}, fields) == same
    assert matches(Match("f", ("2024-01-31T00:00Z",)), {"f": value}, fields) == (
        value == "2024-01-31"
    )


def test_bounds_and_prefixes_pass_over_other_types() -> None:
    fields = {"f": "boolean|date|number|text"}
    values = [1.1, 2, "1.1.2", True, "2024-01-31"]
    read = {
        where: [value for value in values if matches(where, {"f": value}, fields)]
        for where in (Range("f", gte=1.1), Range("f", gt="2024-01-01"), Prefix("f", ""))
    }
    assert list(read.values()) == [[1.1, 2], ["2024-01-31"], ["1.1.2", "2024-01-31"]]
    assert not matches(Prefix("f", ""), {"f": "2024-01-31"}, {"f": "date|number"})


def test_a_field_that_an_earlier_version_widened_to_text_compares_texts() -> None:
    where = Match("f", ("2024-01-31T00:00:00",))
    assert matches(where, {"f": "2024-01-31"})
    assert not matches(where, {"f": "2024-01-31"}, {"f": "text"})
    assert not matches(Range("f", gt="2000-01-01"), {"f": "2024-01-31"}, {"f": "text"})
