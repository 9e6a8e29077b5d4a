"""Opens and makes the collections of leanrag on a Qdrant server."""

from collections.abc import Mapping
from typing import Any

from leanrag.adapters.qdrant.server.chunks import ServerChunks
from leanrag.adapters.qdrant.server.connection import connect, translated
from leanrag.adapters.qdrant.server.documents import ServerDocuments
from leanrag.adapters.qdrant.server.store import QdrantServerStore
from leanrag.adapters.qdrant.store_settings import (
    check_name,
    check_settings,
    new_settings,
    wanted_settings,
)
from leanrag.errors import InputError, StoreError
from leanrag.protocols import Embedder
from leanrag.settings import QdrantSettings, Settings
from leanrag.text.addresses import without_credentials
from leanrag.types import MadeWith

__all__ = [
    "QdrantServerStore",
    "connect",
    "open_server_collection",
    "open_server_store",
    "server_collections",
]

_SUFFIX = "__documents"


def server_collections(client: Any, url: str = "this store") -> list[str]:
    """The names of the leanrag collections on the server, ordered; ``url`` is for messages."""
    with translated(without_credentials(url)):
        names = {collection.name for collection in client.get_collections().collections}
    return sorted(name for name in names if name + _SUFFIX in names)


def open_server_store(settings: Settings, embedder: Embedder, *, create: bool) -> QdrantServerStore:
    """Opens the collection that the settings name on the server that they name.

    An existing collection decides on the embedding's variant where the settings leave it open.

    Raises:
        BackendError: the server cannot be reached, or refuses the API key.
        StoreError: the collection does not exist, or was made with other settings.
    """
    client = connect(settings.store, settings.qdrant)
    try:
        exists = settings.collection in server_collections(client, settings.store)
        free = exists and settings.embedding.variant == "auto"
        made_with = MadeWith(
            model=embedder.name,
            variant=None if free else embedder.variant,
            dimensions=None if exists else embedder.dimensions,
        )
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


def open_server_collection(
    client: Any,
    collection: str,
    *,
    made_with: MadeWith,
    create: bool,
    settings: QdrantSettings | None = None,
) -> QdrantServerStore:
    """Opens one collection on a server.

    Args:
        client: The connection, from ``connect``; closing the store closes it.
        collection: Name of the collection.
        made_with: The embedding model that it must have been made with.
        create: Makes what is missing; then nothing of ``made_with`` may be left open.
        settings: How the server is to keep and search vectors.

    Raises:
        BackendError: the server cannot be reached, or refuses the API key.
        StoreError: the collection does not exist, or was made with other settings.
        InputError: the collection's name is not valid.
    """
    check_name(collection)
    if collection.endswith(_SUFFIX):
        raise InputError(f"collection {collection!r}: names that end with {_SUFFIX} are taken")
    settings = settings or QdrantSettings()
    place = f"collection {collection!r}"
    chunks = ServerChunks(client, collection, settings)
    documents = ServerDocuments(client, collection + _SUFFIX, settings)
    with translated(place):
        complete = client.collection_exists(collection + _SUFFIX)
        recorded = documents.settings() if complete else None
        if recorded is None:
            if not create:
                there = ", ".join(server_collections(client)) or "none"
                raise StoreError(
                    f"no {place} on the server (there: {there}); run 'leanrag ingest' to make "
                    "it, or name another",
                    service="qdrant",
                )
            recorded = new_settings(made_with)
            _create(client, collection, chunks, documents, recorded)
        check_settings(place, recorded, wanted_settings(made_with))
        return QdrantServerStore(
            client, chunks, documents=documents, settings=recorded, place=place
        )


def _create(
    client: Any,
    collection: str,
    chunks: ServerChunks,
    documents: ServerDocuments,
    settings: Mapping[str, Any],
) -> None:
    """Makes both collections; the settings, recorded last, say that they are complete."""
    has_documents = client.collection_exists(collection + _SUFFIX)
    has_chunks = client.collection_exists(collection)
    if has_chunks and (not has_documents or client.count(collection).count):
        raise StoreError(
            f"collection {collection!r} on the server was not made by leanrag, or is damaged; "
            "name another",
            service="qdrant",
        )
    if not has_documents:
        documents.create()
    if not has_chunks:
        chunks.create(settings["dimensions"])
    chunks.index_fields({})
    documents.save_settings(settings)
