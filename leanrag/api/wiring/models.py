"""Makes the adapters that the settings ask for."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from leanrag.adapters.models import load_embedder, load_selector
from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.compress.prune import SentencePruner, Weights
from leanrag.compress.select import Pruner, SelectorPruner, SimilarityPruner
from leanrag.errors import ConfigError
from leanrag.ingest.pipeline import Ingestor
from leanrag.ingest.strategies import Rule
from leanrag.protocols import Embedder, Reranker, Store, TokenEmbedder
from leanrag.retrieve.late import LateScorer
from leanrag.retrieve.question import dense_share
from leanrag.retrieve.rerank import NoReranker, PairReranker, ScoreReranker, SelectorReranker
from leanrag.settings import CompressionSettings, EmbeddingSettings, Settings
from leanrag.types import MadeWith

BESIDE_LATE = 1.0
"""Weight of the fused score beside that of late interaction, by the tune rows."""

_OF_THE_STORE = frozenset({"store", "collection", "embedding", "chunking", "qdrant"})
"""Settings that an open store depends on."""


def settings_from(given: Settings | str | Path | None, **overrides: Any) -> Settings:
    """Settings from themselves, a YAML file, or the store's folder or URL.

    Raises:
        ConfigError: a setting is wrong.
    """
    if isinstance(given, Settings):
        return given if not overrides else Settings.create(**{**given.model_dump(), **overrides})
    if given is None:
        return Settings.create(**overrides)
    if str(given).endswith((".yaml", ".yml")):
        return Settings.load(given, **overrides)
    return Settings.create(store=str(given), **overrides)


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The settings with some of them changed; of a section those fields that are given.

    Raises:
        ConfigError: a setting is wrong, or is one that the store was made with.
    """
    fixed = sorted(_OF_THE_STORE & set(changes))
    if fixed:
        raise ConfigError(f"{fixed[0]}: belongs to the open store and cannot be changed")
    values = settings.model_dump()
    for name, value in changes.items():
        section = values.get(name)
        if isinstance(section, Mapping) and isinstance(value, Mapping):
            value = {**section, **value}
        values[name] = value
    return Settings.create(**values)


@lru_cache(maxsize=4)
def _embedder(settings: EmbeddingSettings) -> Embedder:
    return load_embedder(settings)


def embedder_for(settings: EmbeddingSettings, variant: str | None = None) -> Embedder:
    """The embedder for these settings, one an interpreter, since its weights are large.

    ``variant`` is what a store was made with; it decides where the settings leave it open.
    """
    if variant is not None and settings.variant == "auto":
        settings = settings.model_copy(update={"variant": variant})
    return _embedder(settings)


def pruner_for(
    chosen: CompressionSettings, embedding: EmbeddingSettings, embedder: Callable[[], Embedder]
) -> Pruner:
    """What says which sentences are worth sending.

    Raises:
        ModelError: the selector's model is not there.
    """
    if chosen.selector != "similarity":
        return SelectorPruner(
            load_selector(chosen.selector),
            RankBM25Scorer(),
            embedder=embedder(),
            keep=chosen.keep,
            fluent=embedding.languages or ("en",),
        )

    def weights(question: str) -> Weights:
        share = dense_share(question, embedding.languages)
        return Weights(dense=chosen.similarity_weight * share)

    return SimilarityPruner(
        SentencePruner(embedder(), RankBM25Scorer()), weights, floor=chosen.floor
    )


def token_embedder_for(settings: EmbeddingSettings) -> TokenEmbedder:
    """The embedder where it gives the vectors of tokens. Raises ``ConfigError`` where not."""
    embedder = _embedder(settings)
    if not isinstance(embedder, TokenEmbedder):
        raise ConfigError(
            f"retrieval.reranker: late needs token vectors, which {embedder.name} does not give"
        )
    return embedder


