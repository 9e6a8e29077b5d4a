"""Keeps the vectors of a conversation's texts, so that each is embedded once in its life."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from leanrag.protocols import Embedder

Load = Callable[[Sequence[bytes]], Mapping[bytes, bytes]]
Save = Callable[[Mapping[bytes, bytes]], None]

KEPT_IN_MEMORY = 32_768
_QUESTIONS = 64


class KeptVectors:
    """An ``Embedder`` that looks vectors up before it computes them. Safe to use from threads.

    Args:
        embedder: computes what is not known.
        load: gives kept vectors by key, as bytes of float32.
        save: keeps new ones.
    """

    def __init__(self, embedder: Embedder, *, load: Load, save: Save) -> None:
        self._embedder = embedder
        self._load = load
        self._save = save
        self._known: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._questions: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The embedder's name."""
        return self._embedder.name

    @property
    def variant(self) -> str:
        """The embedder's variant."""
        return self._embedder.variant

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._embedder.dimensions

    @property
    def max_tokens(self) -> int:
        """What the embedder reads of a text."""
        return self._embedder.max_tokens

    def count(self, text: str) -> int:
        """Tokens of ``text`` in the embedder."""
        return self._embedder.count(text)

    def key(self, text: str) -> bytes:
        """Sixteen bytes that stand for the text and the model that embeds it."""
        model = f"{self.name}\0{self.variant}\0"
        octets = (model + text).encode("utf-8", "surrogatepass")
        return blake2b(octets, digest_size=16).digest()

    def adopt(self, vectors: Mapping[bytes, bytes]) -> None:
        """Takes kept vectors into memory."""
        with self._lock:
            for key, vector in vectors.items():
                self._known[key] = np.frombuffer(vector, dtype="<f4")

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions); new ones are kept."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        named = {self.key(text): text for text in texts}
        with self._lock:
            found = {key: self._known[key] for key in named if key in self._known}
        unknown = [key for key in named if key not in found]
        if unknown:
            for key, vector in self._load(unknown).items():
                found[key] = np.frombuffer(vector, dtype="<f4")
            missing = [key for key in unknown if key not in found]
            if missing:
                computed = self._embedder.embed_documents([named[key] for key in missing])
                vectors = dict(zip(missing, computed.astype("<f4"), strict=True))
                self._save({key: vector.tobytes() for key, vector in vectors.items()})
                found.update(vectors)
        with self._lock:
            for key in named:
                self._known[key] = found[key]
                self._known.move_to_end(key)
            while len(self._known) > KEPT_IN_MEMORY:
                self._known.popitem(last=False)
        return np.stack([found[self.key(text)] for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions; the last few are remembered, but not kept."""
        missing = [text for text in texts if text not in self._questions]
        if missing:
            computed = self._embedder.embed_queries(missing)
            with self._lock:
                self._questions.update(zip(missing, computed, strict=True))
        with self._lock:
            found = [self._questions[text] for text in texts]
            while len(self._questions) > _QUESTIONS:
                self._questions.popitem(last=False)
        return np.stack(found)
