"""Addresses as they may be shown: without user, password, query and fragment."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

_MASK = "**********"
_SECRET_NAME = re.compile(
    r"(?:keys?|token|secrets?|passw(?:or)?d|pass|credentials?|authorization|cookie|signature)$",
    re.IGNORECASE,
)
_WORDS = re.compile(r"\s+|\S+")
_TO_LAST_AT = re.compile(r"(?<=://)\S*@")


def without_credentials(location: str) -> str:
    """An address without what may be secret in it; a path as it stands."""
    if "://" not in location:
        return location
    try:
        parts = urlsplit(location)
        _ = parts.port
    except ValueError:
        parts = None
    if parts is None or not parts.netloc:  # the password may stand anywhere
        return _TO_LAST_AT.sub("", location).partition("?")[0].partition("#")[0]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def is_address(location: str) -> bool:
    """Whether what follows ``http://`` or ``https://`` can be read as host, port and path."""
    try:
        parts = urlsplit(location)
        return parts.port is None or bool(parts.hostname)
    except ValueError:
        return False


def shown(value: Any, name: str = "") -> Any:
    """A setting as it may be shown: addresses without credentials, no value of a secret name."""
    if isinstance(value, str):
        if value and _SECRET_NAME.search(name):
            return _MASK
        return "".join(map(without_credentials, _WORDS.findall(value)))
    if isinstance(value, Mapping):
        return {key: shown(item, str(key)) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(shown(item, name) for item in value)
    return value
