"""Asking end to end: a real store, and a real HTTP server in the place of the endpoint."""

import asyncio
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leanrag import LeanRAG
from leanrag.api.asking.hooks import Hooks
from leanrag.api.asking.reply import NOTHING_FOUND, PromptCutWarning
from leanrag.api.asking.tracked import CANCELLED
from leanrag.api.conversation import Conversation
from leanrag.errors import (
    BudgetError,
    ConfigError,
    FilterError,
    InputError,
    LLMAccessError,
    LLMError,
    LLMUnavailableError,
    PromptTooLongError,
)
from leanrag.ledger.plausible import UsageWarning
from leanrag.types import Answer, CallLabel, Delta, ModelCall, Prompt, Usage
from tests.chat_server import (
    ChatServer,
    Response,
    answering,
    failure,
    piece,
    said,
    streamed,
    usage,
)

DOCUMENTS = [
    {
        "id": "towers.txt",
        "title": "Towers",
        "text": "The Eiffel Tower in Paris is 330 metres tall. It was opened in 1889.\n\n"
        "The Tokyo Skytree is 634 metres tall. It was opened in 2012.",
        "metadata": {"kind_of": "tower"},
    },
    {
        "id": "bridges.txt",
        "title": "Bridges",
        "text": "The Golden Gate Bridge has a main span of 1280 metres. Its colour is called "
        "international orange.",
        "metadata": {"kind_of": "bridge"},
    },
]
QUESTION = "How tall is the Eiffel Tower?"
HISTORY = [
    {"role": "user", "content": "Which towers do you know?"},
    {"role": "assistant", "content": "The Eiffel Tower and the Tokyo Skytree."},
]
WAYS = ("ask", "ask_stream", "aask", "aask_stream")


class Recorder:
    """Keeps what it is told; refuses where ``refusal`` is set."""

    def __init__(self) -> None:
        self.admitted: list[ModelCall] = []
        self.recorded: list[ModelCall] = []
        self.refusal: Exception | None = None

    def admit(self, call: ModelCall) -> None:
        self.admitted.append(call)
        if self.refusal:
            raise self.refusal

    def record(self, call: ModelCall) -> None:
        self.recorded.append(call)


class Swapper:
    """A masker of two fixed words."""

    pairs = (("Paris", "<WORD_1>"), ("330", "<WORD_2>"))

    def learn(self, text: str, shown: Any = None) -> None: ...

    def mask(self, text: str) -> str:
        for value, name in self.pairs:
            text = text.replace(value, name)
        return text

    def unmask(self, text: str) -> str:
        for value, name in self.pairs:
            text = text.replace(name, value)
        return text

    def unfinished(self, text: str) -> int:
        start = text.rfind("<")
        return len(text) - start if start >= 0 and ">" not in text[start:] else 0


@pytest.fixture
def server(endpoint: ChatServer) -> ChatServer:
    endpoint.asked.clear()
    endpoint.queue.clear()
    endpoint.broken_off.clear()
    endpoint.respond = answering("It is 330 metres tall [1].")
    return endpoint


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture(scope="module")
def opened(
    endpoint: ChatServer, recorder: Recorder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LeanRAG]:
    store = tmp_path_factory.mktemp("ask") / "store"
    llm = {"base_url": endpoint.url, "api_key": "k", "attempts": 2, "timeout_s": 5}
    with LeanRAG(store, llm=llm, reply_tokens=77, hooks=Hooks(recorder)) as made:
        made.ingest(DOCUMENTS)
        yield made


@pytest.fixture
def rag(opened: LeanRAG, server: ChatServer, recorder: Recorder) -> LeanRAG:
    recorder.admitted.clear()
    recorder.recorded.clear()
    recorder.refusal = None
    return opened


def variant(rag: LeanRAG, hooks: Hooks | None = None, **changes: Any) -> LeanRAG:
    """The same open store with other settings."""
    made = LeanRAG(rag.settings.model_copy(update=changes), hooks=hooks)
    made._session = rag._session
    return made


