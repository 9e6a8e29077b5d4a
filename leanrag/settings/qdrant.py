"""How the engine keeps and searches vectors."""

from typing import Literal

from pydantic import Field, SecretStr, model_validator

from leanrag.settings.section import Section, only_with

_SERVER = only_with("store: a URL")
_QUANTIZED = only_with("quantization: int8")
_GRAPH = only_with("collections of graph_from chunks or more")


class QdrantSettings(Section):
    """How the engine keeps and searches vectors, and the server, where the store is a URL.

    What says how a collection is kept holds for those that are made from now on; a search obeys
    ``search_ef`` and ``oversampling`` at once, and ``quantization: none`` by leaving the
    quantized vectors aside.
    """

    api_key: SecretStr | None = Field(
        None,
        description="the server's key; belongs in the environment",
        json_schema_extra=_SERVER,
    )
    timeout_s: float = Field(
        30.0, gt=0, description="time that one request may take", json_schema_extra=_SERVER
    )
    graph_from: int = Field(
        50_000,
        ge=1,
        description="chunks from which on vectors get a graph (HNSW); fewer are searched exactly",
    )
    hnsw_m: int = Field(
        16,
        ge=4,
        le=128,
        description="edges of each node of the graph",
        json_schema_extra=_GRAPH,
    )
    hnsw_ef_construct: int = Field(
        100,
        ge=8,
        le=4096,
        description="candidates looked at for each node while building",
        json_schema_extra=_GRAPH,
    )
    search_ef: int = Field(
        256,
        ge=1,
        le=65_536,
        description="candidates looked at in a search of the graph; the embedded engine takes "
        "eight times as many under a filter",
        json_schema_extra=_GRAPH,
    )
    quantization: Literal["none", "int8"] = Field(
        "int8",
        description="'int8' keeps a quarter of the vectors' size in memory beside the graph; what "
        "is found so is scored again with the vectors as they are",
    )
    oversampling: float = Field(
        2.0,
        ge=1,
        le=16,
        description="how many times the candidates are scored again",
        json_schema_extra=_QUANTIZED,
    )
    on_disk_vectors: bool | None = Field(
        None,
        description="original vectors are read from the disk; by default where an embedded "
        "collection has quantized ones and a graph",
    )
    on_disk_payload: bool = Field(True, description="texts and metadata are read from the disk")
    shards: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="parts of a new collection; by default the server's",
        json_schema_extra=_SERVER,
    )
    replicas: int | None = Field(
        None,
        ge=1,
        le=64,
        description="copies of each part on different nodes of a cluster",
        json_schema_extra=_SERVER,
    )
    write_consistency: int | None = Field(
        None,
        ge=1,
        le=64,
        description="copies that must have taken a write before it counts",
        json_schema_extra=_SERVER,
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
