from leanrag.ingest.duplicates import find_duplicates
from leanrag.text.sketch import sketch
from leanrag.types import DocumentRecord, NearDuplicates

WORDS = [f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(120)]


def record(source: str, text: str) -> DocumentRecord:
    return DocumentRecord(source, source, text, {}, 1, 1, 1, "", sketch(text))


def version(n: int) -> str:
    return " ".join([*WORDS[:60], f"edition of {n} {'abc'[n % 3]}", *WORDS[60:]])


def test_copies_and_versions_stand_in_groups() -> None:
    found = find_duplicates(
        [
            record("v2", version(1)),
            record("v1", version(0)),
            record("copy of v1", version(0)),
            record("v3", version(2)),
            record("other", " ".join(reversed(WORDS))),
            record("short", "too short"),
            record("also short", "too short indeed"),
        ]
    )
    assert found.copies == (("copy of v1", "v1"),)
    (group,) = found.near
    assert group.sources == ("copy of v1", "v2", "v3")
    assert 0.8 <= group.similarity < 1


def test_many_versions_are_one_group() -> None:
    versions = [record(f"v{n:03}", version(n)) for n in range(60)]
    (group,) = find_duplicates(versions).near
    assert len(group.sources) == 60


def test_nothing_is_alike_in_nothing() -> None:
    assert find_duplicates([]) == find_duplicates([record("a", version(1))])
    assert NearDuplicates((), 0.0) not in find_duplicates([]).near
