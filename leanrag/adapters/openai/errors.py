"""Translates what the official client raises into leanrag's errors.

Endpoints agree on little but the HTTP status, so what a refusal means is read from its code, its
type and its words. The forms of the best known servers (OpenAI, Azure, vLLM, llama.cpp, Mistral,
Anthropic's and Google's compatible endpoints) are in the tests.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leanrag.errors import (
    LLMAccessError,
    LLMError,
    LLMRateLimitError,
    LLMRefusedError,
    LLMResponseError,
    LLMUnavailableError,
    PromptTooLongError,
)

_TOO_LONG = re.compile(
    r"context.?length|context.?(?:size|window)|exceed_context|prompt is too long|too many tokens"
    r"|prompt contains \d|input.{0,20}token count|maximum number of tokens"
    r"|reduce the length of the (?:messages|prompt|input)",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content_?filter|content_policy|content management policy|responsibleai|content policy",
    re.IGNORECASE,
)
_NUMBER = r"(\d[\d,_]*)"
_LIMITS = (
    rf"maximum context length (?:is|of) {_NUMBER}",
    rf"> *{_NUMBER}(?: tokens)? maximum",
    rf"maximum number of tokens(?: allowed)? *\(?{_NUMBER}",
    rf"{_NUMBER} maximum context",
    rf"context size \(?{_NUMBER}",
    rf"(?:limit|window|maximum) (?:is|of) {_NUMBER}",
)
_REPORTED = (
    rf"\({_NUMBER} in the (?:messages|prompt)",
    rf"(?:resulted in|contains?(?: at least)?|has|have|with) {_NUMBER} (?:input |prompt )?tokens",
    rf"prompt is too long: {_NUMBER}",
    rf"token count \(?{_NUMBER}",
    rf"requested {_NUMBER} tokens",
    rf"request \(?{_NUMBER} tokens",
)
_ADVICE = "lower the budget to leave room for the reply, or take a model with a longer context"
_MOST_SHOWN = 500
_LASTING_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a call that failed.

    ``counted`` gives leanrag's own count of the prompt; it is asked only where it matters.
    ``secrets`` are the key and what stands for it, which no message may show.
    """

    service: str
    model: str
    counted: Callable[[], int | None]
    secrets: tuple[str, ...] = field(default=(), repr=False)
    partial: str = ""

    def clean(self, text: object) -> str:
        """The text in one line of bearable length, without the key."""
        line = " ".join(str(text).split())
        for secret in self.secrets:
            line = line.replace(secret, "***")
        return line if len(line) <= _MOST_SHOWN else line[:_MOST_SHOWN] + "…"


def translate(error: Exception, context: Context) -> LLMError:
    """The error of leanrag that stands for one of the official client, or of reading a reply."""
    import openai

    if isinstance(error, openai.APITimeoutError):
        return _made(
            LLMUnavailableError,
            context,
            "was silent for too long; raise llm.timeout_s, or try again later",
            retryable=True,
        )
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        why = f" ({context.clean(cause)})" if cause and str(cause) else ""
        what = "broke off its answer" if context.partial else "cannot be reached"
        return _made(
            LLMUnavailableError, context, f"{what}{why}; is llm.base_url right?", retryable=True
        )
    if isinstance(error, openai.APIResponseValidationError):
        return _made(LLMResponseError, context, f"gave no usable answer: {context.clean(error)}")
    if isinstance(error, openai.APIStatusError):
        return _of_status(error, context)
    if isinstance(error, openai.APIError):  # an error told inside a stream
        return _of_words(error, context, status=_status_in(error))
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return _made(LLMRefusedError, context, "left the answer to its content filter")
    if isinstance(error, openai.LengthFinishReasonError):
        return _made(LLMResponseError, context, "reached the most tokens of a reply")
    if isinstance(error, openai.OpenAIError):
        return _made(LLMError, context, f"could not be asked: {context.clean(error)}")
    return _made(
        LLMResponseError,
        context,
        f"gave no usable answer; is it a chat completions endpoint? ({context.clean(error)})",
    )


def shows_secret(error: BaseException, secrets: Sequence[str]) -> bool:
    """Whether the words of an error, or of one that it stems from, hold a secret."""
    while secrets:
        texts = (str(error), repr(error), str(getattr(error, "doc", "")))
        if any(secret in text for secret in secrets for text in texts):
            return True
        cause = error.__cause__ or error.__context__
        if cause is None:
            return False
        error = cause
    return False


