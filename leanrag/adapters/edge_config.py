"""How the embedded engine keeps and searches vectors, as the settings say."""

from typing import Any

from leanrag.adapters.qdrant_payload import DENSE, LEXICAL
from leanrag.settings import QdrantSettings

_FULL_SCAN_KB = 10_000
"""A filter that leaves fewer vectors than this is searched exactly (the engine's own default)."""


def shard_config(dimensions: int, settings: QdrantSettings) -> Any:
    """The configuration of a shard, new or about to be loaded.

    What a loaded shard has indexed stays as it is until it is optimised.
    """
    import qdrant_edge as engine

    quantized = None
    if settings.quantization == "int8":
        quantized = engine.ScalarQuantizationConfig(
            engine.ScalarType.Int8, quantile=0.99, memory=engine.Memory.Pinned
        )
    placed = engine.Memory.Cold if settings.on_disk_vectors else engine.Memory.Cached
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
            full_scan_threshold=_FULL_SCAN_KB,
        ),
        quantization_config=quantized,
        optimizers=engine.EdgeOptimizersConfig(
            # In kilobytes of vectors; 0 would mean never.
            indexing_threshold=max(1, settings.graph_from * dimensions * 4 // 1024)
        ),
    )


def dense_params(settings: QdrantSettings) -> Any:
    """How a dense vector is searched for."""
    import qdrant_edge as engine

    plain = settings.quantization == "none"
    return engine.SearchParams(
        hnsw_ef=settings.search_ef,
        quantization=engine.QuantizationSearchParams(
            ignore=plain,
            rescore=None if plain else True,
            oversampling=None if plain else settings.oversampling,
        ),
    )
