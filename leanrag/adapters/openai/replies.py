"""Reads the replies of OpenAI-compatible endpoints, whatever they leave out or send besides."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leanrag.errors import LLMError, LLMRefusedError, LLMResponseError, LLMUnavailableError
from leanrag.types import Completion, Usage


class Assembly:
    """Puts an answer together from a whole reply or from the pieces of a stream.

    ``clean`` makes what an endpoint says fit to be shown.
    """

    def __init__(self, service: str, model: str, *, clean: Callable[[object], str]) -> None:
        self._service = service
        self._model = model
        self._clean = clean
        self._texts: list[str] = []
        self._refusals: list[str] = []
        self._finish = ""
        self._usage: Usage | None = None
        self._answered_by = ""

    @property
    def text(self) -> str:
        """What has come so far."""
        return "".join(self._texts)

    def take(self, reply: Any) -> str:
        """Takes in a reply or one piece of it, and returns the text that it adds.

        Raises:
            LLMResponseError: an error stands where the answer should.
        """
        told = dig(reply, "error")
        if told and not dig(reply, "choices"):
            message = dig(told, "message") or told
            raise self._error(
                LLMResponseError, f"gave an error for an answer: {self._clean(message)}"
            )
        self._usage = _usage(dig(reply, "usage")) or self._usage
        named = dig(reply, "model")
        self._answered_by = named if isinstance(named, str) else self._answered_by
        choice = dig(reply, "choices", 0)
        finish = dig(choice, "finish_reason")
        self._finish = finish if isinstance(finish, str) else self._finish
        said = dig(choice, "delta") or dig(choice, "message")
        refusal = dig(said, "refusal")
        if isinstance(refusal, str):
            self._refusals.append(refusal)
        text = _text(dig(said, "content"))
        if text:
            self._texts.append(text)
        return text

    def done(self, *, attempts: int, streamed: bool = False) -> Completion:
        """The answer, all of it taken in.

        Raises:
            LLMRefusedError: the model or a filter declines.
            LLMUnavailableError: the stream ended before the answer did.
            LLMResponseError: there is no text.
        """
        refusal = "".join(self._refusals).strip()
        if self._finish == "content_filter":
            raise self._error(LLMRefusedError, "left the answer to its content filter")
        if refusal:
            raise self._error(LLMRefusedError, f"declines to answer: {self._clean(refusal)}")
        if streamed and not self._finish:
            raise self._error(
                LLMUnavailableError,
                f"broke off its answer after {len(self.text):,} characters",
                retryable=True,
            )
        if not self.text.strip():
            raise self._error(LLMResponseError, self._why_empty())
        return Completion(
            self.text,
            self._usage,
            finish_reason=self._finish or "stop",
            model=self._answered_by or self._model,
            attempts=attempts,
        )

    def _why_empty(self) -> str:
        if self._finish == "length":
            spent = self._usage.reasoning_tokens if self._usage else 0
            thought = f" ({spent:,} of them for reasoning)" if spent else ""
            return (
                f"gave no text within the most tokens of a reply{thought}; raise reply_tokens, or "
                "lower the model's reasoning effort by llm.extra"
            )
        if self._finish == "tool_calls":
            return "gave no text but a tool call, although no tool was offered"
        return "gave an answer that has no text; is it a chat completions endpoint?"

    def _error(self, kind: type[LLMError], what: str, *, retryable: bool = False) -> LLMError:
        return kind(
            f"{self._service} {what}",
            service=self._service,
            retryable=retryable,
            partial=self.text,
        )


def dig(value: Any, *path: str | int) -> Any:
    """What stands at the end of a path of keys and positions, None where there is nothing.

    Works on JSON values and on the official client's objects, which it makes without checking.
    """
    for step in path:
        if isinstance(step, int):
            usable = isinstance(value, Sequence) and not isinstance(value, str | bytes)
            value = value[step] if usable and len(value) > step else None
        elif isinstance(value, Mapping):
            value = value.get(step)
        else:
            value = getattr(value, step, None)
    return value


def _text(content: Any) -> str:
    """A content's text; some servers answer with a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence) or isinstance(content, bytes):
        return ""
    parts = (dig(part, "text") for part in content)
    return "".join(part for part in parts if isinstance(part, str))


def _usage(value: Any) -> Usage | None:
    spent, written = _count(dig(value, "prompt_tokens")), _count(dig(value, "completion_tokens"))
    if spent is None:
        return None
    cached = _count(dig(value, "prompt_tokens_details", "cached_tokens"))
    if cached is None:  # DeepSeek's name for it
        cached = _count(dig(value, "prompt_cache_hit_tokens"))
    thought = _count(dig(value, "completion_tokens_details", "reasoning_tokens"))
    return Usage(spent, written or 0, min(cached or 0, spent), thought or 0)


def _count(value: Any) -> int | None:
    usable = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if usable else None
