"""The folder of an embedded store: what lies where, and what is wrong with it.

```
FOLDER/leanrag.json          says that this is a store, and of which schema
FOLDER/NAME.lock             held by the one process that has the collection open
FOLDER/NAME/catalog.sqlite   documents and settings, with -wal and -shm while it is open
FOLDER/NAME/shard/           chunks with vectors (Qdrant Edge)
FOLDER/NAME/shard-…/         in its place once it has been optimised; the catalogue says which
```
A collection is made as ``NAME.new`` and renamed, so it exists complete or not at all.
"""

import json
import os
import secrets
import shutil
from pathlib import Path

from leanrag.adapters.qdrant.store_settings import SCHEMA_VERSION, check_version, is_name
from leanrag.errors import StoreError

ENGINE = "qdrant-edge"
CATALOG = "catalog.sqlite"
SHARD = "shard"
_MARKER = "leanrag.json"


def collections(folder: str | Path) -> list[str]:
    """The names of the collections in a store's folder, ordered; none where there is no store."""
    path = Path(folder)
    if not (path / _MARKER).is_file():
        return []
    try:
        return sorted(
            entry.name for entry in path.iterdir() if entry.is_dir() and is_name(entry.name)
        )
    except OSError as error:
        raise unusable(path, str(error)) from error


def check_store(folder: Path) -> None:
    """Makes sure that the folder is a store of this version. Raises ``StoreError``."""
    marker = folder / _MARKER
    try:
        if not folder.exists():
            raise StoreError(
                f"no store at {folder}; run 'leanrag ingest' to make one, or check the path",
                service="store",
            )
        if not marker.exists():
            raise _not_a_store(folder)
        content = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unusable(folder, f"{_MARKER} cannot be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("schema_version"), int):
        raise unusable(folder, f"{_MARKER} does not name a schema version")
    check_version(f"the store {folder}", content["schema_version"])
    if content.get("engine") != ENGINE:
        raise unusable(folder, f"it was made for the engine {content.get('engine')!r}")


def check_collection(folder: Path, collection: str) -> None:
    """Raises ``StoreError`` where the store has no such collection; names those that it has."""
    if not (folder / collection).exists():
        there = ", ".join(collections(folder)) or "none"
        raise StoreError(
            f"no collection {collection!r} in the store {folder} (there: {there}); run "
            "'leanrag ingest' to make it, or name another",
            service="store",
        )


def create_store(folder: Path) -> None:
    """Makes the folder a store unless it is one; with other files in it: ``StoreError``."""
    marker = folder / _MARKER
    scratch = folder / f"{_MARKER}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not marker.exists():
            if any(entry != scratch for entry in folder.iterdir()):
                raise _not_a_store(folder)
            content = {"schema_version": SCHEMA_VERSION, "engine": ENGINE}
            scratch.write_text(json.dumps(content) + "\n", encoding="utf-8")
            scratch.replace(marker)
    except OSError as error:
        raise StoreError(f"no store can be made at {folder}: {error}", service="store") from error
    check_store(folder)


def bytes_on_disk(folder: Path) -> int:
    """What the files below take, holes left out where the system tells."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.stat(os.path.join(parent, name))
            except FileNotFoundError:  # the engine removes files as it goes
                continue
            blocks = getattr(status, "st_blocks", None)
            total += status.st_size if blocks is None else blocks * 512
    return total


def new_shard(home: Path) -> Path:
    """A folder, not made yet, for a shard that may take the place of the present one."""
    return home / f"{SHARD}-{secrets.token_hex(4)}"


def remove_other_shards(home: Path, kept: str) -> None:
    """Removes the shards that took no place, or lost theirs."""
    try:
        others = [
            entry
            for entry in home.iterdir()
            if entry.is_dir() and entry.name.startswith(SHARD) and entry.name != kept
        ]
    except OSError as error:
        raise unusable(home, str(error)) from error
    for entry in others:
        # What cannot be removed now is looked for again at the next opening.
        shutil.rmtree(entry, ignore_errors=True)


def sync_tree(folder: Path) -> None:
    """Makes sure that the files below, and their names, are on the disk. Raises ``OSError``."""
    for parent, _, names in os.walk(folder):
        for name in names:
            _sync(os.path.join(parent, name), os.O_RDWR)
        if os.name == "posix":
            _sync(parent, os.O_RDONLY)


def sync_names(folder: Path) -> None:
    """Makes sure that a folder's entries are on the disk, where the system can. ``OSError``."""
    if os.name == "posix":
        _sync(folder, os.O_RDONLY)


def _sync(path: str | Path, mode: int) -> None:
    try:
        descriptor = os.open(path, mode)
    except FileNotFoundError:  # the engine removes files as it goes
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unusable(folder: Path, reason: str) -> StoreError:
    """The error for a damaged folder, with what to do about it."""
    return StoreError(
        f"the store {folder} cannot be used: {reason}. Restore the folder from a copy, "
        "or remove it and ingest the documents again",
        service="store",
    )


def _not_a_store(folder: Path) -> StoreError:
    return StoreError(
        f"{folder} is not a leanrag store ({_MARKER} is missing and the folder is not empty); "
        "give another folder",
        service="store",
    )
