"""The lock on a folder."""

import os
import time
from pathlib import Path

import pytest

from leanrag.adapters.qdrant.edge.folder_lock import FolderLock
from leanrag.errors import StoreError, StoreInUseError


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = FolderLock.acquire(path, "the thing")
    assert path.read_text() == f"{os.getpid()}\n"
    with pytest.raises(StoreInUseError, match="the thing is in use: this process has it open"):
        FolderLock.acquire(path, "the thing")
    first.release()
    first.release()
    second = FolderLock.acquire(path, "the thing")
    with pytest.raises(StoreInUseError):
        FolderLock.acquire(path, "the thing")
    second.release()


def test_a_child_by_fork_does_not_keep_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FolderLock.acquire(path, "the thing")
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        lock.release()
        FolderLock.acquire(path, "the thing").release()
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_a_child_that_ends_does_not_free_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = FolderLock.acquire(path, "the thing")
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(StoreInUseError):
        FolderLock.acquire(path, "the thing")
    lock.release()


def test_a_place_without_a_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the thing cannot be opened"):
        FolderLock.acquire(tmp_path / "missing" / "lock", "the thing")