def reranker_for(settings: Settings) -> Reranker:
    """The reranker by name: ``selector``, ``late``, ``scores``, ``none``, or a cross-encoder's."""
    name, depth = settings.retrieval.reranker, settings.retrieval.rerank_depth
    if name == "selector":
        model = settings.compression.selector
        selector = load_selector("builtin" if model == "similarity" else model)
        return SelectorReranker(selector, ScoreReranker(), depth=depth)
    if name == "none":
        return NoReranker()
    if name == "scores":
        return ScoreReranker()
    if name == "late":
        late = LateScorer(token_embedder_for(settings.embedding))
        return PairReranker(late, ScoreReranker(), depth=depth, earlier=BESIDE_LATE)
    from leanrag.adapters.huggingface.cross_encoder import CrossEncoderScorer

    return PairReranker(CrossEncoderScorer(name), ScoreReranker(), depth=depth)


def is_url(location: str) -> bool:
    """Whether the store is a Qdrant server."""
    return location.startswith(("http://", "https://"))


def collection_names(settings: Settings) -> list[str]:
    """The collections of the store that the settings name; none where there is no store.

    Raises:
        BackendError: the server cannot be reached, or refuses the API key.
    """
    if is_url(settings.store):
        from leanrag.adapters.qdrant.server.opening import connect, server_collections

        client = connect(settings.store, settings.qdrant)
        try:
            return server_collections(client, settings.store)
        finally:
            client.close()
    from leanrag.adapters.qdrant.edge.opening import collections

    return collections(settings.store)


def open_store(settings: Settings, *, create: bool) -> Store:
    """The collection that the settings name.

    Raises:
        StoreError: it does not exist and ``create`` is false, or does not fit the settings.
        StoreInUseError: another process has it open.
    """
    embedder = embedder_for(settings.embedding)
    if is_url(settings.store):
        from leanrag.adapters.qdrant.server.opening import open_server_store

        return open_server_store(settings, embedder, create=create)
    from leanrag.adapters.qdrant.edge.opening import collections

    exists = settings.collection in collections(settings.store)
    builtin = settings.embedding.model == "builtin"
    made_with = MadeWith(
        model=embedder.name,
        variant=None if exists and settings.embedding.variant == "auto" else embedder.variant,
        dimensions=embedder.dimensions if builtin or not exists else None,
    )
    return open_made_with(settings, made_with, create=create)


def open_made_with(settings: Settings, made_with: MadeWith, *, create: bool) -> Store:
    """The collection that the settings name, whatever their embedding model is.

    Raises:
        StoreError: it does not exist and ``create`` is false, or was made with another model.
        StoreInUseError: another process has it open.
    """
    if is_url(settings.store):
        from leanrag.adapters.qdrant.server.opening import connect, open_server_collection

        client = connect(settings.store, settings.qdrant)
        try:
            return open_server_collection(
                client,
                settings.collection,
                made_with=made_with,
                create=create,
                settings=settings.qdrant,
            )
        except BaseException:  # closed, then raised again
            client.close()
            raise
    from leanrag.adapters.qdrant.edge.opening import open_edge_store

    return open_edge_store(
        settings.store,
        settings.collection,
        made_with=made_with,
        create=create,
        settings=settings.qdrant,
    )


def ingestor_for(settings: Settings, connect: Callable[[], Store]) -> Ingestor:
    """What brings documents into the store that ``connect`` opens."""
    from leanrag.readers.formats import DocumentParser

    if settings.ingest.pdf == "hi_res":
        from leanrag.readers.pdf.hi_res import require

        require()

    def parts() -> tuple[Store, Embedder]:
        store = connect()
        return store, embedder_for(settings.embedding, store.variant)

    return Ingestor(
        parts,
        DocumentParser(max_bytes=settings.ingest.max_file_mb << 20, pdf=settings.ingest.pdf),
        max_tokens=settings.chunking.max_tokens,
        document_prefix=settings.embedding.document_prefix,
        intake=settings.ingest,
        rules=[Rule(rule.match, rule.strategy) for rule in settings.chunking.strategies],
    )
