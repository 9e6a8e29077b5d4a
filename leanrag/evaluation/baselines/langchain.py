"""LangChain as its tutorials set it up: recursive splitter 1000/200, the four nearest chunks."""

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import Any

import numpy as np

from leanrag.errors import MissingDependencyError
from leanrag.evaluation.baselines.chunks import (
    BaselineChunk,
    ChunkIndex,
    Selection,
    outcome_of,
)
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import SEPARATOR, Outcome
from leanrag.evaluation.pipelines.corpus import SourceDocument
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo
from leanrag.types import Message

OPTIONS: dict[str, Any] = {"chunk_size": 1000, "chunk_overlap": 200, "k": 4}
FILTER_OPTIONS: dict[str, Any] = {**OPTIONS, "piece_size": 300, "similarity_threshold": 0.4}
"""Pieces of 300 characters, those above a similarity kept. The threshold of 0.4 is our choice, not
LangChain's: it depends on the embedding model, and this one is meant to let pieces pass that MiniLM
finds relevant, and no others. A suite can set another one as an option."""

# The wording of LangChain's RAG tutorial (prompt hub: rlm/rag-prompt).
_PROMPT = (
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved "
    "context to answer the question. If you don't know the answer, just say that you don't know. "
    "Use three sentences maximum and keep the answer concise.\n"
    "Question: {question} \nContext: {context} \nAnswer:"
)


def splitter(size: int, overlap: int, **options: Any) -> Any:
    """A RecursiveCharacterTextSplitter. Raises ``MissingDependencyError``."""
    try:
        from langchain_text_splitters import RecursiveCharacterTextSplitter
    except ImportError as error:
        raise MissingDependencyError("langchain-text-splitters", "eval") from error
    return RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap, **options)


class LangChainPipeline:
    """Chunks by the recursive splitter, the k nearest by cosine, stuffed into one prompt."""

    def __init__(self, info: PipelineInfo, bench: Workbench) -> None:
        self.info = info
        self._bench = bench
        self._options = info.options
        self._splitter = splitter(
            self._options["chunk_size"], self._options["chunk_overlap"], add_start_index=True
        )
        self._index: ChunkIndex | None = None

    def run(self, case: Case, budget: int | None) -> Outcome:
        """The retrieved chunks, whole or filtered; there is no budget to give."""
        index = self._index_for(case)
        started = perf_counter()
        query = self._bench.vectors.query(case.question)
        found = index.search(query, self._options["k"])
        texts = [chunk.text for chunk, _ in found]
        if "similarity_threshold" in self._options:
            texts = self._filtered(texts, query)
        seconds = perf_counter() - started
        context = SEPARATOR.join(text for text in texts if text)
        content = _PROMPT.format(question=case.question, context=context)
        messages: list[Message] = [{"role": "user", "content": content}]
        return outcome_of(
            case, Selection(found, texts), self._bench, messages=messages, seconds=seconds
        )

    def close(self) -> None:
        """Forgets the index."""
        self._index = None

    def _filtered(self, texts: Iterable[str], query: np.ndarray[Any, Any]) -> list[str]:
        """EmbeddingsFilter over pieces of the chunks, as DocumentCompressorPipeline joins them."""
        cutter = splitter(self._options["piece_size"], 0, separators=[". ", "\n", " ", ""])
        kept = []
        for text in texts:
            pieces = cutter.split_text(text)
            # Pieces come to be with the question, so their embedding is part of its time.
            vectors = self._bench.embedder.embed_documents(pieces)
            close = vectors @ query >= self._options["similarity_threshold"]
            kept.append("\n".join(p for p, near in zip(pieces, close, strict=True) if near))
        return kept

    def _index_for(self, case: Case) -> ChunkIndex:
        if case.contexts:
            documents = [SourceDocument(c.id, c.title, c.text) for c in case.contexts]
            return ChunkIndex(self._chunks(documents), self._bench)
        if self._index is None:
            self._index = ChunkIndex(self._chunks(self._bench.documents()), self._bench)
        return self._index

    def _chunks(self, documents: Iterable[SourceDocument]) -> Iterator[BaselineChunk]:
        for document in documents:
            for piece in self._splitter.create_documents([document.text]):
                start = piece.metadata["start_index"]
                yield BaselineChunk(
                    id=f"{document.source}#{start}",
                    document=document.source,
                    title=document.title,
                    text=piece.page_content,
                    span=(start, start + len(piece.page_content)) if start >= 0 else None,
                )
