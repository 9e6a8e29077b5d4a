"""The weights of a model from the hub are read once, whoever asks first."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from leanrag.adapters.huggingface.sentence_transformers import SentenceTransformerEmbedder


def test_threads_that_ask_first_read_the_weights_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started, loaded = threading.Barrier(4), []

    def load(self: SentenceTransformerEmbedder) -> Any:
        loaded.append(self.name)
        time.sleep(0.05)
        return SimpleNamespace(max_seq_length=128, get_embedding_dimension=lambda: 16)

    monkeypatch.setattr(SentenceTransformerEmbedder, "_load", load)
    embedder = SentenceTransformerEmbedder("some/model")

    def ask(number: int) -> int:
        started.wait()
        return embedder.max_tokens if number % 2 else embedder.dimensions

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [16, 128, 16, 128]
    assert loaded == ["some/model"]
