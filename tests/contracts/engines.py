"""The engines that the store contracts run over."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from leanrag.adapters.qdrant_edge import QdrantEdgeStore, open_edge_store
from tests.store_samples import DIMENSIONS


class EdgeEngine:
    """Stores in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "store"
        self.stores: list[QdrantEdgeStore] = []

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
    ) -> QdrantEdgeStore:
        """A store on the same data at every call."""
        store = open_edge_store(
            self.folder,
            collection,
            dimensions=dimensions,
            model=model,
            variant=variant,
            create=create,
        )
        self.stores.append(store)
        return store


Engine = EdgeEngine
ENGINES: list[Callable[[Path], Engine]] = [EdgeEngine]
