"""A lock on a folder: one owner at a time, freed by the system when the owner dies."""

import os
import sys
from pathlib import Path

from leanrag.errors import StoreError, StoreInUseError


class FolderLock:
    """Holds an exclusive lock on a file; ``release`` may be called more than once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, path: Path, name: str) -> "FolderLock":
        """Takes the lock at once, or raises.

        Args:
            path: The lock file, created where needed.
            name: What is locked, for the message.

        Raises:
            StoreInUseError: another process, or another object of this one, holds it.
            StoreError: the file cannot be opened.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(f"{name} cannot be opened: {error}", service="store") from error
        if not _try_lock(descriptor):
            owner = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            if owner == str(os.getpid()):
                who = "this process has it open already; close that first"
            else:
                who = f"process {owner or 'unknown'} has it open; wait for it or stop it"
            raise StoreInUseError(
                f"{name} is in use: {who}. An embedded store serves one process at a time; "
                "use a Qdrant server for several",
                service="store",
                retryable=True,
            )
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
        return cls(descriptor)

    def release(self) -> None:
        """Frees the lock. The file stays: removing it would let two owners in."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            # A child made by fork has the file open, too: closing alone would not free it.
            _unlock(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        # Far behind the owner's number, which others must be able to read.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            os.lseek(descriptor, 0, os.SEEK_SET)
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
