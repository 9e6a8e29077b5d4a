"""leanrag: send the model only what the answer needs.

Public is what this package and ``leanrag.api``, ``errors``, ``evaluation``, ``evaluation.report``,
``integrations.llama_index``, ``protocols``, ``settings``, ``tokens`` and ``types`` name in
``__all__``. Everything else may change without notice. The errors stand here as well, as they are
caught: ``except leanrag.BudgetError``.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from leanrag import errors
from leanrag.errors import (
    BackendError,
    BudgetError,
    ConfigError,
    DocumentError,
    EvaluationError,
    FilterError,
    InputError,
    LeanRAGError,
    LLMAccessError,
    LLMError,
    LLMRateLimitError,
    LLMRefusedError,
    LLMResponseError,
    LLMUnavailableError,
    MaskingError,
    MissingDependencyError,
    ModelError,
    PromptTooLongError,
    PruneError,
    SpendingError,
    StoreError,
    StoreInUseError,
)

if TYPE_CHECKING:
    from leanrag.api import LeanRAG, compress, condense
    from leanrag.settings import Settings

__version__ = "0.1.0"
__all__ = [
    "BackendError",
    "BudgetError",
    "ConfigError",
    "DocumentError",
    "EvaluationError",
    "FilterError",
    "InputError",
    "LLMAccessError",
    "LLMError",
    "LLMRateLimitError",
    "LLMRefusedError",
    "LLMResponseError",
    "LLMUnavailableError",
    "LeanRAG",
    "LeanRAGError",
    "MaskingError",
    "MissingDependencyError",
    "ModelError",
    "PromptTooLongError",
    "PruneError",
    "Settings",
    "SpendingError",
    "StoreError",
    "StoreInUseError",
    "__version__",
    "compress",
    "condense",
    "errors",
]

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


class _Package(ModuleType):
    """Keeps ``leanrag.compress`` the function, although a subpackage has the same name.

    The import system binds every submodule to its parent; a public function must not be lost to
    that. ``from leanrag.compress import …`` is not affected.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in _HOMES or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
