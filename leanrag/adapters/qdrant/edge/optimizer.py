"""Keeps an embedded collection fast as it grows, while it is read and written.

Large work is done on a copy of the shard by another process, since the engine would stop this
one. Then what was written meanwhile is brought over, and one entry of the catalogue puts the copy
in the shard's place; a process that is killed before leaves the shard as it was.
"""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread

from leanrag.adapters.qdrant.edge.child import OptimizingChild, Work
from leanrag.adapters.qdrant.edge.collection import EdgeCollection
from leanrag.adapters.qdrant.edge.folder import (
    new_shard,
    remove_other_shards,
    sync_names,
    sync_tree,
)
from leanrag.adapters.qdrant.edge.sparse_copy import copy_sparse
from leanrag.adapters.qdrant.stored import Totals
from leanrag.errors import StoreError
from leanrag.types import FieldType

IN_PLACE = 1_000
"""Chunks that are brought up to date here: it takes less time than starting a process."""
_GROWTH = 0.5
_DELETED = 0.2
"""Share of deleted chunks from which on the engine drops them (its own default)."""


class EdgeOptimizer:
    """Optimises one collection, at most once at a time."""

    def __init__(self, collection: EdgeCollection) -> None:
        self._parts = collection
        self._child = OptimizingChild()
        self._running = Lock()
        self._thread: Thread | None = None
        self._stopped = False

    def run(self) -> bool:
        """Recomputes outdated BM25 weights, and lets the engine build what is worthwhile.

        Returns whether anything was done. Others go on reading and writing.

        Raises:
            StoreError: it failed; the collection is as it was.
        """
        with self._running:
            with self._parts.catalog.reading() as reader:
                totals = reader.totals()
                added, removed = reader.changed_chunks()
                tried = reader.tried_chunks()
                fields = reader.fields()
            average = totals.average_length
            outdated = self._parts.shard.outdated(average)
            enough = self._parts.settings.graph_from
            if totals.chunks + removed <= IN_PLACE and added < enough:
                with self._parts.writing:
                    reweighed = self._parts.shard.reweigh(average)
                    return self._parts.shard.optimize() or reweighed
            worthwhile = added >= enough or removed >= max(IN_PLACE, _DELETED * totals.chunks)
            anew = tried == 0 or added + removed >= tried + enough / 2
            if (worthwhile and anew) or outdated > IN_PLACE or not self._indexed(fields):
                self._renew(totals, fields)
                return True
            with self._parts.writing:
                return self._parts.shard.reweigh(average)

    def after_write(self) -> None:
        """Starts to optimise beside the writing, where a third of the collection is new.

        An ingest that runs for hours would else leave its own process's questions to a search
        without a graph.
        """
        with self._parts.catalog.reading() as reader:
            added, _ = reader.changed_chunks()
            if added < self._parts.settings.graph_from:
                return
            before = reader.totals().chunks - added
            if added < _GROWTH * before:
                return
        if self._stopped:
            return
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._beside, name="leanrag-optimize", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Gives up what is running, and lets nothing start."""
        self._stopped = True
        self._child.stop()

    def join(self) -> None:
        """Waits for what ``after_write`` started."""
        if self._thread is not None:
            self._thread.join()

    def _beside(self) -> None:
        # What fails here is tried again, and then told, by the run at the end of the ingest.
        with suppress(StoreError):
            self.run()

    def _indexed(self, fields: Mapping[str, FieldType]) -> bool:
        with self._parts.writing:
            return self._parts.shard.index_fields(fields)

    def _renew(self, totals: Totals, fields: Mapping[str, FieldType]) -> None:
        parts = self._parts
        old = parts.shard
        copy = new_shard(parts.home)
        try:
            with parts.writing:
                old.flush()
                touched = old.watch()
                with parts.catalog.reading() as reader:
                    before = reader.changed_chunks()
                _copy(old.folder, copy)
            done = self._child.run(Work(copy, parts.dimensions, parts.settings, totals, fields))
            with parts.writing:
                self._replace(copy, touched, before, done=done)
        finally:
            old.unwatch()
            remove_other_shards(parts.home, parts.shard.folder.name)

    def _replace(
        self, copy: Path, touched: set[int], before: tuple[int, int], *, done: bool
    ) -> None:
        parts = self._parts
        old, fresh = parts.shard, parts.load(copy)
        try:
            with parts.catalog.reading() as reader:
                fresh.index_fields(reader.fields())
                added, removed = reader.changed_chunks()
            fresh.take(touched, old)
            fresh.flush()
            _sync(copy)
            counts = {
                "added_chunks": added - before[0],
                "removed_chunks": removed - before[1],
                "tried_chunks": 0,
            }
            # The engine may find nothing worth doing where we did: then more is to come first.
            left = counts if done else {"tried_chunks": sum(before)}
            parts.catalog.set({"shard": copy.name, **left})
        except BaseException:  # closed, then raised again
            fresh.close()
            raise
        with parts.gate:
            parts.shard = fresh
        old.discard()


def _copy(shard: Path, copy: Path) -> None:
    try:
        shutil.copytree(shard, copy, copy_function=copy_sparse)
    except OSError as error:
        raise StoreError(
            f"the store {shard.parent} could not be optimised, which takes as much room again as "
            f"{shard} has ({error}); all documents are in it. Make room and ingest again",
            service="store",
        ) from error


def _sync(copy: Path) -> None:
    try:
        sync_tree(copy)
        sync_names(copy.parent)
    except OSError as error:
        raise StoreError(
            f"{copy} cannot be written to the disk: {error}", service="store"
        ) from error
