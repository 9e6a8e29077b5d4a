"""Embedding models by folder or hub name, through sentence-transformers."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.length_batches import length_batches
from leanrag.errors import ConfigError, ModelError
from leanrag.tokens.memory import without_surrogates


class SentenceTransformerEmbedder:
    """Unit vectors from a sentence-transformers model, in batches of like length.

    Texts are sorted by length and packed into batches of at most ``batch_tokens`` padded tokens.
    ``bf16`` runs the matrix products in bfloat16 under autocast, the rest in fp32. Objects may be
    used from several threads at once; the model's tokenizer may not, so batches take turns.
    """

    def __init__(
        self,
        location: str,
        *,
        variant: Literal["fp32", "bf16"] = "fp32",
        batch_tokens: int = 8192,
        prefixes: tuple[str, str] = ("", ""),
    ) -> None:
        self._location = location
        self._variant = variant
        self._batch_tokens = batch_tokens
        self._query_prefix, self._document_prefix = prefixes
        self._lock = Lock()
        self._loading = Lock()
        self._loaded: Any = None

    @property
    def name(self) -> str:
        """The folder or hub name, as recorded in the store."""
        return self._location

    @property
    def variant(self) -> str:
        """``fp32`` or ``bf16``."""
        return self._variant

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    @cached_property
    def max_tokens(self) -> int:
        """Longest input that the model reads whole, special tokens included."""
        return int(self._model.max_seq_length)

    def count(self, text: str) -> int:
        """Tokens of ``text`` with special tokens, without truncation."""
        return len(self._tokenizer.encode(without_surrogates(text)).ids)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions). Raises ``ModelError``."""
        return self._embed([self._document_prefix + without_surrogates(text) for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions). Raises ``ModelError``."""
        return self._embed([self._query_prefix + without_surrogates(text) for text in texts])

    def embed_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The unit vectors of each text's tokens, shape (tokens, dimensions), for late interaction.

        Special tokens in front and behind stay out. Raises ``ModelError``.
        """
        given = [without_surrogates(text) for text in texts]
        try:
            with self._lock:
                found = self._model.encode(
                    given, output_value="token_embeddings", show_progress_bar=False
                )
        except RuntimeError as error:
            raise ModelError(
                f"{self.name} could not embed the tokens of {len(given)} texts: {error}",
                service="embedding",
            ) from error
        vectors = []
        for states in found:
            own = states.float().cpu().numpy()[1:-1]
            norms = np.linalg.norm(own, axis=1, keepdims=True)
            vectors.append(own / np.maximum(norms, 1e-12))
        return vectors

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return vectors
        limit = self.max_tokens
        encodings = self._tokenizer.encode_batch(list(texts))
        lengths = [min(len(encoding.ids), limit) for encoding in encodings]
        import torch

        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._variant == "bf16"):
            for batch in length_batches(lengths, self._batch_tokens):
                try:
                    with self._lock:
                        part = self._model.encode(
                            [texts[index] for index in batch],
                            batch_size=len(batch),
                            convert_to_tensor=True,
                            show_progress_bar=False,
                        )
                except RuntimeError as error:
                    raise ModelError(
                        f"{self.name} could not embed a batch of {len(batch)} texts: {error}",
                        service="embedding",
                    ) from error
                vectors[batch] = part.float().cpu().numpy()
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(norms, 1e-12)
        return unit

    @cached_property
    def _tokenizer(self) -> Any:
        file = Path(self._location) / "tokenizer.json"
        from tokenizers import Tokenizer

        if file.is_file():
            tokenizer = Tokenizer.from_file(str(file))
        else:
            backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
            if backend is None:
                raise ConfigError(f"{self.name} has no fast tokenizer; take another model")
            tokenizer = Tokenizer.from_str(backend.to_str())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @property
    def _model(self) -> Any:
        with self._loading:  # several threads may ask first, and the weights are large
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> Any:
        with quiet_vendors():
            from sentence_transformers import SentenceTransformer

            local = Path(self._location).is_dir()
            try:
                return SentenceTransformer(
                    self._location, device="cpu", local_files_only=local, trust_remote_code=False
                )
            except (OSError, ValueError, RuntimeError) as error:
                raise ModelError(
                    f"embedding model {self.name!r} cannot be loaded; give a folder that holds "
                    f"it, or a name that the model hub or its local cache has ({error})",
                    service="embedding",
                ) from error


@contextmanager
def quiet_vendors() -> Iterator[None]:
    """Keeps progress bars, notices and telemetry of the model libraries away from the caller."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from transformers.utils import logging as transformers_logging

    progress = transformers_logging.is_progress_bar_enabled()
    verbosity = transformers_logging.get_verbosity()
    sentence_logger = logging.getLogger("sentence_transformers")
    level = sentence_logger.level
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    sentence_logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        sentence_logger.setLevel(level)
        transformers_logging.set_verbosity(verbosity)
        if progress:
            transformers_logging.enable_progress_bar()
