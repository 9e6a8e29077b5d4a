"""The search half of a question's way: two lists from the store, fused, reranked, made various."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leanrag.protocols import Embedder, Reranker, StoreSearcher, TokenCounter
from leanrag.retrieve.blend import blend, rewrite_entry
from leanrag.retrieve.diversity import capped, diverse
from leanrag.retrieve.followup import Wanted, as_asked
from leanrag.retrieve.fusion import fuse
from leanrag.retrieve.question import dense_share, query_terms
from leanrag.retrieve.weights import dense_weight
from leanrag.settings import Settings
from leanrag.trace import Stage
from leanrag.types import Filter, Hit, SearchRequest, SearchResult, TraceEntry


@dataclass(frozen=True, slots=True)
class Searcher:
    """Finds the evidence for a question in one store, a step at a time."""

    store: StoreSearcher
    embedder: Embedder
    reranker: Reranker
    settings: Settings

    def search(
        self, question: str | Wanted, where: Filter | None, counter: TokenCounter, *, limit: int
    ) -> tuple[list[Hit], list[TraceEntry]]:
        """The best ``limit`` hits, and the trace of how they were found."""
        rewriting = Stage("rewrite")
        wanted = as_asked(question) if isinstance(question, str) else question
        mixed = blend(wanted, self.embedder, self.settings.embedding.languages)
        rewritten = rewrite_entry(wanted, mixed, counter, rewriting)
        stage = Stage("retrieve")
        request = SearchRequest(
            dense=mixed.dense.tolist(),
            terms=mixed.terms,
            where=where,
            limit=max(self.settings.retrieval.candidates, limit),
        )
        found = self.store.search(request)
        hits, trace = self.ranked(wanted.text, found, counter, limit=limit, stage=stage)
        return hits, [*rewritten, *trace]

    def search_many(
        self,
        questions: Sequence[str],
        where: Filter | None,
        counter: TokenCounter,
        *,
        limit: int,
    ) -> list[tuple[list[Hit], list[TraceEntry]]]:
        """What ``search`` finds for each question, embedded and searched for together."""
        if not questions:
            return []
        stage = Stage("retrieve")
        vectors = self.embedder.embed_queries(questions)
        requests = [
            self._request(question, vector.tolist(), where, limit)
            for question, vector in zip(questions, vectors, strict=True)
        ]
        return [
            self.ranked(question, result, counter, limit=limit, stage=stage)
            for question, result in zip(questions, self.store.search_many(requests), strict=True)
        ]

    def evidence(
        self, question: str | Wanted, where: Filter | None, counter: TokenCounter, *, limit: int
    ) -> tuple[list[Hit], list[TraceEntry]]:
        """At most ``limit`` hits for a prompt: where a selector read some, those that it read.

        How many it reads follows from how clear the scores before it are, so that a clear
        question sends few hits on.
        """
        hits, trace = self.search(question, where, counter, limit=limit)
        read = [hit for hit in hits if hit.judged is not None]
        if not read or len(read) == len(hits):
            return hits, trace
        last = trace[-1]
        unread = {"not read": len(hits) - len(read)}
        entry = replace(
            last,
            items_out=len(read),
            tokens_out=_tokens(read, counter),
            dropped={**last.dropped, **unread},
        )
        return read, [*trace[:-1], entry]

    def request(self, question: str, where: Filter | None, limit: int) -> SearchRequest:
        """What the store is asked for."""
        vector = self.embedder.embed_queries([question])[0]
        return self._request(question, vector.tolist(), where, limit)

    def _request(
        self, question: str, vector: Sequence[float], where: Filter | None, limit: int
    ) -> SearchRequest:
        return SearchRequest(
            dense=vector,
            terms=query_terms(question),
            where=where,
            limit=self._length(limit),
        )

    def _length(self, limit: int) -> int:
        return max(self.settings.retrieval.candidates, limit)

    def fused(self, question: str, result: SearchResult) -> list[Hit]:
        """One list from the two of the store, weighed for this question."""
        share = dense_share(question, self.settings.embedding.languages)
        weight = dense_weight(result, base=self.settings.retrieval.dense_weight, share=share)
        return fuse(result, dense_weight=weight)

    def ranked(
        self,
        question: str,
        result: SearchResult,
        counter: TokenCounter,
        *,
        limit: int,
        stage: Stage,
    ) -> tuple[list[Hit], list[TraceEntry]]:
        """The best ``limit`` hits of the store's lists, and the trace since ``stage`` began."""
        hits = self.fused(question, result)
        retrieved = _tokens(hits, counter)
        note = f"{len(result.dense)} dense, {len(result.lexical)} BM25"
        into = len(result.dense) + len(result.lexical)
        retrieving = stage.entry((into, len(hits)), (retrieved, retrieved), note=note)
        stage = Stage("rerank")
        ranked = self.reranker.rerank(question, hits)
        best, dropped = self.chosen(ranked, limit)
        read = sum(hit.judged is not None for hit in ranked)
        reranking = stage.entry(
            (len(hits), len(best)),
            (retrieved, _tokens(best, counter)),
            dropped=dropped,
            note=f"{read} read by the selector" if read else "",
        )
        return best, [retrieving, reranking]

    def chosen(self, ranked: Sequence[Hit], limit: int) -> tuple[list[Hit], dict[str, int]]:
        """The first ``limit`` hits, without too many of one document and with near copies last.

        The second value says how many were left out, by reason.
        """
        settings = self.settings.retrieval
        kept = capped(ranked, settings.per_document)
        best = diverse(kept, weight=settings.diversity, limit=limit)
        ids = {hit.id for hit in best}
        copies = sum(hit.id not in ids for hit in kept[:limit])
        dropped = {
            "too many of one document": len(ranked) - len(kept),
            "near copies": copies,
            "below the cut": len(kept) - len(best) - copies,
        }
        return best, dropped


def _tokens(hits: Sequence[Hit], counter: TokenCounter) -> int:
    return sum(counter.count(hit.chunk.text) for hit in hits)
