"""Late interaction: every token of the question looks for its best match in the text."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leanrag.protocols import TokenEmbedder


class LateScorer:
    """A ``PairScorer``: the mean over the question's tokens of the greatest cosine in the text.

    MaxSim of ColBERT (Khattab and Zaharia, 2020, https://arxiv.org/abs/2004.12832), over the
    token vectors of an embedding model that was not trained for it.
    """

    def __init__(self, embedder: TokenEmbedder) -> None:
        self._embedder = embedder

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Scores from -1 to 1, 0 for a text or a question without tokens."""
        asked, *found = self._embedder.embed_tokens([question, *texts])
        return np.array(
            [
                float((asked @ own.T).max(axis=1).mean()) if asked.size and own.size else 0.0
                for own in found
            ]
        )
