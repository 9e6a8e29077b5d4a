"""How the embedded engine keeps and searches vectors, as the settings say."""

from typing import Any

from leanrag.adapters.qdrant.payload import DENSE, LEXICAL
from leanrag.settings import QdrantSettings

_SCANNED = 65_536
"""A filter that leaves fewer vectors is answered by comparing with each of them: some 5 ms, and
nothing is missed, while a graph of which most nodes are ruled out falls into pieces."""

_CARE = 8
"""At a million chunks, a filter that kept 61 % far from the question: 4 times missed 3.5 % of the
first ten in 4 ms, 8 times 1.8 % in 7 ms."""


def shard_config(dimensions: int, settings: QdrantSettings, *, chunks: int | None = None) -> Any:
    """The configuration of a shard, new or about to be loaded.

    What a loaded shard has indexed stays as it is until it is optimised; ``chunks`` says of how
    many, where that is about to be. Without the setting vectors go where that takes them: in a
    large collection searches go by the quantized ones in memory, and read few of the others.
    """
    import qdrant_edge as engine

    quantized = None
    if settings.quantization == "int8":
        quantized = engine.ScalarQuantizationConfig(
            engine.ScalarType.Int8, quantile=0.99, memory=engine.Memory.Pinned
        )
    on_disk = settings.on_disk_vectors
    if on_disk is None and chunks is not None:
        on_disk = quantized is not None and chunks >= settings.graph_from
    placed = None  # keeps a loaded shard as it is
    if on_disk is not None:
        placed = engine.Memory.Cold if on_disk else engine.Memory.Cached
    return engine.EdgeConfig(
        vectors={
            DENSE: engine.EdgeVectorParams(
                size=dimensions, distance=engine.Distance.Cosine, memory=placed
            )
        },
        sparse_vectors={LEXICAL: engine.EdgeSparseVectorParams(modifier=engine.Modifier.Idf)},
        payload_memory=engine.Memory.Cold if settings.on_disk_payload else engine.Memory.Cached,
        hnsw_config=engine.HnswIndexConfig(
            m=settings.hnsw_m,
            ef_construct=settings.hnsw_ef_construct,
            full_scan_threshold=_kilobytes(_SCANNED, dimensions),
        ),
        quantization_config=quantized,
        optimizers=engine.EdgeOptimizersConfig(
            # 0 would mean never.
            indexing_threshold=max(1, _kilobytes(settings.graph_from, dimensions))
        ),
    )


def dense_params(settings: QdrantSettings, *, filtered: bool) -> Any:
    """How a dense vector is searched for; more carefully where a filter thins out the graph."""
    import qdrant_edge as engine

    plain = settings.quantization == "none"
    return engine.SearchParams(
        hnsw_ef=settings.search_ef * (_CARE if filtered else 1),
        quantization=engine.QuantizationSearchParams(
            ignore=plain,
            rescore=None if plain else True,
            oversampling=None if plain else settings.oversampling,
        ),
    )


def _kilobytes(vectors: int, dimensions: int) -> int:
    return vectors * dimensions * 4 // 1024
