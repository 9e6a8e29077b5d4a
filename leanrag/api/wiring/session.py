"""The open store of one ``LeanRAG`` and its query engine, shared by any number of threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from leanrag.api.prompting.engine import QueryEngine
from leanrag.api.wiring.models import embedder_for, open_store, pruner_for, reranker_for
from leanrag.protocols import Store
from leanrag.settings import Settings


class Session:
    """Opens the store at the first use, and closes it when nobody uses it any more.

    Args:
        settings: the store, and how questions are answered.
        owner: whose store this one uses, where it has none of its own; the owner closes it.
    """

    def __init__(self, settings: Settings, owner: "Session | None" = None) -> None:
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
                self._store = open_store(self._settings, create=create)
            return self._store

    def opened(self) -> Store | None:
        """The store, where something has opened it."""
        return self._owner.opened() if self._owner is not None else self._store

    def engine(self) -> QueryEngine:
        """What answers questions over the store."""
        with self._opening:
            store = self.store()
            if self._engine is None or self._answers_over is not store:
                settings = self._settings
                embedder = embedder_for(settings.embedding, store.variant)
                self._answers_over = store
                self._engine = QueryEngine(
                    store,
                    embedder,
                    reranker=reranker_for(settings),
                    pruner=pruner_for(settings.compression, settings.embedding, lambda: embedder),
                    settings=settings,
                )
            return self._engine

    def close(self) -> None:
        """Gives the store back once the calls of other threads are done; may be used again."""
        with self._free:
            self._free.wait_for(lambda: not self._closing)
            self._closing = True
            self._free.wait_for(lambda: self._users == 0)
        try:
            store, self._store, self._engine = self._store, None, None
            self._answers_over = None
            if store is not None:
                store.close()
        finally:
            with self._free:
                self._closing = False
                self._free.notify_all()
