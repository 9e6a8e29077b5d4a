import os
from pathlib import Path
from typing import Any

import pytest

from leanrag.errors import InputError
from leanrag.ingest.load import SourceFile, SourceText, find

SUFFIXES = frozenset((".txt", ".md", ""))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("docs/b.txt", "docs/a.md", "docs/sub/c.txt", "docs/x.js", "docs/y.js",
                 "docs/.hidden.txt", "docs/.git/d.txt", "docs/README", "other/e.txt"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
    return tmp_path


def sources(*given: Any) -> list[str]:
    return [item.source for item in find(given, suffixes=SUFFIXES).items]


def test_folders_are_read_whole_in_order(tree: Path) -> None:
    assert sources("docs") == ["docs/README", "docs/a.md", "docs/b.txt", "docs/sub/c.txt"]


def test_what_was_left_out_is_counted(tree: Path) -> None:
    found = find(["docs"], suffixes=SUFFIXES)
    assert any("2 files of other types (2 .js)" in text for text in found.warnings)
    assert any("2 hidden" in text for text in found.warnings)


def test_sources_are_paths_as_typed(tree: Path) -> None:
    assert sources("./docs/") == sources("docs") == sources(Path("docs"))
    assert sources("docs/../docs/sub") == ["docs/../docs/sub/c.txt"]
    assert sources(tree / "other") == [f"{tree.as_posix()}/other/e.txt"]
    assert sources(".")[0] == "docs/README"


def test_a_file_that_is_named_is_taken_whatever_it_is(tree: Path) -> None:
    assert sources("docs/x.js", "docs/.hidden.txt") == ["docs/x.js", "docs/.hidden.txt"]


def test_files_without_an_ending_are_taken_where_they_are_text(tree: Path) -> None:
    (tree / "docs" / "program").write_bytes(b"\x7fELF\0\0")
    (tree / "docs" / "report").write_bytes(b"%PDF-1.7\n\0\0")
    assert "docs/program" not in sources("docs")
    assert "docs/report" in sources("docs")


@pytest.mark.parametrize("name", ["searchindex.js", "jquery.min.js", "app.bundle.js"])
def test_what_programs_make_for_programs_is_left_out(tree: Path, name: str) -> None:
    (tree / "docs" / name).write_text("x")
    found = find(["docs"], suffixes={*SUFFIXES, ".js"})
    assert f"docs/{name}" not in [item.source for item in found.items]
    assert "docs/x.js" in [item.source for item in found.items]
    assert sources(f"docs/{name}") == [f"docs/{name}"], "what is named is taken"


def test_sidecars_come_with_their_files_and_are_no_documents(tree: Path) -> None:
    (tree / "docs" / "a.md.meta.yaml").write_text("x: 1")
    (tree / "docs" / "b.txt.meta.json").write_text("{}")
    (tree / "docs" / "gone.txt.meta.yml").write_text("x: 1")
    (tree / "docs" / "sub" / "c.txt.meta.yaml").symlink_to(tree / "other" / "e.txt")
    found = find(["docs"], suffixes={*SUFFIXES, ".yaml", ".json", ".yml"})
    beside = {item.source: item.sidecars for item in found.items if isinstance(item, SourceFile)}
    assert {source: [path.name for path in paths] for source, paths in beside.items()} == {
        "docs/README": [],
        "docs/a.md": ["a.md.meta.yaml"],
        "docs/b.txt": ["b.txt.meta.json"],
        "docs/sub/c.txt": [],
    }
    assert any("1 sidecar files describe a file that is not there" in t for t in found.warnings)
    (named,) = find(["docs/a.md"], suffixes=SUFFIXES).items
    assert isinstance(named, SourceFile)
    assert [path.name for path in named.sidecars] == ["a.md.meta.yaml"]
    (linked,) = find(["docs/sub/c.txt"], suffixes=SUFFIXES).items
    assert isinstance(linked, SourceFile)
    assert linked.sidecars == ()


def test_a_sidecar_that_is_named_is_left_out_with_a_warning(tree: Path) -> None:
    (tree / "docs" / "a.md.meta.yaml").write_text("x: 1")
    found = find(["docs/a.md.meta.yaml", "docs/a.md"], suffixes=SUFFIXES)
    assert [item.source for item in found.items] == ["docs/a.md"]
    assert "sidecar" in found.warnings[0]


def test_a_pipe_is_no_document(tree: Path) -> None:
    os.mkfifo(tree / "docs" / "pipe.txt")
    assert "docs/pipe.txt" not in sources("docs")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        find(["docs/pipe.txt"], suffixes=SUFFIXES)


def test_links_that_lead_out_are_left_out(tree: Path) -> None:
    (tree / "docs" / "out.txt").symlink_to(tree / "other" / "e.txt")
    (tree / "docs" / "folder").symlink_to(tree / "other")
    (tree / "docs" / "in.txt").symlink_to(tree / "docs" / "b.txt")
    (tree / "docs" / "loop").symlink_to(tree / "docs")
    (tree / "docs" / "broken.txt").symlink_to(tree / "docs" / "nothing")
    found = find(["docs"], suffixes=SUFFIXES)
    names = [item.source for item in found.items]
    assert "docs/in.txt" in names
    assert not {"docs/out.txt", "docs/folder/e.txt", "docs/broken.txt"} & set(names)
    assert not any(name.startswith("docs/loop") for name in names)
    assert any("2 links that lead out" in text for text in found.warnings)


def test_what_sphinx_keeps_beside_its_pages_is_left_out(tree: Path) -> None:
    (tree / "docs" / "objects.inv").write_text("")
    (tree / "docs" / "_sources").mkdir()
    (tree / "docs" / "_sources" / "a.txt").write_text("copy")
    assert "docs/_sources/a.txt" not in sources("docs")


def test_an_empty_folder_is_a_warning(tree: Path) -> None:
    (tree / "empty").mkdir()
    found = find(["empty"], suffixes=SUFFIXES)
    assert (found.items, found.warnings) == ((), ("no documents found",))


def test_the_same_file_twice_is_one_document(tree: Path) -> None:
    assert sources("docs", "docs/b.txt").count("docs/b.txt") == 1


def test_texts_are_documents_too() -> None:
    (item,) = find([{"id": "n1", "text": "Hello.", "metadata": {"tags": ("a", "b")}}],
                   suffixes=SUFFIXES).items  # fmt: skip
    assert item == SourceText("n1", "Hello.", "", {"tags": ["a", "b"]})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("missing", "missing: no such file or folder"),
        ("", "document 1: expected a path"),
        (7, "document 1: expected a path or a mapping .* got int"),
        ("a\0b", "no such file|cannot be read"),
        ({"id": "x"}, "document 1: field 'text' is missing"),
        ({"id": 1, "text": "t"}, "document 1: field 'id' must be a text"),
        ({"id": " ", "text": "t"}, "document 1: field 'id' is empty"),
        ({"id": "x", "text": None}, "document 1: field 'text' must be a text"),
        ({"id": "x", "text": "t", "title": 3}, "document 1: field 'title'"),
        ({"id": "x", "text": "t", "metadata": [1]}, "document 1: field 'metadata'"),
        ({"id": "x", "text": "t", "url": "u"}, "document 1: unknown field 'url'"),
    ],
)
def test_bad_input_is_named(tree: Path, given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        find([given], suffixes=SUFFIXES)


def test_two_documents_with_one_source_are_refused(tree: Path) -> None:
    with pytest.raises(InputError, match=r"source 'docs/b.txt': the file docs/b.txt and a text"):
        find(["docs", {"id": "docs/b.txt", "text": "t"}], suffixes=SUFFIXES)
    with pytest.raises(InputError, match="source 'x': a text and a text"):
        find([{"id": "x", "text": "t"}] * 2, suffixes=SUFFIXES)
