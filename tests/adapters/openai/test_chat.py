"""The client against a real HTTP server on this machine, well behaved and not."""

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from leanrag.adapters.openai.chat import OpenAIChat
from leanrag.adapters.openai.connection import OpenAIConnection
from leanrag.errors import (
    ConfigError,
    LLMAccessError,
    LLMError,
    LLMRateLimitError,
    LLMRefusedError,
    LLMResponseError,
    LLMUnavailableError,
    PromptTooLongError,
)
from leanrag.settings import LLMSettings
from leanrag.types import Completion, Delta
from tests.chat_server import (
    AT_ONCE,
    ChatServer,
    Response,
    chat_server,
    failure,
    free_port,
    piece,
    said,
    streamed,
    usage,
)

ASK = [{"role": "user", "content": "How many?"}]
KEY = "sk-very-secret-0123456789"
WAYS = ("complete", "stream", "acomplete", "astream")


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with chat_server() as made:
        yield made


def chat(server: ChatServer | str, model: str = "gpt-4o", **settings: Any) -> OpenAIChat:
    url = server if isinstance(server, str) else server.url
    given = {"base_url": url, "api_key": SecretStr(KEY), "attempts": 3, **settings}
    return OpenAIChat(LLMSettings(**given), model)


def ask(model: OpenAIChat, way: str, *, max_tokens: int = 9) -> Completion:
    """The answer, asked for in one of the four ways."""

    async def awaited() -> Completion:
        try:
            if way == "acomplete":
                return await model.acomplete(ASK, max_tokens=max_tokens)
            return [event async for event in model.astream(ASK, max_tokens=max_tokens)][-1]  # type: ignore[return-value]
        finally:
            await model.aclose()

    if way == "complete":
        return model.complete(ASK, max_tokens=max_tokens)
    if way == "stream":
        return list(model.stream(ASK, max_tokens=max_tokens))[-1]  # type: ignore[return-value]
    return asyncio.run(awaited())


# ── when all is well ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_comes_whole_with_what_it_cost(server: ChatServer, way: str) -> None:
    answer = ask(chat(server), way)

    assert (answer.text, answer.finish_reason, answer.model) == ("42", "stop", "served")
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 2)
    (asked,) = server.asked
    assert asked.body["messages"] == ASK
    assert (asked.body["max_tokens"], asked.body["temperature"]) == (9, 0)
    assert asked.headers["authorization"] == f"Bearer {KEY}"


def test_a_stream_comes_in_pieces_and_then_whole(server: ChatServer) -> None:
    server.queue = [streamed("It ", "is ", "4", "2.")]

    events = list(chat(server).stream(ASK, max_tokens=9))

    assert events[:-1] == [Delta("It "), Delta("is "), Delta("4"), Delta("2.")]
    assert isinstance(events[-1], Completion)
    assert events[-1].text == "It is 42."
    assert server.bodies[0]["stream_options"] == {"include_usage": True}


def test_cached_and_reasoning_tokens_are_told_apart(server: ChatServer) -> None:
    counts = usage(100, 30, cached=64) | {"completion_tokens_details": {"reasoning_tokens": 12}}
    response = said("x")
    response.body["usage"] = counts
    server.queue = [response]

    used = chat(server).complete(ASK, max_tokens=9).usage

    assert used is not None
    assert (used.input_tokens, used.cached_tokens, used.uncached_tokens) == (100, 64, 36)
    assert used.reasoning_tokens == 12


def test_deepseeks_name_for_cached_tokens_is_known(server: ChatServer) -> None:
    response = said("x")
    response.body["usage"] = {
        "prompt_tokens": 10,
        "completion_tokens": 1,
        "prompt_cache_hit_tokens": 8,
    }
    server.queue = [response]

    used = chat(server).complete(ASK, max_tokens=9).usage

    assert used is not None
    assert used.cached_tokens == 8


def test_an_endpoint_that_tells_no_usage_is_fine(server: ChatServer) -> None:
    response = said("x")
    del response.body["usage"]
    server.queue = [response]

    assert chat(server).complete(ASK, max_tokens=9).usage is None


def test_the_connection_is_kept_alive(server: ChatServer) -> None:
    model = chat(server)
    for _ in range(3):
        model.complete(ASK, max_tokens=9)

    async def again() -> None:
        for _ in range(3):
            await model.acomplete(ASK, max_tokens=9)
            assert [event async for event in model.astream(ASK, max_tokens=9)]
        await model.aclose()

    assert (len(server.asked), server.connections) == (3, 1)
    asyncio.run(again())
    assert (len(server.asked), server.connections) == (9, 2)


