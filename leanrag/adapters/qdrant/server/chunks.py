"""The chunks of a collection on a Qdrant server: a dense and a BM25 vector for each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leanrag.adapters.qdrant.dialects import client_dialect
from leanrag.adapters.qdrant.filters import METADATA_KEY, compile_filter, indexed_keys
from leanrag.adapters.qdrant.payload import (
    AVERAGE_KEY,
    AVERAGE_TOLERANCE,
    DENSE,
    GENERATION_KEY,
    ID_KEY,
    LEXICAL,
    CheckedDocument,
    term_counts,
)
from leanrag.adapters.qdrant.server.config import chunks_config, dense_params
from leanrag.adapters.qdrant.server.connection import is_local
from leanrag.adapters.qdrant.stored import Found, lists_of
from leanrag.metadata import BUILT_IN_FIELDS
from leanrag.settings import QdrantSettings
from leanrag.text.bm25 import document_weights, query_weights
from leanrag.text.hashing import stable_id
from leanrag.types import FieldType, SearchRequest, ValueType

_AT_ONCE = 128


class ServerChunks:
    """Points of one collection, by generation. Errors are the client's own."""

    def __init__(self, client: Any, name: str, settings: QdrantSettings) -> None:
        from qdrant_client import models

        self._client = client
        self._models: Any = models
        self._name = name
        self._settings = settings
        # The imitation searches exactly, and warns of anything else.
        self._dense = None if is_local(client) else dense_params(settings)
        self._dialect = client_dialect()

    def create(self, dimensions: int) -> None:
        """Makes the empty collection."""
        self._client.create_collection(self._name, **chunks_config(dimensions, self._settings))
        create_index(self._client, self._name, GENERATION_KEY, "integer")
        create_index(self._client, self._name, ID_KEY, "text")

    def index_fields(self, fields: Mapping[str, FieldType]) -> None:
        """Makes the payload indexes that fit the fields' types, in place of others."""
        index_fields(self._client, self._name, {**fields, **BUILT_IN_FIELDS})

    def upsert(
        self,
        generation: int,
        item: CheckedDocument,
        payloads: Sequence[dict[str, Any]],
        *,
        average_length: float,
    ) -> None:
        """Stores the chunks of one document. A search sees them at once: hide the generation."""
        for start in range(0, len(payloads), _AT_ONCE):
            points = []
            for place in range(start, min(start + _AT_ONCE, len(payloads))):
                payload = payloads[place]
                payload[GENERATION_KEY] = generation
                payload[AVERAGE_KEY] = average_length
                vector: dict[str, Any] = {DENSE: item.vectors[place].tolist()}
                if item.chunks[place].terms:
                    weights = document_weights(item.chunks[place].terms, average_length)
                    vector[LEXICAL] = self._sparse(weights)
                number = _point_id(generation, place)
                points.append(self._models.PointStruct(id=number, vector=vector, payload=payload))
            self._client.upsert(self._name, points, wait=True)

    def set_metadata(self, generation: int, filterable: Mapping[str, Any]) -> None:
        """Replaces what the filters read of a document's metadata."""
        self._client.set_payload(
            self._name, {METADATA_KEY: dict(filterable)}, self._of([generation]), wait=True
        )

    def remove(self, generations: Sequence[int]) -> None:
        """Deletes the points of documents."""
        if generations:
            selector = self._models.FilterSelector(filter=self._of(generations))
            self._client.delete(self._name, selector, wait=True)

    def reweigh(self, average_length: float) -> bool:
        """Computes the BM25 weights again where they stand for another mean length."""
        bounds = {
            "gte": average_length * (1 - AVERAGE_TOLERANCE),
            "lte": average_length * (1 + AVERAGE_TOLERANCE),
        }
        outdated = self._dialect.filter(must_not=[self._dialect.numbers(AVERAGE_KEY, bounds)])
        changed = False
        while records := self._client.scroll(
            self._name, outdated, limit=_AT_ONCE, with_payload=True, with_vectors=[LEXICAL]
        )[0]:
            vectors = []
            for record in records:
                sparse = (record.vector or {}).get(LEXICAL)
                if sparse is not None:
                    counts = term_counts(sparse.indices, record.payload)
                    weights = self._sparse(document_weights(counts, average_length))
                    vectors.append(
                        self._models.PointVectors(id=record.id, vector={LEXICAL: weights})
                    )
            if vectors:
                self._client.update_vectors(self._name, vectors, wait=True)
            ids = [record.id for record in records]
            self._client.set_payload(self._name, {AVERAGE_KEY: average_length}, ids, wait=True)
            changed = True
        return changed

    def find(self, chunk_id: str, hidden: Sequence[int]) -> list[Mapping[str, Any]]:
        """Payloads of the chunks with this id, without the hidden generations."""
        wanted = self._dialect.any_of(ID_KEY, [chunk_id])
        compiled = self._dialect.filter(must=[wanted, self._exclusion(hidden)])
        records, _ = self._client.scroll(self._name, compiled, limit=_AT_ONCE, with_payload=True)
        return [record.payload for record in records]

    def payloads(self, generation: int, chunks: int) -> list[Mapping[str, Any]]:
        """Payload of each chunk of a document, in order."""
        ids = [_point_id(generation, place) for place in range(chunks)]
        found = {}
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            for record in self._client.retrieve(self._name, part, with_payload=True):
                found[str(record.id)] = record.payload
        return [found[point] for point in ids if point in found]

    def chunks(
        self, generation: int, chunks: int
    ) -> list[tuple[Mapping[str, Any], Sequence[float], Sequence[int]]]:
        """Payload, dense vector and term ids of each chunk of a document, in order."""
        ids = [_point_id(generation, place) for place in range(chunks)]
        found = {}
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            for record in self._client.retrieve(
                self._name, part, with_payload=True, with_vectors=[DENSE, LEXICAL]
            ):
                sparse = record.vector.get(LEXICAL)
                terms = sparse.indices if sparse is not None else []
                found[str(record.id)] = record.payload, record.vector[DENSE], terms
        return [found[point] for point in ids if point in found]

    def search(
        self,
        requests: Sequence[SearchRequest],
        fields: Mapping[str, FieldType],
        hidden: Sequence[int],
    ) -> list[tuple[list[Found], list[Found]]]:
        """For each request the dense and the BM25 list, best first, without hidden generations."""
        exclusion = self._exclusion(hidden)
        asked = [self._hybrid(request, fields, exclusion) for request in requests]
        answers = self._answers([query for queries in asked for query in queries])
        return lists_of(requests, asked, answers)

    def idf(self, terms: Sequence[int], hidden: Sequence[int]) -> dict[int, float]:
        """The engine's IDF by term id, from the score and the weight of each term's best chunk."""
        exclusion = self._exclusion(hidden)
        options = {"filter": exclusion, "limit": 1, "params": self._corpus(exclusion)}
        queries = [
            self._query(self._sparse({term: 1.0}), LEXICAL, with_vector=[LEXICAL], **options)
            for term in terms
        ]
        found = {}
        for term, points in zip(terms, self._answers(queries), strict=True):
            for point in points:
                sparse = point.vector[LEXICAL]
                weights = dict(zip(sparse.indices, sparse.values, strict=True))
                found[term] = float(point.score) / weights[term]
        return found

    def _hybrid(
        self, request: SearchRequest, fields: Mapping[str, FieldType], exclusion: Any
    ) -> list[Any]:
        """The dense query, where there is a vector, then the BM25 query, where there are terms."""
        compiled = exclusion
        if request.where is not None:
            condition = compile_filter(request.where, fields, self._dialect)
            compiled = self._dialect.filter(must=[condition, exclusion])
        options = {"filter": compiled, "limit": request.limit, "with_payload": True}
        queries = []
        if request.dense is not None:
            vector = list(request.dense)
            dense = self._models.SearchParams(exact=True) if request.exact else self._dense
            queries.append(self._query(vector, DENSE, params=dense, **options))
        if weights := query_weights(request.terms):
            corpus = self._corpus(exclusion)
            queries.append(self._query(self._sparse(weights), LEXICAL, params=corpus, **options))
        return queries

    def _answers(self, queries: Sequence[Any]) -> Iterator[Any]:
        if queries:
            for answer in self._client.query_batch_points(self._name, list(queries)):
                yield answer.points

    def _query(self, vector: Any, using: str, **options: Any) -> Any:
        return self._models.QueryRequest(query=vector, using=using, **options)

    def _corpus(self, exclusion: Any) -> Any:
        # By itself the engine counts deleted points in document frequencies for a while.
        return self._models.SearchParams(idf=self._models.IdfCorpusParams(corpus=exclusion))

    def _exclusion(self, hidden: Sequence[int]) -> Any:
        # Generation 0 is never given out: the filter must not be empty.
        return self._dialect.filter(must_not=[self._dialect.any_of(GENERATION_KEY, hidden or [0])])

    def _of(self, generations: Sequence[int]) -> Any:
        # An empty filter would mean every point.
        return self._dialect.filter(must=[self._dialect.any_of(GENERATION_KEY, generations or [0])])

    def _sparse(self, weights: Mapping[int, float]) -> Any:
        ordered = sorted(weights.items())
        return self._models.SparseVector(
            indices=[key for key, _ in ordered], values=[weight for _, weight in ordered]
        )


