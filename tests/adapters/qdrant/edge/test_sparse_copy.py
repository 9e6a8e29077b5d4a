"""Copies of files with holes."""

import os
import shutil
from pathlib import Path

import pytest

from leanrag.adapters.qdrant.edge import sparse_copy
from leanrag.adapters.qdrant.edge.sparse_copy import copy_sparse

SIZE = 8 << 20


def with_holes(file: Path) -> bytes:
    """A file of 8 MiB of which three short stretches are written."""
    with file.open("wb") as writing:
        for at, content in ((0, b"head"), (3 << 20, b"middle" * 1000), (SIZE - 4, b"tail")):
            writing.seek(at)
            writing.write(content)
    return file.read_bytes()


def test_content_is_the_same_and_holes_stay(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    content = with_holes(source)
    source.chmod(0o600)
    copy_sparse(source, target)
    assert target.read_bytes() == content
    assert target.stat().st_mode == source.stat().st_mode
    if source.stat().st_blocks * 512 < SIZE:  # the file system has holes
        assert target.stat().st_blocks <= source.stat().st_blocks + 64


@pytest.mark.parametrize("content", [b"", b"x", b"y" * 3_000_000])
def test_files_without_holes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    copy_sparse(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == content


def test_a_file_that_ends_in_a_hole_keeps_its_length(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"head")
    os.truncate(tmp_path / "a", SIZE)
    copy_sparse(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"head" + bytes(SIZE - 4)


def test_a_file_system_without_holes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = with_holes(tmp_path / "a")

    def refuses(file: int, at: int, how: int) -> int:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(sparse_copy.os, "lseek", refuses)
    copy_sparse(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == content


def test_it_copies_a_tree(tmp_path: Path) -> None:
    (tmp_path / "from" / "inner").mkdir(parents=True)
    content = with_holes(tmp_path / "from" / "inner" / "a")
    shutil.copytree(tmp_path / "from", tmp_path / "to", copy_function=copy_sparse)
    assert (tmp_path / "to" / "inner" / "a").read_bytes() == content
