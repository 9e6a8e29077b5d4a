"""Opens and makes the collections of embedded stores, and says why one cannot be opened."""

import shutil
from pathlib import Path

from leanrag.adapters.qdrant.edge import folder as edge_folder
from leanrag.adapters.qdrant.edge.catalog import Catalog
from leanrag.adapters.qdrant.edge.collection import EdgeCollection
from leanrag.adapters.qdrant.edge.folder import collections
from leanrag.adapters.qdrant.edge.folder_lock import FolderLock
from leanrag.adapters.qdrant.edge.shard import EdgeShard
from leanrag.adapters.qdrant.edge.store import QdrantEdgeStore
from leanrag.adapters.qdrant.store_settings import (
    check_name,
    check_settings,
    new_settings,
    wanted_settings,
)
from leanrag.errors import StoreError
from leanrag.settings import QdrantSettings
from leanrag.types import MadeWith

__all__ = ["QdrantEdgeStore", "collections", "open_edge_store"]


def open_edge_store(
    folder: str | Path,
    collection: str,
    *,
    made_with: MadeWith,
    create: bool,
    settings: QdrantSettings | None = None,
) -> QdrantEdgeStore:
    """Opens one collection of the store in a folder, and takes the sole use of it.

    Args:
        folder: The store's folder.
        collection: Name of the collection.
        made_with: The embedding model that it must have been made with.
        create: Makes what is missing; then nothing of ``made_with`` may be left open.
        settings: How the engine keeps and searches vectors.

    Raises:
        StoreInUseError: it is open elsewhere.
        StoreError: it does not exist, is damaged, or was made with other settings.
        InputError: the collection's name is not valid.
    """
    path = Path(folder)
    settings = settings or QdrantSettings()
    check_name(collection)
    if create:
        edge_folder.create_store(path)
    else:
        edge_folder.check_store(path)
        edge_folder.check_collection(path, collection)
    home = path / collection
    lock = FolderLock.acquire(path / f"{collection}.lock", f"collection {collection!r} of {path}")
    try:
        if not home.exists():
            _create(home, made_with, settings)
        return _load(home, made_with, settings, lock)
    except BaseException:  # whatever went wrong, Ctrl-C too, the folder is free again
        lock.release()
        raise


def _create(home: Path, made_with: MadeWith, settings: QdrantSettings) -> None:
    recorded = new_settings(made_with)
    scratch = home.with_name(f"{home.name}.new")
    try:
        # Only a process that died while making it can have left one: it holds no documents.
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        Catalog.create(scratch / edge_folder.CATALOG, recorded).close()
        EdgeShard.create(scratch / edge_folder.SHARD, recorded["dimensions"], settings).close()
        scratch.rename(home)
    except OSError as error:
        raise StoreError(
            f"no collection can be made at {home}: {error}", service="store"
        ) from error


def _load(
    home: Path, made_with: MadeWith, settings: QdrantSettings, lock: FolderLock
) -> QdrantEdgeStore:
    catalog = Catalog.open(home / edge_folder.CATALOG)
    try:
        recorded = catalog.settings()
        check_settings(f"the store {home}", recorded, wanted_settings(made_with))
        name = str(recorded.get("shard", edge_folder.SHARD))
        dimensions = recorded["dimensions"]
        shard = EdgeShard.load(home / name, dimensions, settings)
        try:
            edge_folder.remove_other_shards(home, name)
            parts = EdgeCollection(home, catalog, shard, dimensions=dimensions, settings=settings)
            store = QdrantEdgeStore(parts, lock)
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
