"""How the engine keeps and searches vectors."""

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from leanrag.settings.section import Section


class QdrantSettings(Section):
    """How the engine keeps and searches vectors, and the server, where the store is a URL.

    What says how a collection is kept holds for those that are made from now on; a search obeys
    ``search_ef`` and ``oversampling`` at once, and ``quantization: none`` by leaving the
    quantized vectors aside.
    """

    api_key: SecretStr | None = None
    timeout_s: float = Field(30.0, gt=0)
    graph_from: int = Field(
        50_000,
        ge=1,
        description="chunks from which on vectors get a graph (HNSW); fewer are searched exactly",
    )
    hnsw_m: int = Field(16, ge=4, le=128, description="edges of each node of the graph")
    hnsw_ef_construct: int = Field(
        100, ge=8, le=4096, description="candidates looked at for each node while building"
    )
    search_ef: int = Field(
        256,
        ge=1,
        le=65_536,
        description="candidates looked at in a search of the graph; the embedded engine takes "
        "eight times as many under a filter",
    )
    quantization: Literal["none", "int8"] = Field(
        "int8",
        description="'int8' keeps a quarter of the vectors' size in memory beside the graph; what "
        "is found so is scored again with the vectors as they are",
    )
    oversampling: float = Field(
        2.0, ge=1, le=16, description="how many times the candidates are scored again"
    )
    on_disk_vectors: bool | None = Field(
        None,
        description="original vectors are read from the disk; by default where an embedded "
        "collection has quantized ones and a graph",
    )
    on_disk_payload: bool = Field(True, description="texts and metadata are read from the disk")
    shards: int | None = Field(
        None, ge=1, le=1024, description="parts of a new server collection; by default the server's"
    )
    replicas: int | None = Field(
        None, ge=1, le=64, description="copies of each part on different nodes of a cluster"
    )
    write_consistency: int | None = Field(
        None, ge=1, le=64, description="copies that must have taken a write before it counts"
    )

    @model_validator(mode="after")
    def _writes_can_succeed(self) -> "QdrantSettings":
        if (self.write_consistency or 1) > (self.replicas or 1):
            raise ValueError(
                f"write_consistency {self.write_consistency} is more than the replicas "
                f"({self.replicas or 1}), so that no write would ever succeed; raise replicas or "
                "lower it"
            )
        return self
