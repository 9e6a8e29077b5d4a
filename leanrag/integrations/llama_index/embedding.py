"""leanrag's embedder as a LlamaIndex embedding model."""

import asyncio
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from leanrag.api.wiring.models import shared_models
from leanrag.settings import EmbeddingSettings


class LeanEmbedding(BaseEmbedding):
    """The built-in model, which needs no download, or any other that leanrag's settings name.

    It lets LlamaIndex work offline; texts are embedded in batches of like length.
    """

    _embedder: Any = PrivateAttr()

    def __init__(self, settings: EmbeddingSettings | None = None, **fields: Any) -> None:
        """Takes the embedding section of the settings; the model is loaded when it is used."""
        chosen = settings or EmbeddingSettings()
        super().__init__(**{"model_name": chosen.model, "embed_batch_size": 512, **fields})
        self._embedder = lambda: shared_models().embedder(chosen)

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex stores."""
        return "LeanEmbedding"

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self._embedder().embed_documents(texts).tolist()
        return found

    def _get_query_embedding(self, query: str) -> list[float]:
        found: list[float] = self._embedder().embed_queries([query])[0].tolist()
        return found

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)