def _of_status(error: Any, context: Context) -> LLMError:
    status = int(error.status_code)
    if status in (401, 403) and not _FILTERED.search(_words(error)):
        return _made(
            LLMAccessError,
            context,
            "does not accept the key; set llm.api_key (LEANRAG_LLM__API_KEY): "
            f"{context.clean(_told(error))}",
            status=status,
        )
    if status == 404:
        return _made(
            LLMAccessError,
            context,
            f"knows no model {context.model!r} or no such address; check llm.model and "
            f"llm.base_url: {context.clean(_told(error))}",
            status=status,
        )
    if status == 429:
        return _rate_limited(error, context)
    return _of_words(error, context, status=status)


def _of_words(error: Any, context: Context, *, status: int | None) -> LLMError:
    words = _words(error)
    if status == 413 or (_TOO_LONG.search(words) and (status is None or status < 500)):
        return _too_long(error, context, status)
    if _FILTERED.search(words):
        return _made(
            LLMRefusedError,
            context,
            f"declines to answer: {context.clean(_told(error))}",
            status=status,
        )
    if status is None or status >= 500 or status in (408, 409):
        return _made(
            LLMUnavailableError,
            context,
            f"failed, after all attempts: {context.clean(_told(error))}",
            status=status,
            retryable=True,
        )
    return _made(
        LLMError, context, f"refused the request: {context.clean(_told(error))}", status=status
    )


def _rate_limited(error: Any, context: Context) -> LLMError:
    wait = _seconds(error.response.headers)
    lasting = (error.code or error.type) in _LASTING_CODES
    told = context.clean(_told(error))
    again = f"; it wants to be asked again in {wait:g} s" if wait else ""
    made = _made(
        LLMRateLimitError,
        context,
        f"has no quota left for this key: {told}"
        if lasting
        else f"takes no more calls for now{again}: {told}",
        status=429,
        retryable=not lasting,
    )
    assert isinstance(made, LLMRateLimitError)
    made.retry_after_s = wait
    return made


def _too_long(error: Any, context: Context, status: int | None) -> LLMError:
    words = _words(error)
    detail = error.body if isinstance(error.body, Mapping) else {}
    reported = _number(detail.get("n_prompt_tokens")) or _first(_REPORTED, words)
    limit = _number(detail.get("n_ctx")) or _first(_LIMITS, words)
    counted = context.counted()
    ours, theirs = ("an unknown number of" if n is None else f"{n:,}" for n in (counted, reported))
    room = "" if limit is None else f", of {limit:,} that {context.model} takes"
    made = _made(
        PromptTooLongError,
        context,
        f"says that the prompt is too long: {ours} tokens by leanrag's count, {theirs} "
        f"by its own{room}; {_ADVICE}. It said: {context.clean(_told(error))}",
        status=status,
    )
    assert isinstance(made, PromptTooLongError)
    made.counted, made.reported, made.limit = counted, reported, limit
    return made


def _made(
    kind: type[LLMError],
    context: Context,
    what: str,
    *,
    status: int | None = None,
    retryable: bool = False,
) -> LLMError:
    return kind(
        f"{context.service} {what}",
        service=context.service,
        status=status,
        retryable=retryable,
        partial=context.partial,
    )


def _told(error: Any) -> str:
    """What the endpoint says in its body, or else the client's words."""
    body = error.body
    if isinstance(body, Mapping):
        said = body.get("message") or body.get("detail")
        if isinstance(said, str) and said:
            return said
    return str(error.message)


def _words(error: Any) -> str:
    """Everything that may say what the matter is."""
    body = error.body
    inner = body.get("innererror") if isinstance(body, Mapping) else None
    return " ".join(str(part) for part in (error.code, error.type, error.message, inner) if part)


def _status_in(error: Any) -> int | None:
    """The status that an error inside a stream names, where it does."""
    named = _number(error.code)
    return named if named is not None and 400 <= named < 600 else None


def _first(patterns: tuple[str, ...], text: str) -> int | None:
    for pattern in patterns:
        found = re.search(pattern, text, re.IGNORECASE)
        if found:
            return _number(found.group(1))
    return None


def _number(value: object) -> int | None:
    digits = str(value).replace(",", "").replace("_", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None


def _seconds(headers: Mapping[str, str]) -> float | None:
    for name, per_second in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0.0, float(headers.get(name, "")) / per_second)
        except ValueError:  # missing, or a date
            continue
    return None
