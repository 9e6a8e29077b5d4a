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
    assert found == {
        "team": "db", "year": 2024, "seen": "2024-05-06", "open": True, "tags": ["a", "b"],
    }  # fmt: skip


def test_none_or_an_empty_one_says_nothing(tmp_path: Path) -> None:
    assert sidecar.read((), "report.pdf") == {}
    assert sidecar.read((write(tmp_path, ".meta.yaml", "# nothing\n"),), "report.pdf") == {}


@pytest.mark.parametrize(
    ("ending", "content", "problem"),
    [
        (".meta.yaml", "a: [1", "not valid YAML"),
        (".meta.yaml", "- a\n- b\n", "does not hold a mapping"),
        (".meta.yaml", "title: x\n", "'title'"),
        (".meta.yaml", "a: {b: 1}\n", "'a'"),
        (".meta.yaml", "1: x\n", "field name"),
        (".meta.yaml", "!!python/object/apply:os.system ['true']", "not valid YAML"),
        (".meta.yaml", "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "'b'"),
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
