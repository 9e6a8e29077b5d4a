"""The open store and the models of one ``LeanRAG``, shared by any number of threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from leanrag.api.prompting.engine import QueryEngine, QueryModels
from leanrag.api.wiring.models import Models
from leanrag.api.wiring.stores import open_store
from leanrag.protocols import Embedder, Store
from leanrag.settings import Settings


class Session:
    """Opens the store at the first use, and closes it when nobody uses it any more.

    Args:
        settings: the store, and how questions are answered.
        owner: whose store and models this one uses, where it has none of its own; the owner
            closes them.
        models: what models are taken from; by default those of the owner, or its own.
    """

    def __init__(
        self,
        settings: Settings,
        owner: "Session | None" = None,
        *,
        models: Models | None = None,
    ) -> None:
        given = models or (owner.models if owner else None)
        self.models: Models = given or Models()
        self._frees_models = given is None
        self._settings = settings
        self._owner = owner
        self._opening = threading.RLock()
        self._store: Store | None = None
        self._engine: QueryEngine | None = None
        self._answers_over: Store | None = None
        self._free = threading.Condition()
        self._users = 0
        self._closing = False
        self._own = threading.local()

    @contextmanager
    def use(self) -> Iterator[None]:
        """What is opened within stays open until the end; may be nested."""
        if self._owner is not None:
            with self._owner.use():
                yield
            return
        depth: int = getattr(self._own, "depth", 0)
        with self._free:
            if not depth:
                self._free.wait_for(lambda: not self._closing)
            self._users += 1
        self._own.depth = depth + 1
        try:
            yield
        finally:
            self._own.depth = depth
            with self._free:
                self._users -= 1
                self._free.notify_all()

    def store(self, *, create: bool = False) -> Store:
        """The store. Raises ``StoreError`` where there is none and none is to be made."""
        if self._owner is not None:
            return self._owner.store(create=create)
        with self._opening:
            if self._store is None:
                embedder = self.models.embedder(self._settings.embedding)
                self._store = open_store(self._settings, embedder, create=create)
            return self._store

    def for_writing(self) -> tuple[Store, Embedder]:
        """The store, made where there is none, and the embedder of its vectors."""
        store = self.store(create=True)
        return store, self.models.embedder(self._settings.embedding, store.variant)

    def opened(self) -> Store | None:
        """The store, where something has opened it."""
        return self._owner.opened() if self._owner is not None else self._store

    def engine(self) -> QueryEngine:
        """What answers questions over the store."""
        with self._opening:
            store = self.store()
            if self._engine is None or self._answers_over is not store:
                self._answers_over = store
                self._engine = QueryEngine(store, self._query_models(store), self._settings)
            return self._engine

    def _query_models(self, store: Store) -> QueryModels:
        settings, models = self._settings, self.models
        return QueryModels(
            embedder=models.embedder(settings.embedding, store.variant),
            reranker=models.reranker(settings),
            pruner=models.pruner(settings, store.variant),
            words=models.words(settings.compression),
            turns=models.turns(settings),
        )

    def close(self) -> None:
        """Gives store and models back once the calls of other threads are done.

        May be used again, which opens and loads what is needed.
        """
        with self._free:
            self._free.wait_for(lambda: not self._closing)
            self._closing = True
            self._free.wait_for(lambda: self._users == 0)
        try:
            store, self._store, self._engine = self._store, None, None
            self._answers_over = None
            if store is not None:
                store.close()
            if self._frees_models:
                self.models.close()
        finally:
            with self._free:
                self._closing = False
                self._free.notify_all()
