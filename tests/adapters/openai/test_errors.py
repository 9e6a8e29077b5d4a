"""Every error of the official client has its place among leanrag's."""

from typing import Any

import httpx2
import openai
import pytest

from leanrag.adapters.openai.errors import Context, translate
from leanrag.errors import (
    LLMAccessError,
    LLMError,
    LLMRateLimitError,
    LLMRefusedError,
    LLMResponseError,
    LLMUnavailableError,
)

REQUEST = httpx2.Request("POST", "http://localhost/v1")
CONTEXT = Context("http://localhost/v1", "m", lambda: 5)

EXPECTED: dict[str, tuple[type[LLMError], bool]] = {
    "OpenAIError": (LLMError, False),
    "APIError": (LLMUnavailableError, True),
    "APIConnectionError": (LLMUnavailableError, True),
    "APITimeoutError": (LLMUnavailableError, True),
    "APIResponseValidationError": (LLMResponseError, False),
    "APIStatusError": (LLMError, False),
    "BadRequestError": (LLMError, False),
    "AuthenticationError": (LLMAccessError, False),
    "OAuthError": (LLMAccessError, False),
    "PermissionDeniedError": (LLMAccessError, False),
    "NotFoundError": (LLMAccessError, False),
    "ConflictError": (LLMUnavailableError, True),
    "UnprocessableEntityError": (LLMError, False),
    "RateLimitError": (LLMRateLimitError, True),
    "InternalServerError": (LLMUnavailableError, True),
    "LengthFinishReasonError": (LLMResponseError, False),
    "ContentFilterFinishReasonError": (LLMRefusedError, False),
    "SubjectTokenProviderError": (LLMError, False),
    "WebSocketConnectionClosedError": (LLMError, False),
    "WebSocketQueueFullError": (LLMError, False),
}
STATUS = {"OAuthError": 401, "InternalServerError": 500, "APIStatusError": 418}


def kinds() -> dict[str, type[Exception]]:
    found: dict[str, type[Exception]] = {}
    pending: list[type[Exception]] = [openai.OpenAIError]
    while pending:
        kind = pending.pop()
        found[kind.__name__] = kind
        pending += kind.__subclasses__()
    return found


def an_error(name: str, kind: Any) -> Exception:
    if issubclass(kind, openai.APIStatusError | openai.APIResponseValidationError):
        status = STATUS.get(name) or getattr(kind, "status_code", 200)
        response = httpx2.Response(status, request=REQUEST)
        if name == "OAuthError":
            return kind(response=response, body=None)
        if issubclass(kind, openai.APIStatusError):
            return kind("told", response=response, body={"message": "told"})
        return kind(response, None)
    if issubclass(kind, openai.APITimeoutError):
        return kind(REQUEST)
    if issubclass(kind, openai.APIConnectionError):
        return kind(request=REQUEST)
    if issubclass(kind, openai.APIError):
        return kind("told", REQUEST, body=None)
    if name == "LengthFinishReasonError":
        return kind(completion=type("Completion", (), {"usage": None})())
    if name == "ContentFilterFinishReasonError":
        return kind()
    if name == "WebSocketConnectionClosedError":
        return kind("told", unsent_messages=[])
    return kind("told")


def test_every_error_of_the_client_is_known() -> None:
    public = {id(getattr(openai, name)) for name in openai.__all__}
    of_calls = {kind.__name__ for kind in kinds().values() if id(kind) in public}

    assert of_calls <= set(EXPECTED)
    assert set(EXPECTED) <= set(kinds())


@pytest.mark.parametrize("name", EXPECTED)
def test_each_is_translated(name: str) -> None:
    kind, retryable = EXPECTED[name]

    made = translate(an_error(name, kinds()[name]), CONTEXT)

    assert type(made) is kind
    assert made.retryable is retryable
    assert made.service == "http://localhost/v1"
    assert str(made).startswith("http://localhost/v1 ")


@pytest.mark.parametrize("error", [ValueError("x"), TypeError("x"), httpx2.StreamConsumed()])
def test_what_the_client_lets_through_is_translated(error: Exception) -> None:
    assert type(translate(error, CONTEXT)) is LLMResponseError


def test_what_an_endpoint_says_is_shown_short_and_in_one_line() -> None:
    error = openai.BadRequestError(
        "x",
        response=httpx2.Response(400, request=REQUEST),
        body={"message": "a\nb " + "c" * 9000},
    )

    text = str(translate(error, CONTEXT))

    assert "\n" not in text
    assert len(text) < 700
