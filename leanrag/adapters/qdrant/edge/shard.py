"""One Qdrant Edge shard with a dense and a BM25 vector; its errors become ``StoreError``.

Every deletion names its points by their ids: the engine reads an empty filter as "everything".

The engine keeps Python's interpreter to itself during each call. Calls are therefore small, and
one at a time passes the ``gate``, which a reader may hold over several calls.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any

from leanrag.adapters.qdrant.edge.config import shard_config
from leanrag.adapters.qdrant.edge.errors import translated
from leanrag.adapters.qdrant.edge.folder import sync_tree, unusable
from leanrag.adapters.qdrant.edge.reader import (
    READ_AT_ONCE,
    ShardReader,
    parts_of,
    point_id,
    point_ids,
)
from leanrag.adapters.qdrant.edge.requests import EdgeRequests
from leanrag.adapters.qdrant.filters import METADATA_KEY, indexed_keys
from leanrag.adapters.qdrant.payload import (
    AVERAGE_KEY,
    DENSE,
    GENERATION_KEY,
    ID_KEY,
    LEXICAL,
    CheckedDocument,
    term_counts,
)
from leanrag.metadata import BUILT_IN_FIELDS
from leanrag.settings import QdrantSettings
from leanrag.text.bm25 import document_weights
from leanrag.types import FieldType, ValueType

_AT_ONCE = 64
"""Points of one writing call: some 10 ms in which no other Python code runs."""
_MUCH = 1_000
"""Points from which on what they changed on the disk is worth writing without the engine."""
_INDEXED_AT_ONCE = 50_000
"""Points up to which an index is made at once, in some tenths of a second."""
_FLUSHED_AFTER = 20_000
"""Points after which the engine writes its files, so that a killed process soon reopens."""


class EdgeShard(ShardReader):
    """Points of one collection, by generation. ``gate`` lets one call at a time into the engine."""

    def __init__(self, folder: Path, shard: Any, requests: EdgeRequests, gate: Any) -> None:
        import qdrant_edge

        super().__init__(folder, shard, requests, gate)
        self._vendor: Any = qdrant_edge
        self._touched: set[int] | None = None
        self._unflushed = 0

    @classmethod
    def create(
        cls, folder: Path, dimensions: int, settings: QdrantSettings | None = None
    ) -> "EdgeShard":
        """Makes an empty shard in a folder that does not exist yet."""
        import qdrant_edge

        settings = settings or QdrantSettings()
        with translated(folder):
            folder.mkdir()
            made = qdrant_edge.EdgeShard.create(str(folder), shard_config(dimensions, settings))
            shard = cls(folder, made, EdgeRequests(settings), RLock())
            shard._create_index(GENERATION_KEY, "integer")
            shard._create_index(ID_KEY, "text")
            shard._create_index(AVERAGE_KEY, "number")
        shard.index_fields({})
        return shard

    @classmethod
    def load(
        cls,
        folder: Path,
        dimensions: int,
        settings: QdrantSettings | None = None,
        *,
        gate: Any = None,
        chunks: int | None = None,
    ) -> "EdgeShard":
        """Opens an existing shard; ``chunks``, where it is to be optimised, is how many it has.

        Raises ``StoreError``.
        """
        import qdrant_edge

        if not folder.is_dir():
            raise unusable(folder.parent, f"{folder.name} is missing")
        settings = settings or QdrantSettings()
        with translated(folder):
            config = shard_config(dimensions, settings, chunks=chunks)
            loaded = qdrant_edge.EdgeShard.load(str(folder), config)
            return cls(folder, loaded, EdgeRequests(settings), gate or RLock())

    def close(self) -> None:
        """Writes everything to disk and frees the shard."""
        try:
            self.flush()
        finally:
            with self._call():
                self._shard.close()

    def discard(self) -> None:
        """Frees the shard without making sure of its files, which are to be removed."""
        with self._call():
            self._shard.close()

    def sync(self) -> None:
        """Makes sure that all is on the disk; until then only the process's death is survived.

        The log of updates is enough for that, and other Python code runs meanwhile, which it
        does not while the engine writes its files.
        """
        if self._unflushed >= _FLUSHED_AFTER:
            self.flush()
            return
        with translated(self.folder):
            sync_tree(self.folder / "wal")

    def flush(self) -> None:
        """Writes all files; the folder can be copied until the next update."""
        if self._unflushed >= _MUCH:
            # Else the engine would wait for the disk, and all Python code for the engine.
            with translated(self.folder):
                sync_tree(self.folder)
        with self._call():
            self._shard.flush()
            self._unflushed = 0

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def index_fields(self, fields: Mapping[str, FieldType], *, at_once: bool = False) -> bool:
        """Makes the payload indexes that fit the fields' types, in place of others.

        The engine looks at every point for an index, which takes seconds where there are many:
        then it is left to the optimising, unless ``at_once``. Filters are right without, but
        slow. Returns whether all are there.
        """
        with self._call():
            info = self._shard.info()
        at_once = at_once or info.points_count <= _INDEXED_AT_ONCE
        complete = True
        schema = info.payload_schema
        present = {key.replace('"', ""): info.data_type for key, info in schema.items()}
        for key, kind in indexed_keys({**fields, **BUILT_IN_FIELDS}).items():
            there = present.get(key.replace('"', ""))
            if there is not None and there != self._requests.schema_type(kind):
                self._update(self._vendor.UpdateOperation.delete_field_index(key))
                there = None
            if there is None and at_once:
                self._create_index(key, kind)
            elif there is None:
                complete = False
        return complete

    def upsert(
        self,
        generation: int,
        item: CheckedDocument,
        payloads: Sequence[dict[str, Any]],
        *,
        average_length: float,
    ) -> None:
        """Stores the chunks of one document. A search sees them at once: hide the generation."""
        with translated(self.folder):
            for places in parts_of(range(len(payloads)), _AT_ONCE):
                points = []
                for place in places:
                    payload = payloads[place]
                    payload[GENERATION_KEY] = generation
                    payload[AVERAGE_KEY] = average_length
                    vectors = {DENSE: item.vectors[place].tolist()}
                    if item.chunks[place].terms:
                        weights = document_weights(item.chunks[place].terms, average_length)
                        vectors[LEXICAL] = self._requests.sparse(weights)
                    points.append(self._vendor.Point(point_id(generation, place), vectors, payload))
                ids = [point_id(generation, place) for place in places]
                self._update(self._vendor.UpdateOperation.upsert_points(points), ids)

    def set_metadata(self, generation: int, chunks: int, filterable: Mapping[str, Any]) -> None:
        """Replaces what the filters read of a document's metadata."""
        for ids in parts_of(point_ids(generation, chunks), READ_AT_ONCE):
            values = {METADATA_KEY: dict(filterable)}
            self._update(self._vendor.UpdateOperation.set_payload(list(ids), values), ids)

    def remove(self, generations: Iterable[tuple[int, int]]) -> None:
        """Deletes the points of documents, given as generation and number of chunks."""
        for generation, chunks in generations:
            for ids in parts_of(point_ids(generation, chunks), READ_AT_ONCE):
                self._update(self._vendor.UpdateOperation.delete_points(list(ids)), ids)

    def reweigh(self, average_length: float) -> bool:
        """Computes the BM25 weights again where they stand for another mean length.

        Each chunk records the mean that its weights were made with, after the weights, so that
        a run which is killed goes on where it stopped.
        """
        changed, start = False, None
        while True:
            # From where the last ones were: the engine reads all that it passes over.
            request = self._requests.outdated(average_length, _AT_ONCE, start)
            with self._call():
                records, start = self._shard.scroll(request)
            if records:
                self._reweigh(records, average_length)
                changed = True
            if start is None:
                return changed

    def optimize(self) -> bool:
        """Lets the engine drop deleted points and build its graph where either is worthwhile.

        No other Python code runs meanwhile: minutes where there is much to do.
        """
        with self._call():
            return bool(self._shard.optimize())

    def watch(self) -> set[int]:
        """From now on the points that are written or deleted are added to the returned set."""
        self._touched = set()
        return self._touched

    def unwatch(self) -> None:
        """Ends what ``watch`` began."""
        self._touched = None

    def take(self, points: Iterable[int], source: "EdgeShard") -> None:
        """Makes these points what they are in another shard: the same, or not there."""
        for ids in parts_of(sorted(points), _AT_ONCE):
            with source._call():
                records = source._shard.retrieve(list(ids), True, [DENSE, LEXICAL])
            kept = [self._vendor.Point(item.id, item.vector, item.payload) for item in records]
            if kept:
                self._update(self._vendor.UpdateOperation.upsert_points(kept))
            gone = sorted(set(ids) - {item.id for item in records})
            if gone:
                self._update(self._vendor.UpdateOperation.delete_points(gone))

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    def _reweigh(self, records: Sequence[Any], average_length: float) -> None:
        operation = self._vendor.UpdateOperation
        ids = [record.id for record in records]
        vectors = []
        for record in records:
            sparse = (record.vector or {}).get(LEXICAL)
            if sparse is not None:
                counts = term_counts(sparse.indices, record.payload)
                weights = self._requests.sparse(document_weights(counts, average_length))
                vectors.append(self._vendor.PointVectors(record.id, {LEXICAL: weights}))
        if vectors:
            self._update(operation.update_vectors(vectors), ids)
        self._update(operation.set_payload(ids, {AVERAGE_KEY: average_length}), ids)

    def _create_index(self, key: str, kind: ValueType) -> None:
        params = self._requests.index(key, kind)
        self._update(self._vendor.UpdateOperation.create_field_index(key, params))

    def _update(self, operation: Any, points: Sequence[int] = ()) -> None:
        with self._call():
            if self._touched is not None:
                # Before the update: one that fails may have been done in part.
                self._touched.update(points)
            self._shard.update(operation)
            self._unflushed += len(points)
