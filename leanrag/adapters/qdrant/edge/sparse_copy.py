"""Copies a file without filling its holes: the engine reserves far more room than it uses."""

import errno
import os
import shutil
from pathlib import Path

_BLOCK = 1 << 20


def copy_sparse(source: str | Path, target: str | Path) -> str:
    """Copies content and permissions; holes stay holes where the file system knows of them.

    For ``shutil.copytree``. Raises ``OSError`` as it does.
    """
    if not hasattr(os, "SEEK_DATA"):
        return str(shutil.copy2(source, target))
    with open(source, "rb") as reading, open(target, "wb") as writing:
        size = os.fstat(reading.fileno()).st_size
        at = 0
        while (found := _data(reading.fileno(), at, size)) is not None:
            start, at = found
            reading.seek(start)
            writing.seek(start)
            left = at - start
            while left and (block := reading.read(min(_BLOCK, left))):
                writing.write(block)
                left -= len(block)
        writing.truncate(size)
    shutil.copystat(source, target)
    return str(target)


def _data(file: int, at: int, size: int) -> tuple[int, int] | None:
    """The next stretch of the file that is no hole; None where only a hole is left."""
    if at >= size:
        return None
    try:
        start = os.lseek(file, at, os.SEEK_DATA)
        return start, min(size, os.lseek(file, start, os.SEEK_HOLE))
    except OSError as error:
        if error.errno == errno.ENXIO:
            return None
        if error.errno in (errno.EINVAL, errno.ENOTSUP):  # no holes known here: all of it is data
            return at, size
        raise
