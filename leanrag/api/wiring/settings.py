"""Makes settings of what a caller gives, and changes those of an open store."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leanrag.errors import ConfigError
from leanrag.settings import Settings

_OF_THE_STORE = frozenset({"store", "collection", "embedding", "chunking", "qdrant"})
"""Settings that an open store depends on."""


def settings_from(given: Settings | str | Path | None, **overrides: Any) -> Settings:
    """Settings from themselves, a YAML file, or the store's folder or URL.

    Raises:
        ConfigError: a setting is wrong.
    """
    if isinstance(given, Settings):
        return given if not overrides else Settings.create(**{**given.model_dump(), **overrides})
    if given is None:
        return Settings.create(**overrides)
    if str(given).endswith((".yaml", ".yml")):
        return Settings.load(given, **overrides)
    return Settings.create(store=str(given), **overrides)


def changed(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The settings with some of them changed; of a section those fields that are given.

    Raises:
        ConfigError: a setting is wrong, or is one that the store was made with.
    """
    fixed = sorted(_OF_THE_STORE & set(changes))
    if fixed:
        raise ConfigError(f"{fixed[0]}: belongs to the open store and cannot be changed")
    values = settings.model_dump()
    for name, value in changes.items():
        section = values.get(name)
        if isinstance(section, Mapping) and isinstance(value, Mapping):
            value = {**section, **value}
        values[name] = value
    return Settings.create(**values)
