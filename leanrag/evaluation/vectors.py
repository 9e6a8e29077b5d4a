"""Embeddings kept on disk by content, so that no text of a suite is embedded twice."""

import hashlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leanrag.errors import EvaluationError
from leanrag.protocols import Embedder

_BATCH = 512
_PER_QUERY = 500


class VectorCache:
    """Document vectors of one embedder in an SQLite file; several processes may share it."""

    def __init__(self, embedder: Embedder, path: Path | None = None) -> None:
        self._embedder = embedder
        self._name = f"{embedder.name}\x1f{embedder.variant}\x1f"
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(
                path or ":memory:", timeout=60, isolation_level=None, check_same_thread=False
            )
            self._base.execute("PRAGMA synchronous=OFF")
            self._base.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, v BLOB)")
        except (sqlite3.Error, OSError) as error:
            raise EvaluationError(
                f"{path}: the cache of vectors cannot be used: {error}"
            ) from error

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions)."""
        keys = [self._key(text) for text in texts]
        known = self._read(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        names = list(missing)
        for start in range(0, len(names), _BATCH):
            part = names[start : start + _BATCH]
            vectors = self._embedder.embed_documents([missing[key] for key in part])
            known.update(zip(part, vectors, strict=True))
            rows = [(key, known[key].tobytes()) for key in part]
            self._base.execute("BEGIN IMMEDIATE")
            self._base.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)
            self._base.execute("COMMIT")
        if not keys:
            return np.zeros((0, self._embedder.dimensions), dtype=np.float32)
        return np.stack([known[key] for key in keys])

    def query(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a question; never kept, since its time is part of the answer's."""
        vector: NDArray[np.float32] = self._embedder.embed_queries([text])[0]
        return vector

    def close(self) -> None:
        """Closes the file."""
        self._base.close()

    def _key(self, text: str) -> bytes:
        return hashlib.sha256((self._name + text).encode()).digest()[:16]

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        wanted = list(dict.fromkeys(keys))
        found: dict[bytes, NDArray[np.float32]] = {}
        for start in range(0, len(wanted), _PER_QUERY):
            part = wanted[start : start + _PER_QUERY]
            marks = ",".join("?" * len(part))
            # Only question marks are put into the statement.
            query = f"SELECT key, v FROM vectors WHERE key IN ({marks})"  # noqa: S608
            for key, blob in self._base.execute(query, part):
                found[key] = np.frombuffer(blob, dtype=np.float32)
        return found
