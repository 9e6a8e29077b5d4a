"""Folders that are too deep, closed, or tied in circles: the rest is found."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from leanrag.ingest.load import find
from leanrag.ingest.walk import folders_of

SUFFIXES = frozenset((".txt", ""))


def close(folder: Path, mode: int) -> None:
    """Takes rights away, from a user who has to have them: not root."""
    folder.chmod(mode)
    if os.access(folder, os.R_OK | os.X_OK):
        pytest.skip("whoever may read everything, such as root, meets no closed folder")


@pytest.fixture
def docs(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "top.txt").write_text("text")
    yield folder
    shutil.rmtree(tmp_path, ignore_errors=True)


def nest(folder: Path, name: str, levels: int) -> None:
    """Folders in one another, made one at a time, since their path is too long for the system."""
    descriptors = [os.open(folder, os.O_RDONLY)]
    for _ in range(levels):
        os.mkdir(name, dir_fd=descriptors[-1])
        descriptors.append(os.open(name, os.O_RDONLY, dir_fd=descriptors[-1]))
        os.close(descriptors.pop(0))
    leaf = os.open("leaf.txt", os.O_CREAT | os.O_WRONLY, dir_fd=descriptors[-1])
    os.write(leaf, b"text")
    for descriptor in (leaf, *descriptors):
        os.close(descriptor)


def unnest(folder: Path, name: str, levels: int) -> None:
    """Takes them away by moving the inner ones up, as no path may lead to them."""
    for level in range(levels):
        (folder / name).rename(folder / f"level{level}")
        inner = folder / f"level{level}" / name
        if inner.exists():
            inner.rename(folder / name)
        shutil.rmtree(folder / f"level{level}")


def test_a_path_that_is_too_long_is_one_line_and_the_rest_is_found(docs: Path) -> None:
    nest(docs, "d" * 100, 50)
    try:
        found = find([docs], suffixes=SUFFIXES)
    finally:
        unnest(docs, "d" * 100, 50)
    assert [item.source for item in found.items] == [f"{docs.as_posix()}/top.txt"]
    (told,) = found.warnings
    assert told.endswith("cannot be read: File name too long")
    assert len(told) < 300


def test_a_file_at_the_end_of_a_path_that_is_too_long_is_left_to_the_parser(docs: Path) -> None:
    folder, name = docs, "d" * 200
    while len(str(folder)) + len(name) < 4080:
        folder /= name
    folder.mkdir(parents=True)
    rest = "e" * (4090 - len(str(folder)))
    descriptor = os.open(folder, os.O_RDONLY)
    os.close(os.open(f"{rest}.txt", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)
    found = find([docs], suffixes=SUFFIXES)
    assert {item.source.rpartition("/")[2] for item in found.items} == {"top.txt", f"{rest}.txt"}


def test_folders_may_lie_a_thousand_deep(docs: Path) -> None:
    nest(docs, "d", 1500)
    try:
        sources = [item.source for item in find([docs], suffixes=SUFFIXES).items]
    finally:
        unnest(docs, "d", 1500)
    assert len(sources) == 2
    assert sources[1].endswith("/d/leaf.txt")


def test_links_in_a_circle_are_no_documents(docs: Path) -> None:
    (docs / "circle.txt").symlink_to("circle.txt")
    (docs / "one").symlink_to("two")
    (docs / "two").symlink_to("one")
    found = find([docs], suffixes=SUFFIXES)
    assert [item.source for item in found.items] == [f"{docs.as_posix()}/top.txt"]


def test_a_closed_folder_is_one_line(docs: Path) -> None:
    closed = docs / "closed"
    closed.mkdir()
    close(closed, 0)
    found = find([docs], suffixes=SUFFIXES)
    closed.chmod(0o700)
    assert len(found.items) == 1
    assert found.warnings == (f"{closed}: cannot be read: Permission denied",)


def test_files_that_can_be_listed_but_not_looked_at_are_left_to_the_parser(docs: Path) -> None:
    (docs / "half").mkdir()
    (docs / "half" / "a.txt").write_text("text")
    close(docs / "half", 0o400)
    found = find([docs], suffixes=SUFFIXES)
    (docs / "half").chmod(0o700)
    assert {item.source.rpartition("/")[2] for item in found.items} == {"top.txt", "a.txt"}


def test_a_folder_that_vanishes_is_told_and_the_others_come(docs: Path) -> None:
    for name in ("a", "b"):
        (docs / name).mkdir()
    errors: list[OSError] = []
    seen = []
    for folder, _, _ in folders_of(docs, errors.append):
        seen.append(folder.name)
        if folder == docs:
            (docs / "a").rmdir()
    assert seen == ["docs", "b"]
    assert [Path(error.filename).name for error in errors] == ["a"]