def _point_id(generation: int, place: int) -> str:
    return stable_id(str(generation), str(place))


def index_fields(client: Any, collection: str, fields: Mapping[str, FieldType]) -> None:
    """Makes the payload indexes that fit the fields' types, in place of others."""
    if is_local(client):
        return
    schema = client.get_collection(collection).payload_schema
    present = {key.replace('"', ""): info.data_type for key, info in schema.items()}
    for key, kind in indexed_keys(fields).items():
        there = present.get(key.replace('"', ""))
        if there is not None and there != _schema_type(kind):
            client.delete_payload_index(collection, key, wait=True)
            there = None
        if there is None:
            create_index(client, collection, key, kind)


def create_index(client: Any, collection: str, key: str, kind: ValueType) -> None:
    """Makes one payload index."""
    from qdrant_client import models

    if is_local(client):
        return
    params: Any = _schema_type(kind)
    if kind == "text":
        params = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, prefix=True)
    client.create_payload_index(collection, key, params, wait=True)


def _schema_type(kind: ValueType) -> Any:
    from qdrant_client import models

    types = models.PayloadSchemaType
    return {
        "text": types.KEYWORD,
        "boolean": types.KEYWORD,
        "integer": types.INTEGER,
        "number": types.FLOAT,
        "date": types.DATETIME,
    }[kind]
