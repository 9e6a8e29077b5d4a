"""What a collection is made with: its name and the settings that must not change under it."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from leanrag.errors import InputError, StoreError
from leanrag.text.bm25 import K1, B
from leanrag.types import MadeWith

SCHEMA_VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ADVICE = {
    "model": "set embedding.model to the store's model",
    "dimensions": "use the model that the store was made with",
    "variant": "set embedding.variant to the store's variant",
    "bm25": "use the leanrag that made it",
}


def wanted_settings(made_with: MadeWith) -> dict[str, Any]:
    """What a collection records, without the schema version."""
    return {**asdict(made_with), "bm25": {"k1": K1, "b": B}}


def new_settings(made_with: MadeWith) -> dict[str, Any]:
    """What a new collection records. Raises ``InputError`` where something is left open."""
    settings = wanted_settings(made_with)
    missing = [name for name, value in settings.items() if value is None]
    if missing:
        raise InputError(f"a collection cannot be made without {', '.join(missing)}")
    return {"schema_version": SCHEMA_VERSION, **settings}


def is_name(text: str) -> bool:
    """Whether the text is safe as a collection's name, and as a folder's."""
    return _NAME.fullmatch(text) is not None


def check_name(collection: str) -> None:
    """Raises ``InputError`` for a name that is not safe."""
    if not is_name(collection):
        raise InputError(
            f"collection {collection!r}: a name has 1 to 64 letters, digits, '-' or '_' (ASCII) "
            "and starts with a letter or digit"
        )


def check_version(place: str, version: object) -> None:
    """Raises ``StoreError`` where the data were written by another schema version."""
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{place} has schema version {version}, this leanrag reads {SCHEMA_VERSION}; use the "
            "leanrag that made it, or ingest the documents again into another place",
            service="store",
        )


def check_settings(place: str, recorded: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Makes sure that a collection was made as it is used now; None is satisfied by anything.

    Raises:
        StoreError: it was not; the message has both values and what to do.
    """
    check_version(place, recorded.get("schema_version"))
    for name, advice in _ADVICE.items():
        if name not in recorded:
            raise StoreError(
                f"{place} does not say with which {name} it was made, so it is damaged; restore "
                "it from a copy, or remove it and ingest the documents again",
                service="store",
            )
        if wanted[name] is not None and recorded[name] != wanted[name]:
            raise StoreError(
                f"{place} was made with {name} {recorded[name]!r}, now it is {wanted[name]!r}; "
                f"{advice}, or ingest the documents into another collection",
                service="store",
            )
