"""Embeds each text once: copies of a document and passages that repeat cost nothing again."""

from collections.abc import Sequence

from leanrag.protocols import Embedder

_ENTRIES = 8192
"""Vectors remembered with their texts, some 20 MB; the oldest go."""
_AT_ONCE = 512


class EmbedOnce:
    """Vectors of texts, from memory where the same text was embedded before."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Sequence[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """One vector for each text."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        found = {text: self._known[text] for text in texts if text in self._known}
        for start in range(0, len(new), _AT_ONCE):
            part = new[start : start + _AT_ONCE]
            found.update(zip(part, self._embedder.embed_documents(part), strict=True))
        for text in new:
            self._known[text] = found[text]
        while len(self._known) > _ENTRIES:
            del self._known[next(iter(self._known))]
        return [found[text] for text in texts]
