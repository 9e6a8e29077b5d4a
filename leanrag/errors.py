"""Every error that leanrag raises, in one tree.

```
LeanRAGError
  ConfigError          MissingDependencyError (names the extra to install)
  InputError           DocumentError (.source)    FilterError (.field)
  BudgetError          (.required, .available)
    SpendingError      (.tenant, .cost, .left, in US dollars)
  MaskingError
  BackendError         (.service, .retryable)     StoreError  ModelError  LLMError
    StoreError                                    StoreInUseError  PruneError
    LLMError           (.status, .partial)        LLMUnavailableError  LLMAccessError
                                                  LLMRateLimitError (.retry_after_s)
                                                  LLMRefusedError  LLMResponseError
                                                  PromptTooLongError (.counted, .reported, .limit)
  EvaluationError
```
"""

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
    "LeanRAGError",
    "MaskingError",
    "MissingDependencyError",
    "ModelError",
    "PromptTooLongError",
    "PruneError",
    "SpendingError",
    "StoreError",
    "StoreInUseError",
]


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


class SpendingError(BudgetError):
    """A call to a model is refused, since it could exceed the money set for a tenant and day.

    ``cost`` is the most that the call may cost and ``left`` what is left of the day's budget, in
    US dollars; None where the one or the other cannot be told, which is refused as well.
    ``required`` and ``available`` are the same in millionths of a dollar, 0 where not known.
    """

    def __init__(
        self, message: str, *, tenant: str, cost: float | None = None, left: float | None = None
    ) -> None:
        self.tenant = tenant
        self.cost = cost
        self.left = left
        super().__init__(round((cost or 0) * 1e6), round((left or 0) * 1e6), message)


class MaskingError(LeanRAGError):
    """What should be masked cannot be, so nothing is sent."""


class BackendError(LeanRAGError):
    """A service or engine that leanrag relies on failed."""

    def __init__(self, message: str, *, service: str = "", retryable: bool = False) -> None:
        self.service = service
        self.retryable = retryable
        super().__init__(message)


class StoreError(BackendError):
    """The store does not exist, is damaged, or was made with other settings."""


class PruneError(StoreError):
    """A prune would delete too much by accident; nothing was changed."""


class StoreInUseError(StoreError):
    """Another process, or another object of this one, has the store open."""


class ModelError(BackendError):
    """A model is not there or cannot be run."""


class LLMError(BackendError):
    """The language-model endpoint failed or gave no usable answer.

    ``status`` is the HTTP status where there was one, ``partial`` what had come of the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        service: str = "",
        retryable: bool = False,
        status: int | None = None,
        partial: str = "",
    ) -> None:
        self.status = status
        self.partial = partial
        super().__init__(message, service=service, retryable=retryable)


class LLMUnavailableError(LLMError):
    """The endpoint cannot be reached, is too slow, breaks off, or fails on its side."""


class LLMAccessError(LLMError):
    """The endpoint does not know the key or the model, or the key may not use it."""


class LLMRateLimitError(LLMError):
    """The endpoint takes no more calls for now, or the account's quota is spent."""

    retry_after_s: float | None = None
    """Seconds after which the endpoint wants to be asked again, where it says so."""


class LLMRefusedError(LLMError):
    """The endpoint or the model declines to answer, for example by a content filter."""


class LLMResponseError(LLMError):
    """The endpoint answered with something that is no answer."""


class PromptTooLongError(LLMError):
    """The endpoint says that the prompt is too long for the model.

    ``counted`` are the tokens by leanrag's count, ``reported`` those by the endpoint's, and
    ``limit`` what the model takes; None where the endpoint does not tell.
    """

    counted: int | None = None
    reported: int | None = None
    limit: int | None = None


class EvaluationError(LeanRAGError):
    """An evaluation suite cannot be read or run."""
