"""leanrag: send the model only what the answer needs."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from leanrag import errors

if TYPE_CHECKING:
    from leanrag.api import LeanRAG, compress, condense
    from leanrag.settings import Settings

__version__ = "0.1.0"
__all__ = ["LeanRAG", "Settings", "__version__", "compress", "condense", "errors"]

_HOMES = {
    "LeanRAG": "leanrag.api",
    "compress": "leanrag.api",
    "condense": "leanrag.api",
    "Settings": "leanrag.settings",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
