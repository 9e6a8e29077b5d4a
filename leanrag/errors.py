"""Every error that leanrag raises, in one tree.

```
LeanRAGError
  ConfigError          MissingDependencyError (names the extra to install)
  InputError           DocumentError (.source)    FilterError (.field)
  BudgetError          (.required, .available)
  BackendError         (.service, .retryable)     StoreError  StoreInUseError  ModelError  LLMError
  EvaluationError
```
"""


class LeanRAGError(Exception):
    """The root of all errors raised on purpose by leanrag."""


class ConfigError(LeanRAGError):
    """A setting is missing, unknown or has a wrong value."""


class MissingDependencyError(ConfigError):
    """An optional package is needed; the message names the extra that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(
            f"{package} is not installed; install it with: pip install 'leanrag[{extra}]'"
        )


class InputError(LeanRAGError):
    """What the caller gave cannot be used; the message names the argument or file."""


class DocumentError(InputError):
    """One document cannot be read or parsed; the others are not affected."""

    def __init__(self, source: str, message: str) -> None:
        self.source = source
        self.reason = message
        super().__init__(f"{source}: {message}")


class FilterError(InputError):
    """A ``where`` expression is malformed, or names an unknown field or a wrong type."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)


class BudgetError(LeanRAGError):
    """The parts of the prompt that are never cut do not fit into the token budget."""

    def __init__(self, required: int, available: int, message: str | None = None) -> None:
        self.required = required
        self.available = available
        super().__init__(
            message
            or f"the prompt needs at least {required} tokens (system text, question and chat "
            f"overhead are never cut) but the budget is {available}; raise the budget to "
            f"{required} or more, or shorten the system text or the question"
        )


class BackendError(LeanRAGError):
    """A service or engine that leanrag relies on failed."""

    def __init__(self, message: str, *, service: str = "", retryable: bool = False) -> None:
        self.service = service
        self.retryable = retryable
        super().__init__(message)


class StoreError(BackendError):
    """The store does not exist, is damaged, or was made with other settings."""


class StoreInUseError(StoreError):
    """Another process, or another object of this one, has the store open."""


class ModelError(BackendError):
    """A model is not there or cannot be run."""


class LLMError(BackendError):
    """The language-model endpoint failed or gave no usable answer."""


class EvaluationError(LeanRAGError):
    """An evaluation suite cannot be read or run."""
