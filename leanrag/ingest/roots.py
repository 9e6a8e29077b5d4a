"""Where documents come from: a root, which is a folder that was named, and the path below it.

A file's ``origin`` is one text of both. Below a named root it is ``root:NAME/PATH``, wherever that
root lies; else it is the file's whole path, so that it does not matter how the folder was typed.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leanrag.errors import InputError

_NAMED = "root:"
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Root:
    """A folder as input, or a path that is gone. ``files`` is how many documents were found."""

    path: Path
    name: str = ""
    there: bool = True
    files: int = 0

    @property
    def source(self) -> str:
        """What the sources of its documents begin with: its name, else the path as typed."""
        return self.name or self.path.as_posix()

    def source_of(self, path: Path) -> str:
        """The source of a file below it: the root as typed or named, then the rest."""
        return f"{self.name}/{self.below(path)}" if self.name else path.as_posix()

    def below(self, path: Path) -> str:
        """The path of a file below it."""
        return path.relative_to(self.path).as_posix()

    def starts(self) -> tuple[str, ...]:
        """What origins of files below it begin with: its own first, in the real folder last."""
        named = (f"{_NAMED}{self.name}",) if self.name else ()
        return tuple(
            f"{start.rstrip('/')}/"
            for start in (*named, _whole(self.path).as_posix(), _real(self.path).as_posix())
        )


def named_root(given: Mapping[str, Any], position: int) -> Root:
    """The root that a mapping with ``root``, its name, and ``path`` describes.

    Raises:
        InputError: the mapping is malformed.
    """
    where = f"document {position}"
    unknown = [key for key in given if key not in ("root", "path")]
    if unknown:
        raise InputError(f"{where}: unknown field {unknown[0]!r} of a root; known: root, path")
    name, path = given.get("root"), given.get("path")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(
            f"{where}: a root's name is letters, digits, '_', '-' and '.', got {name!r}"
        )
    if not isinstance(path, str | Path) or not str(path):
        raise InputError(f"{where}: root {name!r} needs a path, got {path!r}")
    return Root(Path(path), name)


def check_names(roots: Iterable[Root]) -> None:
    """Raises ``InputError`` where two folders have one name."""
    folders: dict[str, Path] = {}
    for root in roots:
        if root.name and _real(folders.setdefault(root.name, root.path)) != _real(root.path):
            raise InputError(
                f"root {root.name!r}: names two folders, {folders[root.name]} and {root.path}"
            )


def origins_of_file(path: Path) -> tuple[str, ...]:
    """The origins of a file that is named itself; the one in the real folder is the last."""
    return tuple(
        (folder / path.name).as_posix() for folder in (_whole(path.parent), _real(path.parent))
    )


def is_named(origin: str) -> bool:
    """Whether an origin is one below a named root."""
    return origin.startswith(_NAMED)


def real_origins(paths: Iterable[str]) -> Iterator[str]:
    """Origins that are paths, with the links resolved that lead to the files' folders."""
    folders: dict[str, str] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if folder not in folders:
            folders[folder] = _real(Path(folder or "/")).as_posix().rstrip("/")
        yield f"{folders[folder]}/{name}"


def is_gone(path: Path) -> bool:
    """Whether there is nothing at the path; what cannot be looked at is not gone."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _whole(path: Path) -> Path:
    # What ".." means depends on where links lead.
    return _real(path) if ".." in path.parts else path.absolute()


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
