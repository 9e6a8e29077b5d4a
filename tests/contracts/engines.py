"""The engines that the store contracts run over."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from leanrag.adapters.qdrant.edge.opening import open_edge_store
from leanrag.adapters.qdrant.server.opening import connect, open_server_collection
from leanrag.protocols import Store
from leanrag.settings import QdrantSettings
from leanrag.types import MadeWith
from tests.store_samples import DIMENSIONS

SERVER = os.environ.get("LEANRAG_TEST_QDRANT_URL")


class Engine:
    """Opens stores on the same data at every call, and closes them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "store"
        self.stores: list[Store] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for store in self.stores:
            store.close()

    def open(
        self,
        collection: str = "default",
        *,
        model: str | None = "model",
        variant: str | None = "fp32",
        dimensions: int | None = DIMENSIONS,
        create: bool = True,
    ) -> Store:
        made_with = MadeWith(model=model, variant=variant, dimensions=dimensions)
        store = self._open(collection, made_with=made_with, create=create)
        self.stores.append(store)
        return store

    def _open(self, collection: str, **settings: Any) -> Store:
        raise NotImplementedError


class EdgeEngine(Engine):
    """Stores in a folder."""

    def _open(self, collection: str, **settings: Any) -> Store:
        return open_edge_store(self.folder, collection, **settings)


class LocalEngine(Engine):
    """Stores in the client's imitation of a server."""

    def __init__(self, folder: Path) -> None:
        from qdrant_client import QdrantClient

        super().__init__(folder)
        self.client = QdrantClient(":memory:")
        # A store closes its connection, which here would end the server.
        self.client.close = lambda *_, **__: None

    def _open(self, collection: str, **settings: Any) -> Store:
        return open_server_collection(self.client, collection, **settings)


class ServerEngine(Engine):
    """Stores on a real server; what they made is removed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.run = uuid4().hex
        self.made: set[str] = set()

    def _open(self, collection: str, **settings: Any) -> Store:
        # Names that are refused must stay as they are.
        plain = collection.replace("-", "").isalnum() and collection.isascii()
        name = f"{collection}-{self.run}" if plain and len(collection) < 20 else collection
        self.made.add(name)
        return open_server_collection(connect(str(SERVER), QdrantSettings()), name, **settings)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        client = connect(str(SERVER), QdrantSettings())
        for name in self.made:
            with suppress(ValueError):
                client.delete_collection(name)
                client.delete_collection(f"{name}__documents")
        client.close()


ENGINES: list[Callable[[Path], Engine]] = [
    EdgeEngine,
    LocalEngine,
    *([ServerEngine] if SERVER else []),
]
