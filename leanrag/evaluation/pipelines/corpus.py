"""The corpus of a suite: ingested once by leanrag, its texts handed to every other pipeline.

All pipelines see the same parsed and cleaned text, so that a comparison is not one of parsers.
That favours the baselines: their own readers would give them raw HTML.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from leanrag.api import LeanRAG
from leanrag.api.wiring.models import shared_models
from leanrag.api.wiring.stores import open_store
from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.datasets import Corpus
from leanrag.settings import Settings
from leanrag.types import Hit, Message

STORES = "stores"
CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A parsed document, as all pipelines see it."""

    source: str
    title: str
    text: str


@dataclass(frozen=True)
class LeanCorpus:
    """One store for a corpus under given settings, kept beside the run and shared by pipelines."""

    corpus: Corpus
    settings: Settings
    folder: Path

    @cached_property
    def rag(self) -> LeanRAG:
        """The corpus, ingested; files that did not change since an earlier run are skipped.

        Raises:
            EvaluationError: no document could be read.
        """
        rag = LeanRAG(self.stored, models=shared_models())
        given = [*self.corpus.paths, *(self.corpus.documents() if self.corpus.documents else ())]
        report = rag.ingest(given, prune=True, force=True)
        if not rag.info().documents:
            reasons = "; ".join(failure.error for failure in report.failures[:3])
            raise EvaluationError(f"no document of the corpus could be read: {reasons}")
        # The model and the store are loaded once, which is no question's own time.
        rag.search("warm up", top_k=1)
        return rag

    def hits(self, case: Case) -> list[Hit]:
        """The best chunks for a case, before anything is cut; the last case's are remembered."""
        if self._found.get(case.id) is None:
            found = self.rag.search(
                case.question, top_k=CANDIDATES, where=case.where, history=messages_of(case)
            )
            self._found.clear()
            self._found[case.id] = found
        return self._found[case.id]

    def documents(self) -> Iterator[SourceDocument]:
        """All documents, ordered by source."""
        # A local store serves one at a time; leanrag opens it again by itself.
        self.rag.close()
        embedder = shared_models().embedder(self.stored.embedding)
        store = open_store(self.stored, embedder, create=False)
        try:
            for record in store.records():
                document = store.document(record.id)
                if document is not None:
                    yield SourceDocument(document.source, document.title, document.text)
        finally:
            store.close()

    def close(self) -> None:
        """Gives the store back."""
        if "rag" in self.__dict__:
            self.rag.close()

    @cached_property
    def _found(self) -> dict[str, list[Hit]]:
        return {}

    @property
    def stored(self) -> Settings:
        """The settings that name the corpus's own store."""
        return self.settings.model_copy(update={"store": str(self._store)})

    @property
    def _store(self) -> Path:
        # What decides the chunks and vectors; everything else may differ between runs.
        parts = [
            [str(path.resolve()) for path in self.corpus.paths],
            self.settings.embedding.model_dump(mode="json"),
            self.settings.chunking.model_dump(mode="json"),
        ]
        name = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
        return self.folder / STORES / name


def messages_of(case: Case) -> list[Message]:
    """The case's history as leanrag takes it."""
    return [turn.model_dump(exclude_none=True) for turn in case.history]
