"""The embedder inside LlamaIndex."""

import asyncio

import numpy as np
from llama_index.core import Document, VectorStoreIndex

from leanrag.integrations.llama_index import LeanEmbedding


def test_texts_and_questions_are_unit_vectors_of_one_space() -> None:
    model = LeanEmbedding()
    texts = model.get_text_embedding_batch(["The bridge opened in 1937.", "Dogs wait outside."])
    query = np.array(model.get_query_embedding("When did the bridge open?"))
    awaited = asyncio.run(model.aget_query_embedding("When did the bridge open?"))
    assert np.allclose(query, awaited)
    assert np.allclose(np.linalg.norm(texts, axis=1), 1, atol=1e-4)
    first, second = np.array(texts) @ query
    assert first > second + 0.2


def test_an_index_of_theirs_works_offline() -> None:
    given = [Document(text="The bridge opened in 1937."), Document(text="Dogs must wait outside.")]
    index = VectorStoreIndex.from_documents(given, embed_model=LeanEmbedding())
    (found,) = index.as_retriever(similarity_top_k=1).retrieve("When did the bridge open?")
    assert "1937" in found.text
