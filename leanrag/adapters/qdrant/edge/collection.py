"""The parts of an open embedded collection, which its store and its optimiser share."""

from pathlib import Path
from threading import RLock

from leanrag.adapters.qdrant.edge.catalog import Catalog
from leanrag.adapters.qdrant.edge.shard import EdgeShard
from leanrag.settings import QdrantSettings


class EdgeCollection:
    """Catalogue and shard, and the two locks on them.

    ``writing`` is held by whoever changes documents, from beginning to end. ``gate`` is held for
    moments: by everybody who calls the engine, and by a reader from the catalogue's word on which
    generations are hidden until the engine's answer, so that both speak of the same moment.
    ``writing`` is taken first.
    """

    def __init__(
        self,
        home: Path,
        catalog: Catalog,
        shard: EdgeShard,
        *,
        dimensions: int,
        settings: QdrantSettings,
    ) -> None:
        self.home = home
        self.catalog = catalog
        self.shard = shard
        self.dimensions = dimensions
        self.settings = settings
        self.writing = RLock()
        self.gate = shard.gate

    def load(self, folder: Path) -> EdgeShard:
        """Another shard of this collection, behind the same gate. Raises ``StoreError``."""
        return EdgeShard.load(folder, self.dimensions, self.settings, gate=self.gate)
