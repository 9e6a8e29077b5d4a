"""Recognises an input that did not change since it was ingested, without parsing it."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from leanrag.text.hashing import content_hash
from leanrag.types import Metadata

FILE = "file"
TEXT = "text"


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an input was and how it was processed.

    ``digest`` is of the raw bytes, ``recipe`` of everything else that decides what is made of
    them. ``properties`` and ``declared`` are the metadata that come from the input itself, of
    which what is stored may show less: they need not be read from the file again where only
    other metadata changes.
    """

    kind: str
    digest: str
    recipe: str
    properties: Metadata = field(default_factory=dict)
    declared: Metadata = field(default_factory=dict)

    def write(self) -> str:
        """The form that is stored with the document."""
        own = [dict(self.properties), dict(self.declared)]
        return json.dumps([self.kind, self.digest, self.recipe, *own], sort_keys=True)

    @classmethod
    def read(cls, text: str) -> "Fingerprint | None":
        """The fingerprint in its stored form, None for any other text."""
        try:
            kind, digest, recipe, properties, declared = json.loads(text)
            return cls(str(kind), str(digest), str(recipe), dict(properties), dict(declared))
        except (ValueError, TypeError):
            return None

    def same_input(self, other: "Fingerprint | None") -> bool:
        """Whether the same bytes were processed in the same way."""
        return other is not None and (self.kind, self.digest, self.recipe) == (
            other.kind,
            other.digest,
            other.recipe,
        )

    def same_prefix(self, other: "Fingerprint") -> bool:
        """Whether a text of both is embedded alike."""
        return self.recipe.rpartition("/")[2] == other.recipe.rpartition("/")[2]


def digest_of(path: Path) -> str:
    """The digest of a file's bytes, empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def recipe(*parts: object, prefix: str = "") -> str:
    """A short hash of what decides how inputs are processed.

    The hash of ``prefix``, which the embedder puts in front of every text, stands by itself:
    where it stays, so do the vectors of texts that stay.
    """
    made = content_hash(json.dumps([str(part) for part in parts]))
    return f"{made[:16]}/{content_hash(prefix)[:8]}"


def same(one: Metadata, other: Metadata) -> bool:
    """Whether two documents' metadata are equal, whatever sequence type the lists have."""
    return _plain(one) == _plain(other)


def _plain(metadata: Metadata) -> str:
    # As JSON: to Python, 1 and true are the same.
    return json.dumps(
        {
            name: value if isinstance(value, str | int | float | bool) else list(value)
            for name, value in metadata.items()
        },
        sort_keys=True,
    )
