"""Looks at folders and links so that nothing odd in a file system ends an ingest.

``pathlib`` raises where a path is too long, links go in a circle or a folder is closed, and in
Python 3.11 ``os.walk`` where folders lie a thousand deep.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path


def folders_of(
    top: Path, failed: Callable[[OSError], None]
) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Each folder with the names of the folders and of the files in it, as ``os.walk`` gives them.

    What the caller takes out of the folders' names is not entered, and no link to a folder is.
    ``failed`` is told of each folder that cannot be read; the others come nevertheless.
    """
    waiting = [str(top)]
    while waiting:
        path = waiting.pop()
        folders: list[str] = []
        files: list[str] = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    (folders if _is_folder(entry) else files).append(entry.name)
        except OSError as error:
            failed(error)
            continue
        yield Path(path), folders, files
        below = (os.path.join(path, name) for name in reversed(folders))
        waiting.extend(folder for folder in below if not os.path.islink(folder))


def leads_out(path: Path, folder: str) -> bool:
    """Whether it is a link that leads out of a folder, of which no part is a link."""
    return os.path.islink(path) and not Path(os.path.realpath(path)).is_relative_to(folder)


def may_be_file(path: Path) -> bool:
    """Whether it is a file, or cannot be looked at: then the parser says why."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        # A link to nowhere or in a circle is no document, and what just went is none any more.
        return error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
