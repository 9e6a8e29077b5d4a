"""How a server is to keep and search the vectors of a collection, as the settings say."""

from typing import Any

from leanrag.adapters.qdrant.payload import DENSE, LEXICAL
from leanrag.settings import QdrantSettings


def chunks_config(dimensions: int, settings: QdrantSettings) -> dict[str, Any]:
    """The arguments with which the collection of chunks is made."""
    from qdrant_client import models

    quantized = None
    if settings.quantization == "int8":
        quantized = models.ScalarQuantization(
            scalar=models.ScalarQuantizationConfig(
                type=models.ScalarType.INT8, quantile=0.99, always_ram=True
            )
        )
    return {
        "vectors_config": {
            DENSE: models.VectorParams(
                size=dimensions,
                distance=models.Distance.COSINE,
                on_disk=settings.on_disk_vectors,
                quantization_config=quantized,
                hnsw_config=models.HnswConfigDiff(
                    m=settings.hnsw_m, ef_construct=settings.hnsw_ef_construct
                ),
            )
        },
        "sparse_vectors_config": {LEXICAL: models.SparseVectorParams(modifier=models.Modifier.IDF)},
        "optimizers_config": models.OptimizersConfigDiff(
            # In kilobytes of vectors; 0 would mean never.
            indexing_threshold=max(1, settings.graph_from * dimensions * 4 // 1024)
        ),
        **placement(settings),
    }


def placement(settings: QdrantSettings) -> dict[str, Any]:
    """The arguments that say where in a cluster a collection lies; for documents, too."""
    return {
        "shard_number": settings.shards,
        "replication_factor": settings.replicas,
        "write_consistency_factor": settings.write_consistency,
        "on_disk_payload": settings.on_disk_payload,
    }


def dense_params(settings: QdrantSettings) -> Any:
    """How a dense vector is searched for."""
    from qdrant_client import models

    plain = settings.quantization == "none"
    return models.SearchParams(
        hnsw_ef=settings.search_ef,
        quantization=models.QuantizationSearchParams(
            ignore=plain,
            rescore=None if plain else True,
            oversampling=None if plain else settings.oversampling,
        ),
    )
