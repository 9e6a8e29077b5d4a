"""What is asked of the embedded engine, as its own objects."""

from collections.abc import Mapping, Sequence
from typing import Any

from leanrag.adapters.qdrant.dialects import edge_dialect
from leanrag.adapters.qdrant.edge.config import dense_params
from leanrag.adapters.qdrant.filters import compile_filter
from leanrag.adapters.qdrant.payload import (
    AVERAGE_KEY,
    AVERAGE_TOLERANCE,
    DENSE,
    GENERATION_KEY,
    ID_KEY,
    LEXICAL,
)
from leanrag.settings import QdrantSettings
from leanrag.text.bm25 import query_weights
from leanrag.types import FieldType, SearchRequest, ValueType


class EdgeRequests:
    """Queries, filters and index types of one shard."""

    def __init__(self, settings: QdrantSettings) -> None:
        import qdrant_edge

        self._vendor: Any = qdrant_edge
        self._dialect = edge_dialect()
        self._dense = dense_params(settings, filtered=False)
        self._filtered = dense_params(settings, filtered=True)

    def hybrid(
        self,
        request: SearchRequest,
        fields: Mapping[str, FieldType],
        exclusion: Any,
        *,
        corpus: Any = None,
    ) -> list[Any]:
        """The dense query, where there is a vector, then the BM25 query, where there are terms.

        ``corpus`` says over which chunks a term's document frequency is counted; None: over all
        in the engine, which costs nothing.
        """
        compiled = exclusion
        if request.where is not None:
            condition = compile_filter(request.where, fields, self._dialect)
            compiled = self._both(condition, exclusion)
        options = {"limit": request.limit, "with_payload": True}
        queries = []
        if request.dense is not None:
            vector = list(request.dense)
            if request.exact:
                dense = self._vendor.SearchParams(exact=True)
            else:
                dense = self._dense if request.where is None else self._filtered
            queries.append(self._query(vector, DENSE, compiled, params=dense, **options))
        if weights := query_weights(request.terms):
            vector = self.sparse(weights)
            params = self._counted_over(corpus)
            queries.append(self._query(vector, LEXICAL, compiled, params=params, **options))
        return queries

    def best_of_term(self, term: int, exclusion: Any, *, corpus: Any = None) -> Any:
        """The query for the chunk that scores best for one term of weight 1."""
        return self._query(
            self.sparse({term: 1.0}),
            LEXICAL,
            exclusion,
            limit=1,
            with_vector=[LEXICAL],
            params=self._counted_over(corpus),
        )

    def batch(self, queries: Sequence[Any]) -> Any:
        """Several queries as one request."""
        return self._vendor.QueryBatchRequest(list(queries))

    def by_chunk(self, chunk_id: str, exclusion: Any, limit: int) -> Any:
        """The request for the points of a chunk's id."""
        wanted = self._dialect.any_of(ID_KEY, [chunk_id])
        whole = self._both(wanted, exclusion)
        return self._vendor.ScrollRequest(limit=limit, filter=whole, with_payload=True)

    def count_whole(self) -> Any:
        """The request for the number of points with a dense vector."""
        whole = self._dialect.filter(must=[self._vendor.HasVectorCondition(DENSE)])
        return self._vendor.CountRequest(exact=True, filter=whole)

    def count_outdated(self, average_length: float) -> Any:
        """The request for the number of points weighed for another mean length."""
        return self._vendor.CountRequest(exact=True, filter=self._outdated(average_length))

    def outdated(self, average_length: float, limit: int, start: int | None) -> Any:
        """The request for points weighed for another mean length, with their weights.

        ``start`` is the least id that is asked for.
        """
        return self._vendor.ScrollRequest(
            offset=start,
            limit=limit,
            filter=self._outdated(average_length),
            with_payload=True,
            with_vector=[LEXICAL],
        )

    def exclusion(self, hidden: Sequence[int]) -> Any:
        """A filter that leaves out generations; None where there is none to leave out."""
        if not hidden:
            return None
        return self._dialect.filter(must_not=[self._dialect.any_of(GENERATION_KEY, list(hidden))])

    def sparse(self, weights: Mapping[int, float]) -> Any:
        """A sparse vector of weights by term id."""
        ordered = sorted(weights.items())
        return self._vendor.SparseVector([key for key, _ in ordered], [w for _, w in ordered])

    def index(self, key: str, kind: ValueType) -> Any:
        """The payload index of a field, by its place in the payload.

        The graph gets further edges for the large values of a field that filters name, so that
        it stays connected under them. What names single documents, or nothing that anybody
        filters by, needs none, and building takes two thirds of the time without.
        """
        if key == GENERATION_KEY:
            return self._vendor.IntegerIndexParams(enable_hnsw=False)
        if key == ID_KEY:
            cold = self._vendor.Memory.Cold
            return self._vendor.KeywordIndexParams(enable_hnsw=False, memory=cold)
        if key == AVERAGE_KEY:
            return self._vendor.FloatIndexParams(enable_hnsw=False)
        if kind == "text":
            single = key in ("source", "title")
            return self._vendor.KeywordIndexParams(prefix=True, enable_hnsw=not single)
        return self.schema_type(kind)

    def schema_type(self, kind: ValueType) -> Any:
        """The payload index of a field type."""
        types = self._vendor.PayloadSchemaType
        return {
            "text": types.Keyword,
            "boolean": types.Keyword,
            "integer": types.Integer,
            "number": types.Float,
            "date": types.Datetime,
        }[kind]

    def _query(self, vector: Any, using: str, filter_: Any, **options: Any) -> Any:
        return self._vendor.QueryRequest(
            query=self._vendor.Query.Nearest(vector, using=using), filter=filter_, **options
        )

    def whole(self) -> Any:
        """A filter that every point passes: generation 0 is never given out."""
        return self._dialect.filter(must_not=[self._dialect.any_of(GENERATION_KEY, [0])])

    def _counted_over(self, corpus: Any) -> Any:
        if corpus is None:
            return None
        return self._vendor.SearchParams(idf=self._vendor.IdfParams(corpus=corpus))

    def _both(self, condition: Any, exclusion: Any) -> Any:
        return self._dialect.filter(must=[part for part in (condition, exclusion) if part])

    def _outdated(self, average_length: float) -> Any:
        bounds = {
            "gte": average_length * (1 - AVERAGE_TOLERANCE),
            "lte": average_length * (1 + AVERAGE_TOLERANCE),
        }
        return self._dialect.filter(must_not=[self._dialect.numbers(AVERAGE_KEY, bounds)])
