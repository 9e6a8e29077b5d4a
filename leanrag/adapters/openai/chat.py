"""The one client for OpenAI-compatible endpoints, on the official package.

Connections are kept alive and shared by all calls; calls that fail in passing are made again with
growing pauses, or after the time that ``Retry-After`` names. Nothing is sent but the request: the
headers by which the package describes the machine are left out.
"""

import json
import re
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from types import TracebackType
from typing import Any, NoReturn

from leanrag.adapters.openai.connection import OpenAIConnection
from leanrag.adapters.openai.errors import Context, shows_secret, translate
from leanrag.adapters.openai.replies import Assembly
from leanrag.errors import ConfigError, LeanRAGError
from leanrag.settings import LLMSettings
from leanrag.tokens import counter_for
from leanrag.types import Completion, Delta, Message

_SENT = ("role", "content", "name", "tool_calls", "tool_call_id")
_MAY_BE_REFUSED = ("max_tokens", "temperature", "stream_options")
_UNKNOWN = re.compile(
    r"unsupported|not supported|not support|unknown|unrecognized|unexpected|not permitted|extra",
    re.IGNORECASE,
)
_REASONING_MODEL = re.compile(r"(?:[^/]*/)*(?:o\d|gpt-5)")


class OpenAIChat:
    """A chat model at an OpenAI-compatible endpoint, see ``leanrag.protocols``.

    Endpoints differ in the fields that they take: where one refuses ``max_tokens``,
    ``temperature`` or ``stream_options`` as unknown, the call is made again without it
    (``max_completion_tokens`` takes the place of the first), and later calls leave it out.

    Args:
        endpoint: the connection, which several models may share, or the settings of one.
        model: the model's name; by default that of the settings.
        tokenizer: as in the settings; only for the count in ``PromptTooLongError``.
    """

    def __init__(
        self,
        endpoint: OpenAIConnection | LLMSettings,
        model: str | None = None,
        *,
        tokenizer: str | None = None,
    ) -> None:
        if isinstance(endpoint, LLMSettings):
            endpoint = OpenAIConnection(endpoint)
        self._connection = endpoint
        self._settings = endpoint.settings
        self._model = model or self._settings.model or ""
        if not self._model:
            raise ConfigError("llm.model: name the model to ask (LEANRAG_LLM__MODEL)")
        self._tokenizer = tokenizer
        reasoning = _REASONING_MODEL.match(self._model)
        self._refused: set[str] = {"max_tokens"} if reasoning else set()

    @property
    def name(self) -> str:
        """The model's name at the endpoint."""
        return self._model

    @property
    def service(self) -> str:
        """The endpoint's address, without credentials."""
        return self._connection.service

    def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        """The whole answer. Raises ``LLMError``."""
        call = _Call(self, messages, max_tokens)
        create = self._connection.client().chat.completions.with_raw_response.create
        while not call.ended:
            with call:
                raw = create(**call.fields())
                call.whole(raw, raw.content)
        return call.completion()

    async def acomplete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        """``complete``, awaited; cancelling it ends the call."""
        call = _Call(self, messages, max_tokens)
        create = self._connection.async_client().chat.completions.with_raw_response.create
        while not call.ended:
            with call:
                raw = await create(**call.fields())
                call.whole(raw, raw.content)
        return call.completion()

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> Generator[Delta | Completion, None, None]:
        """The answer piece by piece, and whole at the end; closing it early ends the call.

        Raises:
            LLMError: the endpoint failed; ``partial`` has what came before.
        """
        call = _Call(self, messages, max_tokens, streamed=True)
        create = self._connection.client().chat.completions.with_raw_response.create
        while not call.ended:
            with call:
                raw = create(**call.fields())
                if call.is_whole(raw):
                    yield call.whole(raw, raw.http_response.read())
                else:
                    with raw.parse() as pieces:
                        for piece in pieces:
                            if delta := call.piece(piece):
                                yield delta
        yield call.completion()

    async def astream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[Delta | Completion, None]:
        """``stream``, awaited."""
        call = _Call(self, messages, max_tokens, streamed=True)
        create = self._connection.async_client().chat.completions.with_raw_response.create
        while not call.ended:
            with call:
                raw = await create(**call.fields())
                if call.is_whole(raw):
                    yield call.whole(raw, await raw.http_response.aread())
                else:
                    async with raw.parse() as pieces:
                        async for piece in pieces:
                            if delta := call.piece(piece):
                                yield delta
        yield call.completion()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    async def aclose(self) -> None:
        """Closes the connection, that of the running event loop too."""
        await self._connection.aclose()

    def fields(
        self, messages: Sequence[Message], max_tokens: int, *, streamed: bool
    ) -> dict[str, Any]:
        """The request's fields, as far as the endpoint is known to take them."""
        limit = "max_completion_tokens" if "max_tokens" in self._refused else "max_tokens"
        asked: dict[str, Any] = {
            "model": self._model,
            "messages": [_sendable(message) for message in messages],
            limit: max_tokens,
        }
        if self._settings.temperature is not None and "temperature" not in self._refused:
            asked["temperature"] = self._settings.temperature
        if streamed:
            asked["stream"] = True
            if "stream_options" not in self._refused:
                asked["stream_options"] = {"include_usage": True}
        if self._settings.extra:
            asked["extra_body"] = dict(self._settings.extra)
        return asked

    def refuse(self, error: Any, asked: Mapping[str, Any]) -> bool:
        """Remembers the field that the endpoint does not take; whether there is one."""
        words = f"{error.code} {error.message}"
        if error.status_code not in (400, 422) or not _UNKNOWN.search(words):
            return False
        for name in _MAY_BE_REFUSED:
            if name in asked and (error.param == name or re.search(rf"\b{name}\b", words)):
                self._refused.add(name)
                return True
        return False

    def context(self, messages: Sequence[Message], partial: str = "") -> Context:
        """What an error says of the call."""

        def counted() -> int | None:
            try:
                counter = counter_for(self._model, tokenizer=self._tokenizer)
                return counter.count_messages(messages)
            except LeanRAGError:  # the error that is being told matters more
                return None

        return Context(self.service, self._model, counted, self._connection.secrets, partial)


