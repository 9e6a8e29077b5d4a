"""The search half of a question's way: two lists from the store, fused, reranked, made various."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leanrag.protocols import Embedder, Reranker, StoreSearcher, TokenCounter
from leanrag.retrieve.blend import blend, rewrite_entry
from leanrag.retrieve.diversity import capped, diverse
from leanrag.retrieve.followup import Wanted
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
        self, wanted: Wanted, where: Filter | None, counter: TokenCounter, *, limit: int
    ) -> tuple[list[Hit], list[TraceEntry]]:
        """The best ``limit`` hits, and the trace of how they were found."""
        rewriting = Stage("rewrite")
        mixed = blend(wanted, self.embedder, self.settings.embedding.languages)
        trace = rewrite_entry(wanted, mixed, counter, rewriting) if wanted.turns else []
        retrieving = Stage("retrieve")
        found = self.store.search(
            SearchRequest(
                dense=mixed.dense.tolist(),
                terms=mixed.terms,
                where=where,
                limit=self._length(limit),
            )
        )
        fused = self._fused(found, mixed.share)
        trace.append(_retrieved(retrieving, found, fused, counter))
        reranking = Stage("rerank")
        ranked = self.reranker.rerank(wanted.text, fused)
        hits, entry = self._best(reranking, ranked, counter, limit=limit)
        return hits, [*trace, entry]

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
        retrieving = Stage("retrieve")
        vectors = self.embedder.embed_queries(questions)
        requests = [
            self._request(question, vector.tolist(), where, limit)
            for question, vector in zip(questions, vectors, strict=True)
        ]
        answers = []
        for question, found in zip(questions, self.store.search_many(requests), strict=True):
            fused = self.fused(question, found)
            retrieved = _retrieved(retrieving, found, fused, counter)
            reranking = Stage("rerank")
            ranked = self.reranker.rerank(question, fused)
            hits, entry = self._best(reranking, ranked, counter, limit=limit)
            answers.append((hits, [retrieved, entry]))
        return answers

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

    def fused(self, question: str, found: SearchResult) -> list[Hit]:
        """One list from the two of the store, weighed for this question."""
        return self._fused(found, dense_share(question, self.settings.embedding.languages))

    def _fused(self, found: SearchResult, share: float) -> list[Hit]:
        weight = dense_weight(found, base=self.settings.retrieval.dense_weight, share=share)
        return fuse(found, dense_weight=weight)

    def _best(
        self, stage: Stage, ranked: Sequence[Hit], counter: TokenCounter, *, limit: int
    ) -> tuple[list[Hit], TraceEntry]:
        """The first ``limit`` hits, without too many of one document and with near copies last."""
        settings = self.settings.retrieval
        kept = capped(ranked, settings.per_document)
        best = diverse(kept, weight=settings.diversity, limit=limit)
        ids = {hit.id for hit in best}
        copies = sum(hit.id not in ids for hit in kept[:limit])
        read = sum(hit.judged is not None for hit in ranked)
        entry = stage.entry(
            (len(ranked), len(best)),
            (_tokens(ranked, counter), _tokens(best, counter)),
            dropped={
                "too many of one document": len(ranked) - len(kept),
                "near copies": copies,
                "below the cut": len(kept) - len(best) - copies,
            },
            note=f"{read} read by the selector" if read else "",
        )
        return best, entry


def read_alone(
    hits: list[Hit], trace: list[TraceEntry], counter: TokenCounter
) -> tuple[list[Hit], list[TraceEntry]]:
    """Of the hits for a prompt those that a selector read, where it read some; and their trace.

    How many it reads follows from how clear the scores before it are, so that a clear question
    sends few hits on.
    """
    read = [hit for hit in hits if hit.judged is not None]
    if not read or len(read) == len(hits):
        return hits, trace
    *earlier, last = trace
    entry = replace(
        last,
        items_out=len(read),
        tokens_out=_tokens(read, counter),
        dropped={**last.dropped, "not read": len(hits) - len(read)},
    )
    return read, [*earlier, entry]


def _retrieved(
    stage: Stage, found: SearchResult, fused: Sequence[Hit], counter: TokenCounter
) -> TraceEntry:
    tokens = _tokens(fused, counter)
    into = len(found.dense) + len(found.lexical)
    note = f"{len(found.dense)} dense, {len(found.lexical)} BM25"
    return stage.entry((into, len(fused)), (tokens, tokens), note=note)


def _tokens(hits: Sequence[Hit], counter: TokenCounter) -> int:
    return sum(counter.count(hit.chunk.text) for hit in hits)
