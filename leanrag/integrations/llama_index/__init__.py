"""LlamaIndex components: each does one stage of leanrag inside a LlamaIndex application.

They are built on the public API alone. LlamaIndex is loaded with the first name that is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leanrag.integrations.llama_index.chat_engine import LeanChatEngine
    from leanrag.integrations.llama_index.chunker import LeanChunker
    from leanrag.integrations.llama_index.collection import read_collection
    from leanrag.integrations.llama_index.compressor import LeanCompressor
    from leanrag.integrations.llama_index.documents import ingest_documents
    from leanrag.integrations.llama_index.embedding import LeanEmbedding
    from leanrag.integrations.llama_index.memory import LeanMemory
    from leanrag.integrations.llama_index.query_engine import LeanQueryEngine
    from leanrag.integrations.llama_index.reranker import LeanReranker
    from leanrag.integrations.llama_index.retriever import LeanRetriever

__all__ = [
    "LeanChatEngine",
    "LeanChunker",
    "LeanCompressor",
    "LeanEmbedding",
    "LeanMemory",
    "LeanQueryEngine",
    "LeanReranker",
    "LeanRetriever",
    "ingest_documents",
    "read_collection",
]

_HOMES = {
    "LeanChatEngine": "chat_engine",
    "LeanChunker": "chunker",
    "LeanCompressor": "compressor",
    "LeanEmbedding": "embedding",
    "LeanMemory": "memory",
    "LeanQueryEngine": "query_engine",
    "LeanReranker": "reranker",
    "LeanRetriever": "retriever",
    "ingest_documents": "documents",
    "read_collection": "collection",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