def test_models_share_a_connection(server: ChatServer) -> None:
    connection = OpenAIConnection(LLMSettings(base_url=server.url))
    OpenAIChat(connection, "a").complete(ASK, max_tokens=9)
    OpenAIChat(connection, "b").complete(ASK, max_tokens=9)

    assert [body["model"] for body in server.bodies] == ["a", "b"]
    assert server.connections == 1


def test_a_client_serves_one_event_loop_after_the_other(server: ChatServer) -> None:
    model = chat(server)

    async def once() -> str:
        return (await model.acomplete(ASK, max_tokens=9)).text

    assert [asyncio.run(once()) for _ in range(2)] == ["42", "42"]


def test_only_the_fields_of_a_chat_message_are_sent(server: ChatServer) -> None:
    message = {"role": "user", "content": "Hi", "id": "turn-3", "time": "2026-01-01"}
    chat(server).complete([message], max_tokens=9)

    assert server.bodies[0]["messages"] == [{"role": "user", "content": "Hi"}]


def test_further_fields_come_from_the_settings(server: ChatServer) -> None:
    chat(server, extra={"reasoning_effort": "low"}, temperature=None).complete(ASK, max_tokens=9)

    (body,) = server.bodies
    assert body["reasoning_effort"] == "low"
    assert "temperature" not in body


def test_an_endpoint_may_answer_at_once_where_a_stream_was_asked_for(server: ChatServer) -> None:
    server.queue = [said("all of it"), said("all of it")]

    assert ask(chat(server), "stream").text == "all of it"
    assert ask(chat(server), "astream").text == "all of it"


def test_content_in_parts_is_text(server: ChatServer) -> None:
    response = said(None)
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    response.body["choices"][0]["message"]["content"] = parts
    server.queue = [response]

    assert chat(server).complete(ASK, max_tokens=9).text == "ab"


# ── what an endpoint may see ────────────────────────────────────────────────────────────────────


def test_nothing_of_the_machine_is_told(server: ChatServer) -> None:
    chat(server).complete(ASK, max_tokens=9)

    headers = server.asked[0].headers
    assert headers["user-agent"].startswith("leanrag/")
    assert not {"x-stainless-os", "x-stainless-arch", "x-stainless-runtime"} & set(headers)