def run(rag: LeanRAG, way: str, question: str = QUESTION, **options: Any) -> Answer:
    async def awaited() -> Answer:
        if way == "aask":
            return await rag.aask(question, **options)
        events = [event async for event in rag.aask_stream(question, **options)]
        return events[-1]  # type: ignore[return-value]

    if way == "ask":
        return rag.ask(question, **options)
    if way == "ask_stream":
        return list(rag.ask_stream(question, **options))[-1]  # type: ignore[return-value]
    return asyncio.run(awaited())


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_has_its_citations(rag: LeanRAG, server: ChatServer, way: str) -> None:
    answer = run(rag, way)

    assert answer.text == "It is 330 metres tall [1]."
    (citation,) = answer.citations
    assert answer.text[slice(*citation.span)] == "[1]"
    assert citation.source.source == "towers.txt"
    assert "330 metres" in citation.source.text
    canonical = rag.document(citation.source.id).text
    assert citation.source.text == "".join(canonical[a:b] for a, b in citation.source.spans)
    assert answer.cited == (citation.source,)
    assert (answer.finish_reason, answer.model, answer.called) == ("stop", "served", True)
    (asked,) = server.bodies
    assert asked["messages"] == list(answer.prompt.messages)
    assert asked["max_tokens"] == 77
    assert asked["model"] == "gpt-4o"


@pytest.mark.parametrize("way", WAYS)
def test_the_trace_ends_in_the_endpoints_count(rag: LeanRAG, server: ChatServer, way: str) -> None:
    answer = run(rag, way)

    assert answer.trace[:-1] == answer.prompt.trace
    last = answer.trace[-1]
    assert (last.stage, last.tokens_in, last.tokens_out) == ("answer", 7, 2)
    assert (last.items_in, last.items_out) == (len(answer.prompt.sources), 1)
    assert answer.usage is not None
    assert answer.usage.input_tokens == 7


def test_the_prompt_is_that_of_prompt(rag: LeanRAG) -> None:
    options: dict[str, Any] = {
        "budget": 300, "where": {"kind_of": "tower"}, "history": HISTORY, "model": "gpt-4"
    }  # fmt: skip
    answer = rag.ask(QUESTION, **options)

    prompt = rag.prompt(QUESTION, **options)
    assert answer.prompt.messages == prompt.messages
    assert answer.prompt.tokens == prompt.tokens


def test_the_model_may_be_named_apart_from_the_settings(rag: LeanRAG, server: ChatServer) -> None:
    rag.ask(QUESTION, model="gpt-4")
    named = variant(rag, llm=rag.settings.llm.model_copy(update={"model": "gpt-4o-mini"}))
    named.ask(QUESTION)

    assert [body["model"] for body in server.bodies] == ["gpt-4", "gpt-4o-mini"]


@pytest.mark.parametrize("way", ["ask_stream", "aask_stream"])
def test_a_stream_is_the_prompt_the_pieces_and_the_answer(
    rag: LeanRAG, server: ChatServer, way: str
) -> None:
    async def gathered() -> list[Any]:
        return [event async for event in rag.aask_stream(QUESTION)]

    events: list[Any] = (
        list(rag.ask_stream(QUESTION)) if way == "ask_stream" else asyncio.run(gathered())
    )

    assert isinstance(events[0], Prompt)
    assert isinstance(events[-1], Answer)
    assert all(isinstance(event, Delta) for event in events[1:-1])
    assert len(events) > 4
    assert "".join(event.text for event in events[1:-1]) == events[-1].text


def test_marks_without_a_source_are_reported(rag: LeanRAG, server: ChatServer) -> None:
    server.queue = [said("So it is [1, 99], and [S1].")]

    answer = rag.ask(QUESTION)

    assert [citation.number for citation in answer.citations] == [1]
    assert answer.unknown_marks == ("[1, 99]", "[S1]")


def test_what_whole_chunks_and_full_history_would_have_needed_is_told(rag: LeanRAG) -> None:
    answer = rag.ask(QUESTION, history=HISTORY, budget=150)

    assert answer.baseline_tokens >= answer.prompt.tokens.prompt - 20


# ── nothing found ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_where_nothing_is_found_the_model_is_asked_to_say_so(
    rag: LeanRAG, server: ChatServer, way: str
) -> None:
    server.respond = answering("The sources do not say.")
    answer = run(rag, way, where={"kind_of": "dam"})

    assert (answer.text, answer.called) == ("The sources do not say.", True)
    assert answer.prompt.sources == ()
    assert "If the answer is not there, say so" in str(server.bodies[0]["messages"])


