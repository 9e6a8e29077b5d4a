"""The chunks of the scale benchmark: real ones first, then varied copies of them.

The first chunks are those of a store of real pages, with the vectors that the real model gave
them. Where more are asked for, the documents come again in further rounds, each different:

- **Text.** A quarter of the longer words is replaced by words drawn from the whole corpus, by
  frequency, so that term frequencies and lengths stay those of real text while no two copies
  share their words; half of the rare words get an ending of the round's own, so that the
  vocabulary grows with the corpus as that of real text does.
- **Vectors.** A chunk's vector is moved by the difference of two other chunks' vectors and scaled
  to unit length: ``v + SHIFT · (a − b)``. Noise from the corpus itself keeps copies on the surface
  that real vectors lie on; random noise would leave it, in all 384 directions. A copy is about
  as far from its original as a chunk is from its nearest other chunk.

Each document depends on its number alone, so a build that was broken off goes on where it stopped.
"""

import random
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from leanrag.protocols import Store
from leanrag.text.bm25 import term_counts
from leanrag.text.hashing import content_hash, stable_id
from leanrag.text.terms import terms
from leanrag.types import Chunk, Document, EmbeddedChunk, Span

SHIFT = 0.45
PARTS = 100
"""Documents are dealt to so many parts; a filter on one keeps about 1 % of the chunks."""
_REPLACED = 0.25
_RARE = 5
_POOL = 200_000
_SEED = 20_240_101
_WORD = re.compile(r"[A-Za-z]{4,}")
_SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class RealDocument:
    """A document of the real corpus; ``start`` is the row of its first chunk's vector."""

    source: str
    title: str
    chunks: tuple[Chunk, ...]
    start: int


class Corpus:
    """Documents by number: the real ones in a fixed random order, then their varied rounds."""

    def __init__(self, documents: Sequence[RealDocument], vectors: NDArray[np.float32]) -> None:
        order = sorted(documents, key=lambda document: document.source)
        random.Random(_SEED).shuffle(order)
        self._documents = order
        self._vectors = vectors
        self._ends = list(accumulate(len(document.chunks) for document in order))
        counts = Counter(
            word
            for document in order
            for chunk in document.chunks
            for word in _WORD.findall(chunk.text)
        )
        self._rare = {word for word, count in counts.items() if count <= _RARE}
        draw = random.Random(_SEED + 1)
        self._pool = draw.choices(list(counts), weights=list(counts.values()), k=_POOL)

    @classmethod
    def of_store(cls, store: Store) -> "Corpus":
        """The corpus of the real pages that a store holds."""
        documents, rows = [], []
        for record in store.records():
            document = store.document(record.id)
            pairs = store.vectors(record.id)
            if document is not None and pairs:
                chunks = tuple(chunk for chunk, _ in pairs)
                documents.append(RealDocument(record.source, document.title, chunks, len(rows)))
                rows.extend(vector for _, vector in pairs)
        return cls(documents, np.asarray(rows, dtype=np.float32))

    @property
    def real_chunks(self) -> int:
        """How many chunks there are before the first varied one."""
        return self._ends[-1]

    @property
    def dimensions(self) -> int:
        """The length of the vectors."""
        return int(self._vectors.shape[1])

    @property
    def real(self) -> Sequence[RealDocument]:
        """The real documents, in order."""
        return self._documents

    def size(self, chunks: int) -> int:
        """The number of documents that hold at least so many chunks."""
        rounds, rest = divmod(chunks, self._ends[-1])
        whole = rounds * len(self._documents)
        return whole if rest == 0 else whole + bisect_right(self._ends, rest - 1) + 1

    def documents(self, start: int, stop: int) -> Iterator[tuple[Document, list[EmbeddedChunk]]]:
        """The documents with these numbers, with vectors and BM25 terms."""
        for number in range(start, stop):
            yield self._document(number)

    def _document(self, number: int) -> tuple[Document, list[EmbeddedChunk]]:
        turn, place = divmod(number, len(self._documents))
        real = self._documents[place]
        rows = np.arange(real.start, real.start + len(real.chunks))
        vectors = self._vectors[rows]
        draw = random.Random(_SEED * number)
        if turn:
            others = np.random.default_rng([_SEED, number]).integers(
                len(self._vectors), size=(2, len(rows))
            )
            others[1] += others[0] == others[1]  # two different ones, or nothing would move
            others[1] %= len(self._vectors)
            vectors = vectors + SHIFT * (self._vectors[others[0]] - self._vectors[others[1]])
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        source = f"{turn:03}/{real.source}"
        texts: list[str] = []
        bodies: list[tuple[Chunk, str, list[Span], int]] = []
        position = 0
        for chunk in real.chunks:
            text, sentences = _pieces(chunk)
            if turn:
                text, sentences = self._varied(text, sentences, turn, draw)
            bodies.append((chunk, text, sentences, position))
            texts.append(text)
            position += len(text) + len(_SEPARATOR)
        whole = _SEPARATOR.join(texts)
        digest = content_hash(whole)
        identity = stable_id(source, digest)
        metadata = {
            "part": number % PARTS,
            "origin": "postgresql" if "postgresql" in real.source else "python",
            "round": turn,
        }
        document = Document(identity, source, real.title, whole, digest, metadata)
        embedded = []
        for ordinal, (chunk, text, sentences, start) in enumerate(bodies):
            moved = replace(
                chunk,
                id=stable_id(identity, str(ordinal)),
                document_id=identity,
                ordinal=ordinal,
                span=(start, start + len(text)),
                text=text,
                sentences=tuple((a + start, b + start) for a, b in sentences),
                lead=None,
                table_head=None,
                metadata=metadata,
            )
            label = " > ".join([real.title, *chunk.headings])
            counts = term_counts(terms(f"{label}\n{moved.body}", chunk.language))
            embedded.append(EmbeddedChunk(moved, vectors[ordinal], counts))
        return document, embedded

    def _varied(
        self, text: str, sentences: Sequence[Span], turn: int, draw: random.Random
    ) -> tuple[str, list[Span]]:
        ending = _letters(turn)

        def other(match: re.Match[str]) -> str:
            word = match[0]
            if word in self._rare:
                return word + ending if draw.random() < 0.5 else word
            if draw.random() < _REPLACED:
                return self._pool[int(draw.random() * _POOL)]
            return word

        cuts = [0, *(start for start, _ in sentences), len(text)]
        pieces = [_WORD.sub(other, text[a:b]) for a, b in pairwise(cuts)]
        ends = list(accumulate(len(piece) for piece in pieces))
        return "".join(pieces), list(pairwise(ends))


def _pieces(chunk: Chunk) -> tuple[str, list[Span]]:
    """The text with its sentences as spans of itself."""
    start = chunk.span[0]
    return chunk.text, [(a - start, b - start) for a, b in chunk.sentences]


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
