"""What a store tells of a collection as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

ValueType: TypeAlias = Literal["text", "integer", "number", "boolean", "date"]
"""What one value is."""

FieldType: TypeAlias = str
"""What the values of a field are: a ``ValueType``, or several in alphabetical order with ``|``
between them, such as ``number|text``."""


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Documents of nearly the same text; ``similarity`` (0 to 1) is that of the least alike."""

    sources: tuple[str, ...]
    similarity: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of documents with the same text, by source, and of those with nearly the same."""

    copies: tuple[tuple[str, ...], ...] = ()
    near: tuple[NearDuplicates, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeWith:
    """The embedding model of a collection: name, variant and length of its vectors.

    Where it says what a collection is to have, None is satisfied by anything.
    """

    model: str | None = None
    variant: str | None = None
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Figures of one collection; ``bytes`` on disk, 0 where the engine does not tell."""

    documents: int
    chunks: int
    tokens: int
    fields: Mapping[str, FieldType]
    model: str
    engine: str
    bytes: int
