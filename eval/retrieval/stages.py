"""One question through all stages of the search, each with its ranking and its time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from eval.retrieval.pools import Asked
from eval.retrieval.spec import MODEL_STAGES, Stage
from leanrag.api.prompting.search import Searcher
from leanrag.api.wiring.models import shared_models
from leanrag.protocols import Reranker
from leanrag.retrieve.filters import parse_where
from leanrag.types import Hit, SearchResult

DEEPEST = 20
RRF_K = 60


@dataclass(frozen=True, slots=True)
class Ranked:
    """The units that a stage ranks, best first, and the seconds that it took by itself."""

    units: tuple[str, ...]
    seconds: float


class Stages:
    """Runs questions through the stages that a suite names."""

    def __init__(self, searcher: Searcher, stages: Sequence[Stage]) -> None:
        self._searcher = searcher
        self._stages = stages
        self._late: Reranker | None = None
        if "late" in stages:
            settings = searcher.settings
            late = settings.retrieval.model_copy(update={"reranker": "late"})
            self._late = shared_models().reranker(settings.model_copy(update={"retrieval": late}))

    def run(self, asked: Asked, *, models: bool = True) -> dict[str, Ranked]:
        """The ranking of every stage, without ``models`` of those that need none.

        The time of ``bm25`` and ``dense`` is that of a search with this side alone, the
        embedding of the question included; of the others that of their own work.
        """
        searcher = self._searcher
        request = searcher.request(asked.question, parse_where(asked.where), DEEPEST)
        result = searcher.store.search(request)
        start = perf_counter()
        fused = searcher.fused(asked.question, result)
        seconds = perf_counter() - start
        found: dict[str, Ranked] = {}
        for stage in self._stages:
            if stage in MODEL_STAGES and not models:
                continue
            start = perf_counter()
            match stage:
                case "bm25":
                    searcher.store.search(replace(request, dense=None))
                    hits: Sequence[Hit] = result.lexical
                case "dense":
                    again = searcher.request(asked.question, request.where, DEEPEST)
                    searcher.store.search(replace(again, terms={}))
                    hits = result.dense
                case "rrf":
                    hits = _reciprocal_ranks(result)
                case "fused":
                    hits, start = fused, start - seconds
                case "reranked":
                    hits = searcher.reranker.rerank(asked.question, fused)
                case "late":
                    hits = self._late.rerank(asked.question, fused) if self._late else fused
            spent = perf_counter() - start
            found[stage] = Ranked(_units(asked, hits), spent)
        return found


def _units(asked: Asked, hits: Iterable[Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(asked.name(hit) for hit in hits))[:DEEPEST]


def _reciprocal_ranks(result: SearchResult) -> list[Hit]:
    """Reciprocal rank fusion of both lists, k = 60 (Cormack, Clarke and Büttcher, 2009)."""
    hits: dict[str, Hit] = {}
    scores: dict[str, float] = {}
    for found in (result.dense, result.lexical):
        for rank, hit in enumerate(found, start=1):
            hits.setdefault(hit.id, hit)
            scores[hit.id] = scores.get(hit.id, 0.0) + 1 / (RRF_K + rank)
    return [hits[name] for name in sorted(scores, key=lambda name: (-scores[name], name))]
