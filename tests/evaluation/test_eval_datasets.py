import pytest

from leanrag.errors import EvaluationError
from leanrag.evaluation.datasets import (
    TWO_WAY,
    LoadOptions,
    choose,
    converted,
    split_of,
)
from leanrag.evaluation.rows import CaseProblem

ITEMS = [(f"doc{n // 3}", f"case{n}") for n in range(300)]


def chosen(**options: object) -> list[tuple[str, str]]:
    return choose(ITEMS, LoadOptions(**options), key=lambda item: item)  # type: ignore[arg-type]


def test_the_three_parts_cover_all_and_share_no_document() -> None:
    parts = [chosen(split=split) for split in ("train", "tune", "report")]

    assert sorted(item for part in parts for item in part) == sorted(ITEMS)
    documents = [{document for document, _ in part} for part in parts]
    assert not documents[0] & documents[1] | documents[1] & documents[2]
    assert 140 <= len(parts[0]) <= 220


def test_a_part_does_not_depend_on_the_rest_of_the_set() -> None:
    assert split_of("doc1") == split_of("doc1")
    assert {split_of(str(n), TWO_WAY) for n in range(50)} == {"tune", "report"}


def test_a_limit_samples_and_keeps_the_order() -> None:
    some, more = chosen(limit=20), chosen(limit=50)

    assert len(some) == 20
    assert set(some) < set(more)
    assert some == [item for item in ITEMS if item in set(some)]
    assert some != ITEMS[:20]
    assert chosen(limit=20, seed=1) != some


def test_a_split_that_the_set_has_not_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="no split 'train', only tune, report"):
        choose(ITEMS, LoadOptions(split="train"), key=lambda item: item, shares=TWO_WAY)


def test_rows_that_cannot_be_converted_become_problems() -> None:
    rows = [(1, {"a": "1"}), (2, {}), (3, {"a": "x"}), (4, []), (5, CaseProblem("f", 5, "bad"))]

    found = [value for _, value in converted(rows, "f", lambda row: int(row["a"]))]

    assert found[0] == 1
    assert [str(problem) for problem in found[1:]] == [
        "f:2: the field 'a' is missing",
        "f:3: not in the expected form: invalid literal for int() with base 10: 'x'",
        "f:4: expected a mapping",
        "f:5: bad",
    ]