def test_openais_key_goes_to_openai_alone(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    OpenAIChat(LLMSettings(base_url=server.url), "m").complete(ASK, max_tokens=9)

    headers = server.asked[0].headers
    assert KEY not in str(headers)
    assert "openai-organization" not in headers
    assert OpenAIConnection(LLMSettings()).secret == KEY


def test_without_endpoint_and_key_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(ConfigError, match="LEANRAG_LLM__BASE_URL"):
        OpenAIChat(LLMSettings(), "m")
    with pytest.raises(ConfigError, match=r"llm\.model"):
        OpenAIChat(LLMSettings(base_url="http://localhost/v1"))


@pytest.mark.parametrize("way", WAYS)
def test_the_key_is_never_shown(
    server: ChatServer, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.respond = lambda body: failure(401, f"Incorrect API key provided: {KEY}")

    with pytest.raises(LLMAccessError) as caught:
        ask(chat(server), way)

    assert KEY not in str(caught.value)
    assert "Incorrect API key provided: ***" in str(caught.value)
    assert KEY not in str(caught.getrepr(style="native"))
    assert KEY not in caplog.text
    assert KEY not in repr(vars(caught.value))


def test_credentials_in_the_address_are_not_shown(server: ChatServer) -> None:
    model = chat(server.url.replace("//", "//me:pass@"), attempts=1)
    server.queue = [failure(500)]

    with pytest.raises(LLMUnavailableError) as caught:
        model.complete(ASK, max_tokens=9)
    assert model.service == server.url
    assert "pass@" not in str(caught.value)


@pytest.mark.parametrize("way", WAYS)
def test_credentials_in_the_address_are_sent_and_neither_logged_nor_shown(
    server: ChatServer, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model = chat(server.url.replace("//", "//me:p%40ss-CANARY@"), attempts=1)
    sent = "bWU6cEBzcy1DQU5BUlk="  # me:p@ss-CANARY

    ask(model, way)
    assert server.asked[-1].headers["authorization"] == f"Basic {sent}"
    server.queue = [failure(401, f"unknown: Basic {sent}, which is me:p@ss-CANARY, key {KEY}")]
    with pytest.raises(LLMAccessError, match=re.escape("Basic ***, which is me:***")) as caught:
        ask(model, way)

    shown = [caplog.text, str(caught.getrepr(style="native")), repr(vars(caught.value))]
    shown += [repr(model), repr(model.context(ASK)), repr(LLMSettings(base_url=server.url))]
    for text in shown:
        assert "CANARY" not in text
        assert sent not in text
        assert KEY not in text


def test_a_reply_that_is_none_leaves_no_key_in_what_an_error_stems_from(
    server: ChatServer,
) -> None:
    server.queue = [Response(200, f'{{"echo": "{KEY}'.encode())]

    with pytest.raises(LLMResponseError) as caught:
        chat(server).complete(ASK, max_tokens=9)
    assert caught.value.__cause__ is None
    assert KEY not in str(caught.value)


# ── faults that pass ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_an_endpoint_that_recovers_is_asked_again(server: ChatServer, way: str) -> None:
    server.queue = [failure(500), failure(429)]

    answer = ask(chat(server), way)

    assert (answer.text, answer.attempts) == ("42", 3)
    assert len(server.asked) == 3


def test_retry_after_is_honoured(server: ChatServer) -> None:
    server.queue = [Response(429, {"error": {"message": "slow down"}}, {"Retry-After": "1"})]

    chat(server).complete(ASK, max_tokens=9)

    first, second = (asked.at for asked in server.asked)
    # Without the header the first pause is half a second at most.
    assert second - first >= 0.99


def test_a_limit_that_lasts_says_when_to_ask_again(server: ChatServer) -> None:
    server.respond = lambda body: Response(
        429, {"error": {"message": "slow down"}}, {"Retry-After": "900"}
    )

    with pytest.raises(LLMRateLimitError, match="asked again in 900 s: slow down") as caught:
        chat(server).complete(ASK, max_tokens=9)
    assert (caught.value.retryable, caught.value.retry_after_s) == (True, 900.0)
    assert caught.value.status == 429
    assert len(server.asked) == 1  # nobody waits for a quarter of an hour in silence


def test_a_spent_quota_is_no_passing_fault(server: ChatServer) -> None:
    server.respond = lambda body: failure(429, "pay first", code="insufficient_quota")

    with pytest.raises(LLMRateLimitError, match="no quota left") as caught:
        chat(server).complete(ASK, max_tokens=9)
    assert not caught.value.retryable


@pytest.mark.parametrize("way", WAYS)
def test_an_endpoint_that_stays_broken_is_given_up(server: ChatServer, way: str) -> None:
    server.respond = lambda body: failure(503, "overloaded")

    with pytest.raises(LLMUnavailableError, match="overloaded") as caught:
        ask(chat(server), way)
    assert (caught.value.status, caught.value.retryable) == (503, True)
    assert len(server.asked) == 3


@pytest.mark.parametrize("way", WAYS)
def test_an_endpoint_that_is_down(way: str) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"

    with pytest.raises(LLMUnavailableError, match="cannot be reached") as caught:
        ask(chat(url, attempts=1), way)
    assert caught.value.retryable
    assert caught.value.service == url


@pytest.mark.parametrize("way", WAYS)
def test_an_endpoint_that_is_too_slow(server: ChatServer, way: str) -> None:
    server.respond = lambda body: Response(body={}, pause_s=1.0)

    with pytest.raises(LLMUnavailableError, match=r"silent for too long.*llm\.timeout_s") as caught:
        ask(chat(server, attempts=1, timeout_s=0.1), way)
    assert caught.value.retryable


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_a_stream_that_falls_silent(server: ChatServer, way: str) -> None:
    response = streamed("so ", "far")
    response.event_pause_s = 1.0
    server.queue = [response]

    with pytest.raises(LLMUnavailableError) as caught:
        ask(chat(server, timeout_s=0.2), way)
    assert caught.value.partial == "so "


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize("clean", [False, True])
def test_a_stream_that_breaks_off(server: ChatServer, way: str, clean: bool) -> None:
    response = streamed("so ", "far", finish=None, done=False)
    response.cut = not clean
    server.queue = [response]

    with pytest.raises(LLMUnavailableError, match="broke off its answer") as caught:
        ask(chat(server), way)
    assert caught.value.partial == "so far"
    assert caught.value.retryable
    assert len(server.asked) == 1  # what was shown cannot be taken back


def test_a_reply_that_breaks_off_is_asked_for_again(server: ChatServer) -> None:
    broken = said("lost")
    broken.cut = True
    server.queue = [broken]

    assert chat(server).complete(ASK, max_tokens=9).text == "42"


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_an_error_inside_a_stream(server: ChatServer, way: str) -> None:
    error = {"error": {"message": "worker died", "code": 502}}
    server.queue = [Response(events=[piece("so far"), error])]

    with pytest.raises(LLMUnavailableError, match="worker died") as caught:
        ask(chat(server), way)
    assert (caught.value.status, caught.value.partial) == (502, "so far")


# ── cancelling ──────────────────────────────────────────────────────────────────────────────────


def endless() -> Response:
    return Response(events=[piece("on ") for _ in range(2000)], event_pause_s=0.01)


def test_closing_a_stream_ends_the_call(server: ChatServer) -> None:
    server.queue = [endless()]
    model = chat(server)
    events = model.stream(ASK, max_tokens=9)
    assert next(events) == Delta("on ")

    events.close()  # type: ignore[attr-defined]

    assert server.broken_off.wait(10)
    assert model.complete(ASK, max_tokens=9).text == "42"


def test_cancelling_an_awaited_call_ends_it(server: ChatServer) -> None:
    server.queue = [endless(), endless()]
    model = chat(server)

    async def read() -> None:
        async for _ in model.astream(ASK, max_tokens=9):
            started.set()

    async def main() -> None:
        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.broken_off.wait, 10)
        await model.aclose()

    started = asyncio.Event()
    asyncio.run(main())


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("status", "told"), [(401, "key"), (403, "key"), (404, "no model 'gpt-4o'")]
)
def test_a_wrong_key_or_model(server: ChatServer, way: str, status: int, told: str) -> None:
    server.respond = lambda body: failure(status, "go away")

    with pytest.raises(LLMAccessError, match=told) as caught:
        ask(chat(server), way)
    assert (caught.value.status, caught.value.retryable) == (status, False)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "response",
    [
        failure(400, "The response was filtered", code="content_filter"),
        failure(400, "triggering Azure OpenAI's content management policy", code="400"),
        failure(400, "no", innererror={"code": "ResponsibleAIPolicyViolation"}),
        failure(403, "blocked", code="content_policy_violation"),
        said("half of", finish="content_filter"),
        said(None, refusal="I can't help with that."),
    ],
)
def test_a_refused_content(server: ChatServer, response: Response) -> None:
    server.queue = [response]

    with pytest.raises(LLMRefusedError) as caught:
        chat(server).complete(ASK, max_tokens=9)
    assert not caught.value.retryable
    assert len(server.asked) == 1


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize(
    ("events", "partial"),
    [
        ([piece("half "), piece("of"), piece(None, finish="content_filter")], "half of"),
        (
            [piece(None, refusal="I ca"), piece(None, refusal="n't."), piece(None, finish="stop")],
            "",
        ),
    ],
)
def test_a_stream_that_is_refused(
    server: ChatServer, way: str, events: list[Any], partial: str
) -> None:
    server.queue = [Response(events=[*events, "[DONE]"])]

    with pytest.raises(LLMRefusedError) as caught:
        ask(chat(server), way)
    assert caught.value.partial == partial


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("status", "error", "reported", "limit"),
    [
        (
            400,
            {
                "message": "This model's maximum context length is 4097 tokens. However, your "
                "messages resulted in 5012 tokens. Please reduce the length of the messages.",
                "code": "context_length_exceeded",
            },
            5012,
            4097,
        ),
        (
            400,
            {
                "message": "This model's maximum context length is 2048 tokens. However, you "
                "requested 3000 tokens (2500 in the messages, 500 in the completion). Please "
                "reduce the length of the messages or completion."
            },
            2500,
            2048,
        ),
        (400, {"message": "prompt is too long: 208310 tokens > 200000 maximum"}, 208310, 200000),
        (
            400,
            {
                "message": "the request exceeds the available context size",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 900,
                "n_ctx": 512,
            },
            900,
            512,
        ),
        (
            400,
            {
                "message": "The input token count (1200000) exceeds the maximum number of tokens "
                "allowed (1048576)."
            },
            1200000,
            1048576,
        ),
        (
            422,
            {
                "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model "
                "with 32768 maximum context length"
            },
            40000,
            32768,
        ),
        (413, {"message": "Request too large"}, None, None),
    ],
)
def test_a_prompt_that_is_too_long_shows_both_counts(
    server: ChatServer,
    way: str,
    status: int,
    error: dict[str, Any],
    reported: int | None,
    limit: int | None,
) -> None:
    server.respond = lambda body: Response(status, {"error": error}, AT_ONCE)

    with pytest.raises(PromptTooLongError) as caught:
        ask(chat(server), way)
    error_ = caught.value
    assert (error_.reported, error_.limit) == (reported, limit)
    assert error_.counted == 10  # three of the message, four of its text, three to prime the reply
    assert "10 tokens by leanrag's count" in str(error_)
    assert (f"{reported:,} by its own" if reported else "unknown") in str(error_)
    assert not error_.retryable
    assert len(server.asked) == 1


