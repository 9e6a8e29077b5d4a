"""Reranking with a cross-encoder by name or folder, through sentence-transformers."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from leanrag.adapters.sentence_transformers import quiet_vendors
from leanrag.errors import ModelError
from leanrag.types import Hit


class CrossEncoderReranker:
    """Scores each pair of question and hit with one pass of the model."""

    def __init__(self, location: str, *, batch_size: int = 16) -> None:
        self._location = location
        self._batch_size = batch_size

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits by the model's score, ties by id.

        Raises:
            ModelError: the model is not there or fails.
        """
        if not hits:
            return []
        pairs = [(question, _text(hit)) for hit in hits]
        try:
            scores = self._model.predict(
                pairs, batch_size=self._batch_size, show_progress_bar=False
            )
        except RuntimeError as error:
            raise ModelError(f"reranker {self._location!r} failed: {error}") from error
        scored = [replace(hit, score=float(score)) for hit, score in zip(hits, scores, strict=True)]
        return sorted(scored, key=lambda hit: (-hit.score, hit.id))

    @cached_property
    def _model(self) -> Any:
        with quiet_vendors():
            from sentence_transformers import CrossEncoder

            try:
                return CrossEncoder(
                    self._location,
                    device="cpu",
                    local_files_only=Path(self._location).is_dir(),
                    trust_remote_code=False,
                )
            except (OSError, ValueError, RuntimeError) as error:
                raise ModelError(
                    f"reranker {self._location!r} cannot be loaded; give a folder that holds it, "
                    f"a name that the model hub or its local cache has, or 'scores' ({error})",
                    service="reranker",
                ) from error


def _text(hit: Hit) -> str:
    label = " > ".join([hit.title, *hit.chunk.headings])
    return f"{label}\n{hit.chunk.body}"