@pytest.mark.parametrize("way", WAYS)
def test_where_nothing_is_found_the_call_may_be_skipped(
    rag: LeanRAG, server: ChatServer, recorder: Recorder, way: str
) -> None:
    llm = rag.settings.llm.model_copy(update={"when_empty": "skip"})
    careful = variant(rag, Hooks(recorder), llm=llm)

    answer = run(careful, way, where={"kind_of": "dam"})

    assert (answer.text, answer.called, answer.citations) == (NOTHING_FOUND, False, ())
    assert (server.asked, recorder.admitted, recorder.recorded) == ([], [], [])
    # A conversation may hold the answer where the documents do not.
    assert run(careful, way, where={"kind_of": "dam"}, history=HISTORY).called


# ── faults ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_bad_input_is_told_before_anything_is_sent(
    rag: LeanRAG, server: ChatServer, recorder: Recorder, way: str
) -> None:
    with pytest.raises(InputError, match="question"):
        run(rag, way, " ")
    with pytest.raises(FilterError):
        run(rag, way, where={"colour": "red"})
    with pytest.raises(InputError, match="label"):
        run(rag, way, label="acme")
    with pytest.raises(BudgetError):
        run(rag, way, budget=5)
    with pytest.raises(ConfigError, match="reply_tokens"):
        run(variant(rag, reply_tokens=0), way)
    assert (server.asked, recorder.admitted) == ([], [])


def test_without_an_endpoint_it_says_what_to_set(
    rag: LeanRAG, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    none = rag.settings.llm.model_copy(update={"base_url": None, "api_key": None})

    with pytest.raises(ConfigError, match="LEANRAG_LLM__BASE_URL"):
        variant(rag, llm=none).ask(QUESTION)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [429, 500])
def test_an_endpoint_that_recovers_is_asked_again(
    rag: LeanRAG, server: ChatServer, recorder: Recorder, way: str, status: int
) -> None:
    server.queue = [failure(status, "wait")]

    answer = run(rag, way)

    assert answer.cited
    assert "2 attempts" in answer.trace[-1].note
    assert [call.attempts for call in recorder.recorded] == [2]
    assert len(server.asked) == 2


@pytest.mark.parametrize("way", WAYS)
def test_a_prompt_too_long_for_the_endpoint_shows_both_counts(
    rag: LeanRAG, server: ChatServer, way: str
) -> None:
    server.respond = lambda body: failure(
        400,
        "This model's maximum context length is 50 tokens. However, your messages resulted in 123 "
        "tokens.",
        code="context_length_exceeded",
    )

    with pytest.raises(PromptTooLongError) as caught:
        run(rag, way)
    ours = rag.prompt(QUESTION).tokens.prompt
    assert (caught.value.counted, caught.value.reported, caught.value.limit) == (ours, 123, 50)


@pytest.mark.parametrize("way", ["ask_stream", "aask_stream"])
def test_a_stream_that_breaks_off_has_shown_what_came(
    rag: LeanRAG, server: ChatServer, recorder: Recorder, way: str
) -> None:
    server.queue = [Response(events=[piece("It is "), piece("330")], cut=True)]
    shown: list[Any] = []

    def read() -> None:
        shown.extend(rag.ask_stream(QUESTION))

    async def aread() -> None:
        async for event in rag.aask_stream(QUESTION):
            shown.append(event)  # noqa: PERF401  what came before the error matters

    with pytest.raises(LLMUnavailableError) as caught:
        read() if way == "ask_stream" else asyncio.run(aread())
    assert shown[1:] == [Delta("It is "), Delta("330")]
    assert caught.value.partial == "It is 330"
    assert recorder.recorded[-1].error == "LLMUnavailableError"


# ── the recorder ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_every_call_is_recorded(
    rag: LeanRAG, server: ChatServer, recorder: Recorder, way: str
) -> None:
    answer = run(rag, way, label=CallLabel("acme", ("support",)))

    (pending,), (call,) = recorder.admitted, recorder.recorded
    assert pending.id == call.id
    assert (pending.pending, call.pending) == (True, False)
    assert (pending.max_output_tokens, pending.usage) == (77, None)
    assert (call.purpose, call.model, call.service) == ("answer", "gpt-4o", server.url)
    assert call.prompt_tokens == answer.prompt.tokens.prompt
    assert call.baseline_tokens == answer.baseline_tokens
    assert call.usage == answer.usage
    assert call.stages == answer.prompt.trace
    assert (call.tenant, call.tags) == ("acme", ("support",))
    assert (call.finish_reason, call.error) == ("stop", "")


@pytest.mark.parametrize("way", WAYS)
def test_a_call_that_fails_is_recorded_with_its_error(
    rag: LeanRAG, server: ChatServer, recorder: Recorder, way: str
) -> None:
    server.respond = lambda body: failure(401)

    with pytest.raises(LLMAccessError):
        run(rag, way)
    (call,) = recorder.recorded
    assert (call.error, call.usage, call.pending) == ("LLMAccessError", None, False)


