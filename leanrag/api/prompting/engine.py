"""The way of a question to its evidence, and on to the prompt; every stage leaves a trace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from leanrag.api.masking import learn_all, learn_evidence
from leanrag.api.memory.reading import TurnReader
from leanrag.api.prompting.assemble import Composer, Gathered
from leanrag.api.prompting.evidence import pruned_entry
from leanrag.api.prompting.history_share import History, recall
from leanrag.api.prompting.neighbours import join_neighbours, with_context
from leanrag.api.prompting.search import Searcher, read_alone
from leanrag.compress.pruning import prune, whole
from leanrag.compress.values import ABOVE_ALL, NOTHING_FOUND, Pruner
from leanrag.errors import StoreError
from leanrag.pack.render import SYSTEM_TEXT, Candidate
from leanrag.protocols import (
    Embedder,
    EvidenceStore,
    Masker,
    Reranker,
    TokenCounter,
    WordScorer,
)
from leanrag.retrieve.followup import Wanted
from leanrag.retrieve.nothing import foreign
from leanrag.settings import Settings
from leanrag.text.bm25 import term_id
from leanrag.text.terms import terms
from leanrag.trace import Stage
from leanrag.types import Filter, Hit, Prompt, Span, TraceEntry, Unit

_PATIENCE = 5
"""How often evidence is looked for anew because documents were replaced meanwhile."""


@dataclass(frozen=True, slots=True)
class QueryModels:
    """What the stages of a question's way ask."""

    embedder: Embedder
    reranker: Reranker
    pruner: Pruner
    words: WordScorer
    turns: TurnReader


class QueryEngine:
    """Builds prompts over one store; ``searcher`` finds what they rest on."""

    def __init__(self, store: EvidenceStore, models: QueryModels, settings: Settings) -> None:
        self._store = store
        self._models = models
        self.searcher = Searcher(store, models.embedder, models.reranker, settings)
        self._settings = settings

    def prompt(
        self,
        wanted: Wanted,
        *,
        budget: int,
        counter: TokenCounter,
        where: Filter | None,
        history: History,
        masker: Masker | None = None,
    ) -> Prompt:
        """Messages of at most ``budget`` tokens, with their sources and trace.

        ``wanted`` is what is searched for; the question is sent as it was asked. With a
        ``masker`` the messages are masked before anything is counted; what is searched with and
        the sources are not.

        Raises:
            BudgetError: system text and question alone do not fit.
            MaskingError: the history holds what cannot be masked.
        """
        system = self._settings.prompt.system or SYSTEM_TEXT
        remembered = recall(history, counter, self._models.turns)
        if masker:
            learn_all(masker, system, remembered.turns, wanted.asked)
        hits, candidates, found = self._found(wanted, where, counter)
        units, pruned = self._pruned(wanted.text, candidates, counter)
        entering = len({unit.candidate for unit in units})
        candidates, units = join_neighbours(candidates, units, self._store.document)
        if masker:
            learn_evidence(masker, candidates, self._store.document)
        # Only now every value is known that could also stand in the question or the history.
        mask = lru_cache(maxsize=None)(masker.mask) if masker else None
        composer = Composer(
            system,
            budget,
            counter=counter,
            words=self._models.words,
            settings=self._settings,
            mask=mask,
        )
        joined = entering - len(candidates)
        gathered = Gathered(hits, candidates, units, joined, (*found, pruned))
        return composer.compose(wanted, remembered, gathered)

    def _pruned(
        self, question: str, candidates: Sequence[Candidate], counter: TokenCounter
    ) -> tuple[Sequence[Unit], TraceEntry]:
        """The sentences that are worth sending."""
        stage = Stage("prune")
        hits = [candidate.hit for candidate in candidates]
        passages = [hit.passage for hit in hits]
        mode = self._settings.compression.mode
        if mode == "none":
            pruned = whole(passages)
        else:
            by_id = {term_id(term): term for term in terms(question)}
            idf = {by_id[number]: value for number, value in self._store.idf(by_id).items()}
            valued = self._models.pruner.value(question, passages, idf)
            if self._settings.embedding.model == "builtin" and foreign(hits):
                valued = replace(valued, floor=ABOVE_ALL, note=NOTHING_FOUND)
            pruned = prune(passages, valued, selects=mode != "squeeze")
        return pruned.units, pruned_entry(stage, passages, pruned, counter, _tokens(hits, counter))

    def _found(
        self, wanted: Wanted, where: Filter | None, counter: TokenCounter
    ) -> tuple[list[Hit], list[Candidate], list[TraceEntry]]:
        """The hits with what stands around them, all of documents that are there."""
        settings = self._settings.retrieval
        for _ in range(_PATIENCE):
            hits, trace = self.searcher.search(wanted, where, counter, limit=settings.rerank_to)
            hits, trace = read_alone(hits, trace, counter)
            hits, added = with_context(hits, self._store, settings, where=where, counter=counter)
            candidates = [found for hit in hits if (found := self._candidate(hit)) is not None]
            if len(candidates) == len(hits):
                return hits, candidates, [*trace, *added]
            # A document was replaced since it was found: its new version may be found, too.
        raise StoreError(
            "documents are replaced faster than a question can be answered; ask again",
            service="store",
            retryable=True,
        )

    def _candidate(self, hit: Hit) -> Candidate | None:
        """The hit with its lead and table head; None where its document is gone."""
        chunk = hit.chunk
        outside = [span for span in (chunk.lead, chunk.table_head) if span]
        if not outside:
            return Candidate(hit)
        document = self._store.document(chunk.document_id)
        if document is None:
            return None
        text = document.text
        return Candidate(hit, lead=_cut(text, chunk.lead), table_head=_cut(text, chunk.table_head))


def _cut(text: str, span: Span | None) -> str:
    return text[span[0] : span[1]] if span else ""


def _tokens(hits: Sequence[Hit], counter: TokenCounter) -> int:
    return sum(counter.count(hit.chunk.text) for hit in hits)
