"""Language models, and what watches the calls to them."""

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import Protocol

from leanrag.types import Completion, Delta, Message, ModelCall


class ChatModel(Protocol):
    """A language model that answers chat messages."""

    @property
    def name(self) -> str:
        """The model's name at its service; decides how tokens are counted and priced."""
        ...

    @property
    def service(self) -> str:
        """The service's address, without credentials."""
        ...

    def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        """The whole answer, of at most ``max_tokens``. Raises ``LLMError``."""
        ...


class StreamingChatModel(ChatModel, Protocol):
    """A chat model that can also stream its answer and be awaited.

    A stream is one or more ``Delta`` and then the ``Completion``. Closing it early cancels the
    call. All methods raise ``LLMError``.
    """

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> Generator[Delta | Completion, None, None]: ...
    async def acomplete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion: ...
    def astream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[Delta | Completion, None]: ...


class CallRecorder(Protocol):
    """Is told of every call to a model. Safe to use from several threads."""

    def admit(self, call: ModelCall) -> None:
        """Called before a call is made, with what is known of it then (``pending``).

        Raises:
            BudgetError: the call may not be made, since a budget in money is spent.
        """
        ...

    def record(self, call: ModelCall) -> None:
        """Called when a call has ended, also with an error or by cancellation."""
        ...