def test_another_refusal_says_what_the_endpoint_says(server: ChatServer) -> None:
    server.respond = lambda body: failure(400, "n must be 1")

    with pytest.raises(LLMError, match="refused the request: n must be 1") as caught:
        chat(server).complete(ASK, max_tokens=9)
    assert (type(caught.value), caught.value.status) == (LLMError, 400)


# ── fields that an endpoint does not take ───────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_field_is_left_out_and_stays_out(server: ChatServer, way: str) -> None:
    def picky(body: dict[str, Any]) -> Response:
        if "max_tokens" in body:
            return failure(
                400,
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.",
                param="max_tokens",
                code="unsupported_parameter",
            )
        if "temperature" in body:
            return failure(
                400,
                "Unsupported value: 'temperature' does not support 0 with this model.",
                param="temperature",
                code="unsupported_value",
            )
        if "stream_options" in body:
            return failure(422, "Extra inputs are not permitted: stream_options")
        return said("fine")

    server.respond = picky
    model = chat(server)

    assert ask(model, way).text == "fine"
    before = len(server.asked)
    assert ask(model, way).text == "fine"
    assert len(server.asked) == before + 1
    last = server.bodies[-1]
    assert last["max_completion_tokens"] == 9
    assert not {"max_tokens", "temperature", "stream_options"} & set(last)


