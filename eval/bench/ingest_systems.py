"""Whole ingests of the same pages by leanrag and its peers, each in a process of its own.

    python eval/bench/ingest_systems.py SYSTEM FILE

``FILE`` holds one path a line; the result is a JSON object on stdout. All embed with the same
MiniLM weights. Modules and weights are loaded and warm when the clock starts; it stops when
everything is stored. leanrag writes its store to the disk and flushes it there, and parses in a
second process; the peers keep theirs in memory (``SimpleVectorStore``, ``InMemoryVectorStore``) and
take the text of a page from BeautifulSoup with lxml, as LangChain's ``BSHTMLLoader`` does.
"""

import json
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from leanrag.adapters.models import builtin_folder

Result = dict[str, float]
Ready = Callable[[], Result]
"""A system that is loaded: does the work and counts it."""


def leanrag(paths: list[Path], scratch: Path) -> Ready:
    """The ``leanrag ingest`` of the defaults."""
    from leanrag import LeanRAG
    from leanrag.api.wiring.models import shared_models

    models = shared_models()
    rag = LeanRAG(scratch / "store", models=models)
    models.embedder(rag.settings.embedding).embed_documents(["warm up"])

    def work() -> Result:
        report = rag.ingest(paths)
        rag.close()
        return {"chunks": report.chunks, "embedded_tokens": report.tokens}

    return work


def llama_index(paths: list[Path], size: int, overlap: int) -> Ready:
    """LlamaIndex's ``IngestionPipeline``: sentence splitter, embedding, vector store."""
    from llama_index.core import Document
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.vector_stores import SimpleVectorStore

    encode, tokens = _sentence_transformers()

    class Embedding(BaseEmbedding):  # type: ignore[misc]
        """What its Hugging Face integration does, with a larger batch than its ten."""

        def _get_text_embedding(self, text: str) -> list[float]:
            return encode([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return encode(texts)

        def _get_query_embedding(self, query: str) -> list[float]:
            return encode([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return encode([query])[0]

    splitter = SentenceSplitter(chunk_size=size, chunk_overlap=overlap)
    pipeline = IngestionPipeline(
        transformations=[splitter, Embedding(embed_batch_size=128)],
        vector_store=SimpleVectorStore(),
    )

    def work() -> Result:
        documents = [Document(text=page_text(path), id_=str(path)) for path in paths]
        nodes = pipeline.run(documents=documents)
        return {"chunks": len(nodes), "embedded_tokens": tokens()}

    return work


def langchain(paths: list[Path], size: int, overlap: int) -> Ready:
    """LangChain's ``index`` over the recursive splitter."""
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.indexing import InMemoryRecordManager, index
    from langchain_core.vectorstores import InMemoryVectorStore
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    encode, tokens = _sentence_transformers()

    class Embedding(Embeddings):  # type: ignore[misc]
        """What its Hugging Face integration does."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return encode(texts)

        def embed_query(self, text: str) -> list[float]:
            return encode([text])[0]

    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap)
    records = InMemoryRecordManager(namespace="bench")
    records.create_schema()
    store = InMemoryVectorStore(Embedding())

    def work() -> Result:
        documents = [
            Document(page_content=page_text(path), metadata={"source": str(path)}) for path in paths
        ]
        chunks = splitter.split_documents(documents)
        options = {"cleanup": "incremental", "source_id_key": "source", "key_encoder": "blake2b"}
        index(chunks, records, store, **options)
        return {"chunks": len(store.store), "embedded_tokens": tokens()}

    return work


def page_text(path: Path) -> str:
    """The text of a page as LangChain's HTML loader gives it."""
    from bs4 import BeautifulSoup

    return str(BeautifulSoup(path.read_bytes(), "lxml").get_text())


def _sentence_transformers() -> tuple[Callable[[list[str]], list[list[float]]], Callable[[], int]]:
    """The peers' embedder with its own settings, warm, and what it has read in all."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(builtin_folder()), device="cpu", local_files_only=True)
    model.encode(["warm up"])
    texts_seen: list[str] = []

    def encode(texts: list[str]) -> list[list[float]]:
        texts_seen.extend(texts)
        vectors: list[list[float]] = model.encode(texts, show_progress_bar=False).tolist()
        return vectors

    def tokens() -> int:
        counts = model.tokenizer(texts_seen, truncation=False, verbose=False)["input_ids"]
        return sum(min(len(ids), model.max_seq_length) for ids in counts)

    return encode, tokens


SYSTEMS: dict[str, Callable[[list[Path], Path], Ready]] = {
    "leanrag": leanrag,
    "llama-index 1024/200": lambda paths, _: llama_index(paths, 1024, 200),
    "llama-index 256/20": lambda paths, _: llama_index(paths, 256, 20),
    "langchain 1000/200": lambda paths, _: langchain(paths, 1000, 200),
}


def main(name: str, listed: Path) -> None:
    """Runs one system over the listed pages."""
    paths = [Path(line) for line in listed.read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as scratch:
        work = SYSTEMS[name](paths, Path(scratch))
        with _Peak() as peak:
            before, started = _cpu(), time.perf_counter()
            found: dict[str, Any] = dict(work())
            found["seconds"] = time.perf_counter() - started
            found["cpu_seconds"] = _cpu() - before
        found["peak_mib"] = peak.bytes / 2**20
    print(json.dumps(found))


class _Peak:
    """The most memory that this process and its children hold together, looked at all the time.

    The system's own maximum of a child would include what its parent held when it started it.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_Peak":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        own = psutil.Process()
        while not self._done.wait(0.05):
            total = 0
            for process in (own, *own.children(recursive=True)):
                with suppress(psutil.Error):  # it ended in between
                    total += process.memory_info().rss
            self.bytes = max(self.bytes, total)


def _cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
