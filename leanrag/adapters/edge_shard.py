"""One Qdrant Edge shard with a dense and a BM25 vector; its errors become ``StoreError``.

A point's id is its document's generation and its place in the document, so that every deletion
names its points: the engine reads an empty filter as "everything". The module is long because it
is the only one that speaks to the embedded engine.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leanrag.adapters.edge_folder import unusable
from leanrag.adapters.qdrant_dialects import edge_dialect
from leanrag.adapters.qdrant_filters import METADATA_KEY, compile_filter, payload_key
from leanrag.adapters.qdrant_payload import (
    AVERAGE_KEY,
    AVERAGE_TOLERANCE,
    DENSE,
    GENERATION_KEY,
    ID_KEY,
    LEXICAL,
    CheckedDocument,
    term_counts,
)
from leanrag.adapters.stored import Found
from leanrag.errors import LeanRAGError, StoreError, StoreInUseError
from leanrag.metadata import BUILT_IN_FIELDS
from leanrag.text.bm25 import document_weights, query_weights
from leanrag.types import FieldType, SearchRequest

_PLACE_BITS = 24
_AT_ONCE = 256
_GRAPH_FROM_POINTS = 50_000
"""Below this an exact search takes some milliseconds, and building a graph takes far longer."""


class EdgeShard:
    """Points of one collection, by generation."""

    def __init__(self, folder: Path, shard: Any) -> None:
        import qdrant_edge

        self._vendor: Any = qdrant_edge
        self._folder = folder
        self._shard = shard
        self._dialect = edge_dialect()

    @classmethod
    def create(cls, folder: Path, dimensions: int) -> "EdgeShard":
        """Makes an empty shard in a folder that does not exist yet."""
        import qdrant_edge

        config = qdrant_edge.EdgeConfig(
            vectors={
                DENSE: qdrant_edge.EdgeVectorParams(
                    size=dimensions, distance=qdrant_edge.Distance.Cosine
                )
            },
            sparse_vectors={
                LEXICAL: qdrant_edge.EdgeSparseVectorParams(modifier=qdrant_edge.Modifier.Idf)
            },
            optimizers=qdrant_edge.EdgeOptimizersConfig(
                indexing_threshold=_GRAPH_FROM_POINTS * dimensions * 4 // 1024
            ),
        )
        with _translated(folder):
            folder.mkdir()
            shard = cls(folder, qdrant_edge.EdgeShard.create(str(folder), config))
            shard._create_index(GENERATION_KEY, "integer")
            shard._create_index(ID_KEY, "text")
        shard.index_fields({})
        return shard

    @classmethod
    def load(cls, folder: Path) -> "EdgeShard":
        """Opens an existing shard. Raises ``StoreError``."""
        import qdrant_edge

        if not folder.is_dir():
            raise unusable(folder.parent, f"{folder.name} is missing")
        with _translated(folder):
            return cls(folder, qdrant_edge.EdgeShard.load(str(folder)))

    def close(self) -> None:
        """Writes everything to disk and frees the shard."""
        with _translated(self._folder):
            try:
                self._shard.flush()
            finally:
                self._shard.close()

    def flush(self) -> None:
        """Writes everything to disk; until then only the process's death is survived."""
        with _translated(self._folder):
            self._shard.flush()

    def count(self) -> int:
        """How many points with a dense vector there are: damage can lose vectors alone."""
        with _translated(self._folder):
            whole = self._dialect.filter(must=[self._vendor.HasVectorCondition(DENSE)])
            return int(self._shard.count(self._vendor.CountRequest(exact=True, filter=whole)))

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def index_fields(self, fields: Mapping[str, FieldType]) -> None:
        """Makes the payload indexes that fit the fields' types, in place of others."""
        with _translated(self._folder):
            schema = self._shard.info().payload_schema
            present = {key.replace('"', ""): info.data_type for key, info in schema.items()}
            for name, kind in {**fields, **BUILT_IN_FIELDS}.items():
                key = payload_key(name)
                there = present.get(key.replace('"', ""))
                if there is not None and there != self._schema_type(kind):
                    self._update(self._vendor.UpdateOperation.delete_field_index(key))
                    there = None
                if there is None:
                    self._create_index(key, kind)

    def upsert(
        self,
        generation: int,
        item: CheckedDocument,
        payloads: Sequence[dict[str, Any]],
        *,
        average_length: float,
    ) -> None:
        """Stores the chunks of one document. A search sees them at once: hide the generation."""
        with _translated(self._folder):
            for start in range(0, len(payloads), _AT_ONCE):
                points = []
                for place in range(start, min(start + _AT_ONCE, len(payloads))):
                    payload = payloads[place]
                    payload[GENERATION_KEY] = generation
                    payload[AVERAGE_KEY] = average_length
                    vectors = {DENSE: item.vectors[place].tolist()}
                    if item.chunks[place].terms:
                        weights = document_weights(item.chunks[place].terms, average_length)
                        vectors[LEXICAL] = self._sparse(weights)
                    points.append(
                        self._vendor.Point(_point_id(generation, place), vectors, payload)
                    )
                self._update(self._vendor.UpdateOperation.upsert_points(points))

    def set_metadata(self, generation: int, chunks: int, filterable: Mapping[str, Any]) -> None:
        """Replaces what the filters read of a document's metadata."""
        if chunks:
            with _translated(self._folder):
                self._update(
                    self._vendor.UpdateOperation.set_payload(
                        _point_ids(generation, chunks), {METADATA_KEY: dict(filterable)}
                    )
                )

    def remove(self, generations: Iterable[tuple[int, int]]) -> None:
        """Deletes the points of documents, given as generation and number of chunks."""
        with _translated(self._folder):
            for generation, chunks in generations:
                if chunks:
                    ids = _point_ids(generation, chunks)
                    self._update(self._vendor.UpdateOperation.delete_points(ids))

    def reweigh(self, average_length: float) -> bool:
        """Computes the BM25 weights again where they stand for another mean length.

        Each chunk records the mean that its weights were made with, after the weights, so that
        a run which is killed goes on where it stopped.
        """
        bounds = {
            "gte": average_length * (1 - AVERAGE_TOLERANCE),
            "lte": average_length * (1 + AVERAGE_TOLERANCE),
        }
        changed = False
        with _translated(self._folder):
            outdated = self._dialect.filter(must_not=[self._dialect.numbers(AVERAGE_KEY, bounds)])
            while records := self._shard.scroll(
                self._vendor.ScrollRequest(
                    limit=_AT_ONCE, filter=outdated, with_payload=True, with_vector=[LEXICAL]
                )
            )[0]:
                self._reweigh(records, average_length)
                changed = True
        return changed

    def optimize(self) -> bool:
        """Lets the engine drop deleted points and build its graph where either is worthwhile."""
        with _translated(self._folder):
            return bool(self._shard.optimize())

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def search(
        self,
        request: SearchRequest,
        fields: Mapping[str, FieldType],
        hidden: Sequence[int],
    ) -> tuple[list[Found], list[Found]]:
        """The dense and the BM25 list, best first, without the hidden generations."""
        weights = query_weights(request.terms)
        options = {"limit": request.limit, "with_payload": True}
        queries = []
        with _translated(self._folder):
            compiled = exclusion = self._exclusion(hidden)
            if request.where is not None:
                condition = compile_filter(request.where, fields, self._dialect)
                compiled = self._dialect.filter(must=[condition, exclusion])
            if request.dense is not None:
                vector = list(request.dense)
                queries.append(self._query(vector, DENSE, compiled, **options))
            if weights:
                corpus = self._corpus(exclusion)
                vector = self._sparse(weights)
                queries.append(self._query(vector, LEXICAL, compiled, params=corpus, **options))
            batch = self._vendor.QueryBatchRequest(queries)
            lists = [
                [Found(point.payload, float(point.score)) for point in points]
                for points in (self._shard.query_batch(batch) if queries else [])
            ]
        dense = lists.pop(0) if request.dense is not None else []
        return dense, lists[0] if lists else []

    def idf(self, terms: Sequence[int], hidden: Sequence[int]) -> dict[int, float]:
        """The engine's IDF by term id, from the score and the weight of each term's best chunk."""
        exclusion = self._exclusion(hidden)
        found = {}
        with _translated(self._folder):
            options = {"limit": 1, "with_vector": [LEXICAL], "params": self._corpus(exclusion)}
            queries = [
                self._query(self._sparse({term: 1.0}), LEXICAL, exclusion, **options)
                for term in terms
            ]
            batch = self._vendor.QueryBatchRequest(queries)
            answers = self._shard.query_batch(batch) if queries else []
            for term, points in zip(terms, answers, strict=True):
                if points:
                    sparse = points[0].vector[LEXICAL]
                    weights = dict(zip(sparse.indices, sparse.values, strict=True))
                    found[term] = float(points[0].score) / weights[term]
        return found

    def find(self, chunk_id: str, hidden: Sequence[int]) -> list[Mapping[str, Any]]:
        """Payloads of the chunks with this id, without the hidden generations."""
        with _translated(self._folder):
            wanted = self._dialect.any_of(ID_KEY, [chunk_id])
            request = self._vendor.ScrollRequest(
                limit=_AT_ONCE,
                filter=self._dialect.filter(must=[wanted, self._exclusion(hidden)]),
                with_payload=True,
            )
            return [record.payload for record in self._shard.scroll(request)[0]]

    def vectors(
        self, generation: int, chunks: int
    ) -> list[tuple[Mapping[str, Any], Sequence[float]]]:
        """Payload and dense vector of each chunk of a document, in order."""
        ids = _point_ids(generation, chunks)
        found = {}
        with _translated(self._folder):
            for start in range(0, len(ids), _AT_ONCE):
                for record in self._shard.retrieve(ids[start : start + _AT_ONCE], True, [DENSE]):
                    found[record.id] = record.payload, record.vector[DENSE]
        return [found[number] for number in ids if number in found]

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    def _query(self, vector: Any, using: str, filter_: Any, **options: Any) -> Any:
        return self._vendor.QueryRequest(
            query=self._vendor.Query.Nearest(vector, using=using), filter=filter_, **options
        )

    def _corpus(self, exclusion: Any) -> Any:
        # By itself the engine counts deleted points in document frequencies for a while.
        return self._vendor.SearchParams(idf=self._vendor.IdfParams(corpus=exclusion))

    def _exclusion(self, hidden: Sequence[int]) -> Any:
        # Generation 0 is never given out: the filter must not be empty.
        return self._dialect.filter(
            must_not=[self._dialect.any_of(GENERATION_KEY, list(hidden) or [0])]
        )

    def _sparse(self, weights: Mapping[int, float]) -> Any:
        ordered = sorted(weights.items())
        return self._vendor.SparseVector([key for key, _ in ordered], [w for _, w in ordered])

    def _reweigh(self, records: Sequence[Any], average_length: float) -> None:
        operation = self._vendor.UpdateOperation
        vectors = []
        for record in records:
            sparse = (record.vector or {}).get(LEXICAL)
            if sparse is not None:
                counts = term_counts(sparse.indices, record.payload)
                weights = self._sparse(document_weights(counts, average_length))
                vectors.append(self._vendor.PointVectors(record.id, {LEXICAL: weights}))
        if vectors:
            self._update(operation.update_vectors(vectors))
        ids = [record.id for record in records]
        self._update(operation.set_payload(ids, {AVERAGE_KEY: average_length}))

    def _create_index(self, key: str, kind: FieldType) -> None:
        params: Any = self._schema_type(kind)
        if kind == "text":
            params = self._vendor.KeywordIndexParams(prefix=True)
        self._update(self._vendor.UpdateOperation.create_field_index(key, params))

    def _schema_type(self, kind: FieldType) -> Any:
        types = self._vendor.PayloadSchemaType
        return {
            "text": types.Keyword,
            "boolean": types.Keyword,
            "integer": types.Integer,
            "number": types.Float,
            "date": types.Datetime,
        }[kind]

    def _update(self, operation: Any) -> None:
        self._shard.update(operation)


def _point_id(generation: int, place: int) -> int:
    return generation << _PLACE_BITS | place


def _point_ids(generation: int, chunks: int) -> list[int]:
    return [_point_id(generation, place) for place in range(chunks)]


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Turns what the engine raises (bare ``Exception`` mostly) into ``StoreError``."""
    try:
        yield
    except LeanRAGError:
        raise
    except Exception as error:  # the engine raises no class of its own
        raise _store_error(folder, error) from error
    except BaseException as error:
        # A panic of the Rust side derives from BaseException and has no public name.
        if type(error).__name__ != "PanicException":
            raise
        raise _store_error(folder, error) from error


def _store_error(folder: Path, error: BaseException) -> StoreError:
    if "WouldBlock" in str(error):
        return StoreInUseError(
            f"the store {folder} is in use by another program; close it there",
            service="store",
            retryable=True,
        )
    return StoreError(
        f"the engine failed on the store {folder}: {error}. If this stays, restore the folder "
        "from a copy, or remove it and ingest the documents again",
        service="store",
    )
