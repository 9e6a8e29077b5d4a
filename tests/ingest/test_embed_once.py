import numpy as np

from leanrag.ingest import embed_once
from leanrag.ingest.embed_once import EmbedOnce
from tests.ingest.fakes import WordEmbedder


def test_each_text_is_embedded_once() -> None:
    embedder = WordEmbedder()
    vectors = EmbedOnce(embedder)
    first = vectors.embed(["one", "three", "one"])
    again = vectors.embed(["three", "seven7"])
    assert [vector[0] for vector in (*first, *again)] == [3, 5, 3, 5, 6]
    assert embedder.calls == [["one", "three"], ["seven7"]]


def test_the_oldest_are_forgotten(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(embed_once, "_ENTRIES", 2)
    embedder = WordEmbedder()
    vectors = EmbedOnce(embedder)
    assert np.shape(vectors.embed(["a", "b", "c"])) == (3, 2)
    vectors.embed(["c", "a"])
    assert embedder.calls[1:] == [["a"]]


def test_many_texts_go_in_parts(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(embed_once, "_AT_ONCE", 2)
    embedder = WordEmbedder()
    EmbedOnce(embedder).embed(["a", "bb", "ccc"])
    assert embedder.calls == [["a", "bb"], ["ccc"]]
