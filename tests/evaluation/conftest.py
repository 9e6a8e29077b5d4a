import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import Results
from leanrag.evaluation.vectors import VectorCache
from leanrag.evaluation.words import words
from tests.evaluation import report_demo as demo


class BagEmbedder:
    """A stand-in: unit vectors of hashed words, so that shared words mean nearness."""

    name = "bag"
    variant = "test"
    dimensions = 64
    max_tokens = 256

    def __init__(self) -> None:
        self.embedded = 0

    def count(self, text: str) -> int:
        return len(words(text))

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded += len(texts)
        return self.embed_queries(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in [*words(text), "<all>"]:
                row[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
            row /= np.linalg.norm(row)
        return rows


@pytest.fixture(scope="session")
def results() -> Results:
    """A run over forty cases, made up."""
    return demo.results(list(demo.records(40)))


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A workbench whose embedder needs no model."""
    made = Workbench(folder=tmp_path / "cache")
    embedder = BagEmbedder()
    made.__dict__["embedder"] = embedder
    made.__dict__["vectors"] = VectorCache(embedder, tmp_path / "cache" / "vectors.sqlite")
    return made
