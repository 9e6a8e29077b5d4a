"""Opens the stores that settings name, and makes what writes into them."""

from collections.abc import Callable

from leanrag.ingest.pipeline import Ingestor
from leanrag.ingest.strategies import Rule
from leanrag.protocols import Embedder, Store
from leanrag.settings import Settings
from leanrag.types import MadeWith


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


def open_store(settings: Settings, embedder: Embedder, *, create: bool) -> Store:
    """The collection that the settings name, for vectors of this embedder.

    Raises:
        StoreError: it does not exist and ``create`` is false, or does not fit the settings.
        StoreInUseError: another process has it open.
    """
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


def ingestor_for(settings: Settings, parts: Callable[[], tuple[Store, Embedder]]) -> Ingestor:
    """What brings documents into a store; ``parts`` gives it with the embedder of its vectors."""
    from leanrag.readers.formats import DocumentParser

    if settings.ingest.pdf == "hi_res":
        from leanrag.readers.pdf.hi_res import require

        require()

    return Ingestor(
        parts,
        DocumentParser(
            max_bytes=settings.ingest.max_file_mb << 20,
            pdf=settings.ingest.pdf,
            notebook_outputs=settings.ingest.notebook_outputs,
        ),
        max_tokens=settings.chunking.max_tokens,
        document_prefix=settings.embedding.document_prefix,
        intake=settings.ingest,
        rules=[Rule(rule.match, rule.strategy) for rule in settings.chunking.strategies],
    )
