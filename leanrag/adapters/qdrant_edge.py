"""Opens and makes the collections of embedded stores, and says why one cannot be opened."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leanrag.adapters import edge_folder
from leanrag.adapters.catalog import Catalog
from leanrag.adapters.edge_folder import collections
from leanrag.adapters.edge_shard import EdgeShard
from leanrag.adapters.edge_store import QdrantEdgeStore
from leanrag.adapters.folder_lock import FolderLock
from leanrag.adapters.store_settings import SCHEMA_VERSION, check_name, check_settings
from leanrag.errors import InputError, StoreError
from leanrag.text.bm25 import K1, B

__all__ = ["QdrantEdgeStore", "collections", "open_edge_store"]


def open_edge_store(
    folder: str | Path,
    collection: str,
    *,
    dimensions: int | None,
    model: str | None,
    variant: str | None,
    create: bool,
) -> QdrantEdgeStore:
    """Opens one collection of the store in a folder, and takes the sole use of it.

    Args:
        folder: The store's folder.
        collection: Name of the collection.
        dimensions: Length of the embedding model's vectors; None accepts any.
        model: Name of the embedding model; None accepts any.
        variant: How the model is computed; None accepts any.
        create: Makes what is missing; then all three must be given.

    Raises:
        StoreInUseError: it is open elsewhere.
        StoreError: it does not exist, is damaged, or was made with other settings.
        InputError: the collection's name is not valid.
    """
    path = Path(folder)
    check_name(collection)
    if create:
        edge_folder.create_store(path)
    else:
        edge_folder.check_store(path)
        edge_folder.check_collection(path, collection)
    home = path / collection
    settings = {
        "model": model,
        "variant": variant,
        "dimensions": dimensions,
        "bm25": {"k1": K1, "b": B},
    }
    lock = FolderLock.acquire(path / f"{collection}.lock", f"collection {collection!r} of {path}")
    try:
        if not home.exists():
            _create(home, settings)
        return _load(home, settings, lock)
    except BaseException:  # whatever went wrong, Ctrl-C too, the folder is free again
        lock.release()
        raise


def _create(home: Path, settings: Mapping[str, Any]) -> None:
    missing = [name for name, value in settings.items() if value is None]
    if missing:
        raise InputError(f"a collection cannot be made without {', '.join(missing)}")
    scratch = home.with_name(f"{home.name}.new")
    try:
        # Only a process that died while making it can have left one: it holds no documents.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        recorded = {"schema_version": SCHEMA_VERSION, **settings}
        Catalog.create(scratch / edge_folder.CATALOG, recorded).close()
        EdgeShard.create(scratch / edge_folder.SHARD, settings["dimensions"]).close()
        scratch.rename(home)
    except OSError as error:
        raise StoreError(
            f"no collection can be made at {home}: {error}", service="store"
        ) from error


def _load(home: Path, settings: Mapping[str, Any], lock: FolderLock) -> QdrantEdgeStore:
    catalog = Catalog.open(home / edge_folder.CATALOG)
    try:
        recorded = catalog.settings()
        check_settings(f"the store {home}", recorded, settings)
        shard = EdgeShard.load(home / edge_folder.SHARD)
        try:
            store = QdrantEdgeStore(home, shard, catalog=catalog, lock=lock)
            expected, found = catalog.totals().chunks, shard.count()
            if expected != found:
                raise edge_folder.unusable(home, f"{found} of its {expected} chunks are there")
        except BaseException:  # closed, then raised again
            shard.close()
            raise
    except BaseException:  # closed, then raised again
        catalog.close()
        raise
    return store