@pytest.mark.parametrize("way", WAYS)
def test_a_call_that_is_not_admitted_is_not_made(
    rag: LeanRAG, server: ChatServer, recorder: Recorder, way: str
) -> None:
    recorder.refusal = BudgetError(2, 1, "the budget is spent")

    with pytest.raises(BudgetError, match="spent"):
        run(rag, way)
    assert (server.asked, recorder.recorded) == ([], [])


def test_a_stream_that_nobody_reads_on_is_recorded_as_cancelled(
    rag: LeanRAG, server: ChatServer, recorder: Recorder
) -> None:
    server.queue = [Response(events=[piece("on ")] * 2000, event_pause_s=0.01)] * 2
    events = rag.ask_stream(QUESTION)
    assert isinstance(next(events), Prompt)
    assert next(events) == Delta("on ")
    events.close()

    async def read() -> None:
        async for _ in rag.aask_stream(QUESTION):
            started.set()

    async def main() -> None:
        task = asyncio.create_task(read())
        await started.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    started = asyncio.Event()
    asyncio.run(main())
    assert server.broken_off.wait(10)
    assert [call.error for call in recorder.recorded] == [CANCELLED, CANCELLED]


# ── masking ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_what_is_masked_does_not_leave_and_comes_back(
    rag: LeanRAG, server: ChatServer, way: str
) -> None:
    masked = variant(rag, Hooks(masker=Swapper))
    server.respond = answering("In <WORD_1> it is <WORD_2> metres [1].")

    answer = run(masked, way, "How tall is the tower in Paris?")

    sent = str(server.bodies[0]["messages"])
    assert "Paris" not in sent
    assert "330" not in sent
    assert "the tower in <WORD_1>?" in sent
    assert answer.text == "In Paris it is 330 metres [1]."
    assert "330 metres" in answer.citations[0].source.text
    assert answer.text[slice(*answer.citations[0].span)] == "[1]"


def test_a_stand_in_is_never_shown_in_parts(rag: LeanRAG, server: ChatServer) -> None:
    masked = variant(rag, Hooks(masker=Swapper))
    server.queue = [streamed("In <WO", "RD", "_1> it", " is <WORD", "_2", "> m <")]

    texts = [e.text for e in masked.ask_stream(QUESTION) if isinstance(e, Delta)]

    assert texts == ["In ", "Paris it", " is ", "330 m ", "<"]


# ── many ────────────────────────────────────────────────────────────────────────────────────────


def many(rag: LeanRAG, way: str, *args: Any, **options: Any) -> list[Any]:
    if way == "ask_many":
        return rag.ask_many(*args, **options)
    return asyncio.run(rag.aask_many(*args, **options))


@pytest.mark.parametrize("way", ["ask_many", "aask_many"])
def test_many_answers_come_in_order_and_one_failure_stops_nothing(
    rag: LeanRAG, server: ChatServer, way: str
) -> None:
    def echo(body: dict[str, Any]) -> Response:
        question = body["messages"][-1]["content"].rsplit("\n", 1)[-1]
        return failure(400, "no") if "bridge" in question else said(f"{question} [1]")

    server.respond = echo
    questions = ["How tall is the Eiffel Tower?", "Which colour has the bridge?", " ", "When?"]

    answers = many(rag, way, questions, parallel=3)

    assert answers[0].text == "How tall is the Eiffel Tower? [1]"
    assert isinstance(answers[1], LLMError)
    assert isinstance(answers[2], InputError)
    assert answers[3].text == "When? [1]"


@pytest.mark.parametrize("way", ["ask_many", "aask_many"])
def test_no_more_are_asked_at_once_than_said(rag: LeanRAG, server: ChatServer, way: str) -> None:
    lock = threading.Lock()
    now, most = 0, 0

    def slow(body: dict[str, Any]) -> Response:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(0.5)
        with lock:
            now -= 1
        return said("x")

    together = threading.Event()
    server.respond = slow
    many(rag, way, [QUESTION] * 5, parallel=2)

    assert len(server.asked) == 5
    assert most == 2