class _Call:
    """One call, awaited or not: each ``with`` block is an attempt at it.

    An attempt that fails for a field that the endpoint refuses leaves the call open, to be made
    again without it; any other fault is raised as ours.
    """

    def __init__(
        self,
        chat: OpenAIChat,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        streamed: bool = False,
    ) -> None:
        self._chat = chat
        self._messages = messages
        self._max_tokens = max_tokens
        self._streamed = streamed
        self._asked: dict[str, Any] = {}
        self._attempts = 1
        self._assembly = Assembly(chat.service, chat.name, clean=chat.context(messages).clean)
        self.ended = False

    def __enter__(self) -> None:
        self._asked = self._chat.fields(self._messages, self._max_tokens, streamed=self._streamed)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if error is None:
            self.ended = True
            return False
        if not isinstance(error, _faults()):
            return False
        if not self._mended(error):
            self._fail(error)
        return True

    def fields(self) -> dict[str, Any]:
        """What this attempt sends."""
        return self._asked

    def is_whole(self, raw: Any) -> bool:
        """Whether an endpoint answers at once that was asked for a stream."""
        self._attempts = raw.retries_taken + 1
        return str(raw.headers.get("content-type", "")).startswith("application/json")

    def whole(self, raw: Any, content: bytes) -> Delta:
        """Takes in an answer that comes at once."""
        self._attempts = raw.retries_taken + 1
        return Delta(self._assembly.take(json.loads(content)))

    def piece(self, piece: Any) -> Delta | None:
        """Takes in a piece of a stream, and says what of it can be shown."""
        text = self._assembly.take(piece)
        return Delta(text) if text else None

    def completion(self) -> Completion:
        """The answer, once the call has ended."""
        return self._assembly.done(attempts=self._attempts, streamed=self._streamed)

    def _mended(self, error: Exception) -> bool:
        """Whether it is worth asking again at once, without a field that was refused."""
        import openai

        return isinstance(error, openai.APIStatusError) and self._chat.refuse(error, self._asked)

    def _fail(self, error: Exception) -> NoReturn:
        context = self._chat.context(self._messages, self._assembly.text)
        # An endpoint may repeat the key that it was given, and a traceback shows what it said.
        hidden = shows_secret(error, context.secrets)
        raise translate(error, context) from (None if hidden else error)


def _faults() -> tuple[type[Exception], ...]:
    """What the official client raises, and what it lets through of a reply that is none."""
    import httpx2
    import openai

    return openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, ValueError, TypeError


def _sendable(message: Message) -> dict[str, Any]:
    return {name: message[name] for name in _SENT if name in message}
