"""Recognises an input that did not change since it was ingested, without parsing it."""

import json
from dataclasses import dataclass
from typing import Any

from leanrag.text.hashing import content_hash
from leanrag.types import DocumentRecord, Metadata

FILE = "file"
TEXT = "text"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an input was and how it was processed.

    ``digest`` is of the raw bytes, ``recipe`` of everything else that decides what is made of
    them, and ``fields`` names the metadata that the document itself declares, which is stored
    among the rest and so need not be read from the file again.
    """

    kind: str
    digest: str
    recipe: str
    fields: tuple[str, ...] = ()

    def write(self) -> str:
        """The form that is stored with the document."""
        return json.dumps([self.kind, self.digest, self.recipe, list(self.fields)])

    @classmethod
    def read(cls, text: str) -> "Fingerprint | None":
        """The fingerprint in its stored form, None for any other text."""
        try:
            kind, digest, recipe, fields = json.loads(text)
            return cls(str(kind), str(digest), str(recipe), tuple(map(str, fields)))
        except (ValueError, TypeError):
            return None


def recipe(*parts: object) -> str:
    """A short hash of what decides how inputs are processed."""
    return content_hash(json.dumps([str(part) for part in parts]))[:16]


def merged(given: Metadata, own: Metadata) -> Metadata:
    """The metadata of a document: what was given for all, under what it declares itself."""
    return {**given, **own}


def declared(record: DocumentRecord, known: Fingerprint) -> Metadata:
    """The metadata that a stored document declares itself."""
    return {name: record.metadata[name] for name in known.fields if name in record.metadata}


def same(one: Metadata, other: Metadata) -> bool:
    """Whether two documents' metadata are equal, whatever sequence type the lists have."""
    return _plain(one) == _plain(other)


def _plain(metadata: Metadata) -> dict[str, Any]:
    return {
        name: value if isinstance(value, str | int | float | bool) else list(value)
        for name, value in metadata.items()
    }