@pytest.mark.parametrize("model", ["o3-mini", "gpt-5", "openai/gpt-5-mini"])
def test_reasoning_models_get_their_own_name_of_the_limit(server: ChatServer, model: str) -> None:
    chat(server, model).complete(ASK, max_tokens=9)

    assert server.bodies[0]["max_completion_tokens"] == 9
    assert "max_tokens" not in server.bodies[0]


def test_a_limit_that_is_too_high_is_told_not_dropped(server: ChatServer) -> None:
    server.respond = lambda body: failure(
        400,
        "max_tokens is too large: 100000. This model supports at most 4096.",
        param="max_tokens",
    )

    with pytest.raises(LLMError, match="too large"):
        chat(server).complete(ASK, max_tokens=100000)
    assert len(server.asked) == 1


# ── replies that are none ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (Response(body=b"<html>"), "no usable answer"),
        (Response(body=b'{"choices": [{"mess'), "no usable answer"),
        (Response(body=b""), "no usable answer"),
        (Response(body={"choices": []}), "no text"),
        (Response(body={"choices": None}), "no text"),
        (Response(body={"choices": "text"}), "no text"),
        (Response(body=[]), "no text"),
        (Response(body={"choices": [{"message": {"content": 7}}]}), "no text"),
        (Response(body={"error": {"message": "out of memory"}}), "out of memory"),
        (said(None), "no text"),
        (said("  \n"), "no text"),
        (said(None, finish="tool_calls"), "tool call"),
        (said(None, finish="length"), "raise reply_tokens"),
    ],
)
@pytest.mark.parametrize("way", ["complete", "acomplete"])
def test_a_reply_that_is_none(server: ChatServer, way: str, response: Response, told: str) -> None:
    server.queue = [response]

    with pytest.raises(LLMResponseError, match=told) as caught:
        ask(chat(server), way)
    assert not caught.value.retryable
    assert len(server.asked) == 1


@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize(
    "events",
    [
        [piece("so far"), '{"choices": [{"delta"'],
        [piece("so far"), "[1, 2", "[DONE]"],
        ["<html>"],
        [piece(None, finish="stop"), "[DONE]"],
    ],
)
def test_a_stream_that_makes_no_sense(server: ChatServer, way: str, events: list[Any]) -> None:
    server.queue = [Response(events=events)]

    with pytest.raises(LLMResponseError):
        ask(chat(server), way)


@pytest.mark.parametrize("way", ["stream", "astream"])
def test_pieces_of_another_form_are_passed_over(server: ChatServer, way: str) -> None:
    odd: list[Any] = [{"choices": []}, {"ping": 1}, {"choices": [{"delta": None}]}, [], 7, "null"]
    server.queue = [Response(events=[*odd, piece("fine"), piece(None, finish="stop"), "[DONE]"])]

    assert ask(chat(server), way).text == "fine"


def test_a_text_cut_by_the_limit_is_an_answer(server: ChatServer) -> None:
    server.queue = [said("as far as it", finish="length")]

    answer = chat(server).complete(ASK, max_tokens=4)

    assert (answer.text, answer.finish_reason) == ("as far as it", "length")
