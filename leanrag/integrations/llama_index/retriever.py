"""leanrag's search as a LlamaIndex retriever."""

from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from leanrag.api import LeanRAG
from leanrag.integrations.llama_index.filters import filter_of
from leanrag.integrations.llama_index.nodes import node_of_hit
from leanrag.types import And


class LeanRetriever(BaseRetriever):
    """Filtered hybrid search with reranking over a leanrag collection.

    Each node is a chunk, verbatim, with its document's metadata, title, heading path and page;
    the model sees the last three alone. Offsets are those in the document, which
    ``rag.document(node.node_id)`` gives.
    """

    def __init__(
        self,
        rag: LeanRAG,
        *,
        similarity_top_k: int = 10,
        filters: Any = None,
        where: Any = None,
        **options: Any,
    ) -> None:
        """Takes the collection and what is searched for in it.

        Args:
            rag: an open ``LeanRAG``; it stays yours to close.
            similarity_top_k: how many nodes are returned.
            filters: LlamaIndex's ``MetadataFilters``.
            where: leanrag's own filter language; with ``filters``, both have to hold.
            options: those of ``BaseRetriever``.

        Raises:
            FilterError: a filter has no counterpart; unknown fields are found by the search.
        """
        from leanrag.retrieve.filters import parse_where

        self._rag = rag
        self._top_k = similarity_top_k
        parts = [part for part in (filter_of(filters), parse_where(where)) if part is not None]
        self._where = And(tuple(parts)) if len(parts) > 1 else next(iter(parts), None)
        super().__init__(**options)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._rag.search(query_bundle.query_str, top_k=self._top_k, where=self._where)
        return [node_of_hit(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = await self._rag.asearch(query_bundle.query_str, top_k=self._top_k, where=self._where)
        return [node_of_hit(hit) for hit in hits]
