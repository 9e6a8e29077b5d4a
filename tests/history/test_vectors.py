"""Vectors that are computed once."""

import numpy as np

from leanrag.history import vectors
from leanrag.history.vectors import KeptVectors
from tests.history.parts import WordEmbedder


def test_a_vector_is_computed_once_in_its_life() -> None:
    disk: dict[bytes, bytes] = {}

    def opened() -> tuple[KeptVectors, WordEmbedder]:
        embedder = WordEmbedder()
        load = lambda keys: {key: disk[key] for key in keys if key in disk}  # noqa: E731
        return KeptVectors(embedder, load=load, save=disk.update), embedder

    first, embedder = opened()
    made = first.embed_documents(["a b", "c", "a b"])
    assert made.shape == (3, 256)
    assert embedder.embedded == ["a b", "c"]
    second, embedder = opened()
    again = second.embed_documents(["c", "a b"])
    assert embedder.embedded == []
    np.testing.assert_array_equal(again, made[[1, 0]])
    third, embedder = opened()
    third.adopt(disk)
    disk.clear()
    third.embed_documents(["c"])
    assert embedder.embedded == []


def test_another_model_has_other_keys() -> None:
    class Other(WordEmbedder):
        name = "other"

    kept = [
        KeptVectors(e, load=lambda k: {}, save=lambda f: None) for e in (WordEmbedder(), Other())
    ]
    assert kept[0].key("a") != kept[1].key("a")
    assert kept[0].key("a") == kept[0].key("a") != kept[0].key("b")


def test_memory_is_bounded_and_questions_are_not_kept(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(vectors, "KEPT_IN_MEMORY", 2)
    saved: dict[bytes, bytes] = {}
    kept = KeptVectors(WordEmbedder(), load=lambda keys: {}, save=saved.update)
    assert kept.embed_documents(["a", "b", "c"]).shape == (3, 256)
    assert len(kept._known) == 2
    np.testing.assert_array_equal(kept.embed_queries(["q"]), WordEmbedder().embed_queries(["q"]))
    assert kept.embed_documents([]).shape == (0, 256)
    assert len(saved) == 3
