"""Scores pairs of question and text with a cross-encoder, through sentence-transformers."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.huggingface.sentence_transformers import quiet_vendors
from leanrag.adapters.length_batches import length_batches
from leanrag.errors import ModelError
from leanrag.tokens.memory import without_surrogates

_LETTERS_PER_BATCH = 16_000
"""About 4,000 tokens; padding counts, so a batch holds texts of like length."""


class CrossEncoderScorer:
    """A ``PairScorer``: one pass of the model over each pair of question and text.

    Args:
        location: a folder that holds the model, or its name.
    """

    def __init__(self, location: str) -> None:
        self._location = location
        self._lock = Lock()

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """The model's score of each text; they order, and their scale is the model's own.

        Raises:
            ModelError: the model is not there, fails, or gives more than one score.
        """
        scores = np.zeros(len(texts))
        asked = without_surrogates(question)
        lengths = [len(asked) + len(text) for text in texts]
        for batch in length_batches(lengths, _LETTERS_PER_BATCH):
            pairs = [(asked, without_surrogates(texts[index])) for index in batch]
            try:
                # The model's tokenizer is not made for several threads.
                with self._lock:
                    given = self._model.predict(
                        pairs, batch_size=len(batch), show_progress_bar=False
                    )
                found = np.asarray(given, dtype=np.float64)
            except (RuntimeError, ValueError, IndexError) as error:
                raise ModelError(
                    f"reranker {self._location!r} failed: {error}", service="reranker"
                ) from error
            if found.shape != (len(batch),):
                raise ModelError(
                    f"reranker {self._location!r} gives {found.shape[-1]} scores for a pair; a "
                    "reranker gives one",
                    service="reranker",
                )
            scores[batch] = found
        return scores

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
            except (OSError, ValueError, RuntimeError, KeyError) as error:
                raise ModelError(
                    f"reranker {self._location!r} cannot be loaded; give a folder that holds it, "
                    f"a name that the model hub or its local cache has, or 'scores' ({error})",
                    service="reranker",
                ) from error
