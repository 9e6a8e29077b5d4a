from pathlib import Path

import pytest

from leanrag.errors import DocumentError
from leanrag.ingest import sidecar


def write(folder: Path, ending: str, content: str | bytes) -> Path:
    path = folder / f"report.pdf{ending}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("ending", "content"),
    [
        (".meta.yaml", "team: db\nyear: 2024\nseen: 2024-05-06\nopen: yes\ntags: [a, b]\nnone:\n"),
        (".meta.yml", "\ufeff{team: db, year: 2024, seen: 2024-05-06, open: true, tags: [a, b]}"),
        (".meta.json", '{"team": "db", "year": 2024, "seen": "2024-05-06", "open": true,'
                       ' "tags": ["a", "b"]}'),
    ],
)  # fmt: skip
def test_fields_keep_their_types(tmp_path: Path, ending: str, content: str) -> None:
    path = write(tmp_path, ending, content)
    found = sidecar.read((path,), "report.pdf")
    assert found.problems == ()
    assert found.fields == {
        "team": "db", "year": 2024, "seen": "2024-05-06", "open": True, "tags": ["a", "b"],
    }  # fmt: skip


def test_none_or_an_empty_one_says_nothing(tmp_path: Path) -> None:
    assert sidecar.read((), "report.pdf").fields == {}
    assert sidecar.read((write(tmp_path, ".meta.yaml", "# nothing\n"),), "report.pdf").fields == {}


def test_odd_fields_are_left_out_and_named(tmp_path: Path) -> None:
    content = (
        "team: {name: db, size: 3}\nlinks: [{a: 1}]\nkind: memo\n1: x\nbig: 99999999999999999999\n"
    )
    found = sidecar.read((write(tmp_path, ".meta.yaml", content),), "report.pdf")
    assert found.fields == {"team.name": "db", "team.size": 3, "kind": "memo", "1": "x"}
    first, second = found.problems
    assert "report.pdf.meta.yaml" in first
    assert "'links'" in first
    assert "'big'" in second


@pytest.mark.parametrize(
    ("ending", "content", "problem"),
    [
        (".meta.yaml", "a: [1", "not valid YAML"),
        (".meta.yaml", "- a\n- b\n", "does not hold a mapping"),
        (".meta.yaml", "!!python/object/apply:os.system ['true']", "does not hold a mapping"),
        (".meta.yaml", "a: &a [1, *a]\n", "not valid YAML"),
        (".meta.json", '{"a": 1,}', "not valid JSON"),
        (".meta.json", "[" * 100_000, "not valid JSON"),
        (".meta.yaml", b"a: \xff\xfe", "not UTF-8"),
        (".meta.yaml", b"a: " + b"x" * 300_000, "over 256 KiB"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, ending: str, content: str | bytes, problem: str
) -> None:
    path = write(tmp_path, ending, content)
    with pytest.raises(DocumentError, match=problem) as caught:
        sidecar.read((path,), "docs/report.pdf")
    assert caught.value.source == "docs/report.pdf"
    assert f"report.pdf{ending}" in str(caught.value)


def test_two_are_one_too_many(tmp_path: Path) -> None:
    paths = tuple(write(tmp_path, ending, "{}") for ending in (".meta.yaml", ".meta.json"))
    with pytest.raises(DocumentError, match="two sidecar files"):
        sidecar.read(paths, "report.pdf")


def test_one_that_went_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        sidecar.read((tmp_path / "report.pdf.meta.yaml",), "report.pdf")


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("a.pdf.meta.yaml", "a.pdf"), ("a.meta.json", "a"), (".meta.json", None),
        ("a.meta.yaml.bak", None), ("a\nb.txt.meta.yml", "a\nb.txt"),
    ],
)  # fmt: skip
def test_names(name: str, described: str | None) -> None:
    assert sidecar.described_by(name) == described