def test_each_question_may_have_its_own_filter_history_and_label(
    rag: LeanRAG, server: ChatServer, recorder: Recorder
) -> None:
    answers = rag.ask_many(
        [
            {"question": QUESTION, "where": {"kind_of": "bridge"}, "label": CallLabel("a")},
            {"question": QUESTION, "history": HISTORY},
        ],
        where={"kind_of": "tower"},
        parallel=1,
    )

    first, second = (answer.prompt for answer in answers if isinstance(answer, Answer))
    assert {source.source for source in first.sources} <= {"bridges.txt"}
    assert {source.source for source in second.sources} == {"towers.txt"}
    assert second.tokens.history > 0
    answered = [call for call in recorder.recorded if call.purpose == "answer"]
    assert [call.tenant for call in answered] == ["a", ""]


@pytest.mark.parametrize(
    ("questions", "options", "told"),
    [
        ("one text", {}, "list of questions"),
        ([7], {}, r"questions\[0\]"),
        ([{"question": "a", "top_k": 3}], {}, "'top_k' is not known"),
        (["a"], {"parallel": 0}, "parallel"),
    ],
)
def test_questions_of_another_form(
    rag: LeanRAG, questions: Any, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        rag.ask_many(questions, **options)
    with pytest.raises(InputError, match=told):
        asyncio.run(rag.aask_many(questions, **options))


def test_no_questions_have_no_answers(rag: LeanRAG) -> None:
    assert rag.ask_many([]) == []
    assert asyncio.run(rag.aask_many([])) == []


def test_an_application_that_awaits_closes_what_it_opened(
    server: ChatServer, tmp_path: Path
) -> None:
    async def main() -> Answer:
        llm = {"base_url": server.url, "attempts": 1}
        async with LeanRAG(tmp_path / "store", llm=llm) as rag:
            await rag.aingest(DOCUMENTS)
            return await rag.aask(QUESTION)

    assert asyncio.run(main()).cited


def test_an_endpoint_that_reads_only_a_part_is_told_of(rag: LeanRAG, server: ChatServer) -> None:
    long = "What is tall? " * 300
    answered = said("x")
    answered.body["usage"] = usage(512, 5)
    server.queue = [answered]

    with pytest.warns(PromptCutWarning, match="counted 512 tokens of a prompt of 1,"):
        rag.ask(long)
    whole = said("x")
    whole.body["usage"] = usage(1200, 5)
    server.queue = [whole]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rag.ask(long)


@pytest.mark.parametrize("way", WAYS)
def test_a_usage_that_cannot_be_true_is_set_aside(
    rag: LeanRAG, server: ChatServer, recorder: Recorder, way: str
) -> None:
    absurd = usage(3_000_000_000_000_000, 1)
    answered = said("It is 330 metres tall [1].")
    answered.body["usage"] = absurd
    pieces = streamed("It is 330 ", "metres tall [1].")
    assert pieces.events is not None
    pieces.events[-2]["usage"] = absurd
    server.queue = [pieces if "stream" in way else answered]

    with pytest.warns(UsageWarning, match="3,000,000,000,000,000 tokens in for"):
        answer = run(rag, way)

    (call,) = recorder.recorded
    assert call.set_aside == Usage(3_000_000_000_000_000, 1)
    assert call.usage is not None
    assert call.usage.input_tokens == answer.prompt.tokens.prompt
    assert 5 < call.usage.output_tokens < 20
    assert answer.usage is None
    assert answer.text == "It is 330 metres tall [1]."


def test_an_absurd_usage_spends_no_budget(server: ChatServer, tmp_path: Path) -> None:
    absurd = said("Yes.")
    absurd.body["usage"] = usage(3_000_000_000_000_000, 10**12)
    server.queue = [absurd]
    llm = {"base_url": server.url, "attempts": 1}
    with LeanRAG(tmp_path / "store", llm=llm, ledger={"daily_budget": 1.0}) as rag:
        rag.ingest(DOCUMENTS)
        with pytest.warns(UsageWarning):
            rag.ask(QUESTION)
        assert rag.ask(QUESTION).cited
        total = rag.ledger().summary.total
    assert (total.calls, total.set_aside) == (2, 1)
    assert 0 < total.cost < 10_000_000


def test_a_conversation_says_whose_call_it_is(rag: LeanRAG, recorder: Recorder) -> None:
    talk = Conversation("c", tenant="acme")
    talk.extend(HISTORY)

    rag.ask(QUESTION, history=talk, label=CallLabel(tags=("a",)))

    answered = [call for call in recorder.recorded if call.purpose == "answer"]
    assert [(call.tenant, call.tags) for call in answered] == [("acme", ("a",))]
