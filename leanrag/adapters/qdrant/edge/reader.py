"""What an embedded shard is asked, one call at a time.

A point's id is its document's generation and its place in the document.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leanrag.adapters.qdrant.edge.errors import translated
from leanrag.adapters.qdrant.edge.requests import EdgeRequests
from leanrag.adapters.qdrant.payload import DENSE, LEXICAL
from leanrag.adapters.qdrant.stored import Found, lists_of
from leanrag.types import FieldType, SearchRequest

READ_AT_ONCE = 256
_PLACE_BITS = 24
_COUNTED = 50_000
"""Above, counting a term's chunks among those that are visible takes longer than the search."""


class ShardReader:
    """Searches and retrievals. ``gate`` lets one call at a time into the engine.

    Who holds the gate keeps the shard as it is over several calls.
    """

    def __init__(self, folder: Path, shard: Any, requests: EdgeRequests, gate: Any) -> None:
        self.folder = folder
        self.gate = gate
        self._shard = shard
        self._requests = requests

    def count(self) -> int:
        """How many points with a dense vector there are: damage can lose vectors alone."""
        with self._call():
            return int(self._shard.count(self._requests.count_whole()))

    def outdated(self, average_length: float) -> int:
        """How many chunks have BM25 weights for another mean length."""
        with self._call():
            return int(self._shard.count(self._requests.count_outdated(average_length)))

    def search(
        self,
        requests: Sequence[SearchRequest],
        fields: Mapping[str, FieldType],
        hidden: Sequence[int],
        *,
        removed: int,
    ) -> list[tuple[list[Found], list[Found]]]:
        """For each request the dense and the BM25 list, best first, without hidden generations.

        ``removed`` is the number of chunks deleted since the engine last optimised: it still
        counts them in document frequencies.
        """
        corpus = self._corpus(hidden, removed)
        with translated(self.folder):
            exclusion = self._requests.exclusion(hidden)
            asked = [
                self._requests.hybrid(request, fields, exclusion, corpus=corpus)
                for request in requests
            ]
        answers = self._answers([query for queries in asked for query in queries])
        return lists_of(requests, asked, answers)

    def idf(self, terms: Sequence[int], hidden: Sequence[int], *, removed: int) -> dict[int, float]:
        """The engine's IDF by term id, from the score and the weight of each term's best chunk."""
        corpus = self._corpus(hidden, removed)
        with translated(self.folder):
            exclusion = self._requests.exclusion(hidden)
            queries = [
                self._requests.best_of_term(term, exclusion, corpus=corpus) for term in terms
            ]
        found = {}
        for term, points in zip(terms, self._answers(queries), strict=True):
            if points:
                sparse = points[0].vector[LEXICAL]
                weights = dict(zip(sparse.indices, sparse.values, strict=True))
                found[term] = float(points[0].score) / weights[term]
        return found

    def find(self, chunk_id: str, hidden: Sequence[int]) -> list[Mapping[str, Any]]:
        """Payloads of the chunks with this id, without the hidden generations."""
        exclusion = self._requests.exclusion(hidden)
        with self._call():
            request = self._requests.by_chunk(chunk_id, exclusion, READ_AT_ONCE)
            return [record.payload for record in self._shard.scroll(request)[0]]

    def payloads(self, generation: int, chunks: int) -> list[Mapping[str, Any]]:
        """Payload of each chunk of a document, in order."""
        found: dict[int, Mapping[str, Any]] = {}
        for ids in parts_of(point_ids(generation, chunks), READ_AT_ONCE):
            with self._call():
                records = self._shard.retrieve(list(ids), True, False)
            found.update((record.id, record.payload) for record in records)
        return [found[number] for number in sorted(found)]

    def chunks(
        self, generation: int, chunks: int
    ) -> list[tuple[Mapping[str, Any], Sequence[float], Sequence[int]]]:
        """Payload, dense vector and term ids of each chunk of a document, in order."""
        found = []
        for ids in parts_of(point_ids(generation, chunks), READ_AT_ONCE):
            with self._call():
                records = self._shard.retrieve(list(ids), True, [DENSE, LEXICAL])
            there = {record.id: record for record in records}
            for number in ids:
                if number in there:
                    vector = there[number].vector
                    sparse = vector.get(LEXICAL)
                    terms = sparse.indices if sparse is not None else []
                    found.append((there[number].payload, vector[DENSE], terms))
        return found

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    def _corpus(self, hidden: Sequence[int], removed: int) -> Any:
        """What document frequencies are counted over; None: over all that the engine has."""
        if not hidden and not removed:
            return None
        with self._call():
            if self._shard.info().points_count > _COUNTED:
                return None
        return self._requests.exclusion(hidden) or self._requests.whole()

    def _answers(self, queries: Sequence[Any]) -> Sequence[Sequence[Any]]:
        if not queries:
            return []
        with self._call():
            answers: Sequence[Sequence[Any]] = self._shard.query_batch(
                self._requests.batch(queries)
            )
            return answers

    @contextmanager
    def _call(self) -> Iterator[None]:
        with self.gate, translated(self.folder):
            yield


def parts_of(items: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """The items in parts of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def point_id(generation: int, place: int) -> int:
    """The id of a document's chunk by its place, from 0."""
    return generation << _PLACE_BITS | place


def point_ids(generation: int, chunks: int) -> list[int]:
    """The ids of all chunks of a document."""
    return [point_id(generation, place) for place in range(chunks)]
