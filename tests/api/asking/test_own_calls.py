"""A call to a model is masked, admitted, made and recorded in this order, whatever it is for."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from leanrag import LeanRAG, Settings
from leanrag.api.asking.hooks import Hooks
from leanrag.api.asking.own_calls import OwnModel
from leanrag.api.conversation import Conversation
from leanrag.api.ledger import ledger_entries, query_for
from leanrag.errors import LLMUnavailableError, MaskingError, SpendingError
from leanrag.ledger.plausible import UsageWarning
from leanrag.mask.detect import detector_for
from leanrag.mask.masker import TextMasker
from leanrag.settings import MaskingSettings
from leanrag.tokens import counter_for
from leanrag.types import CallLabel, Completion, Message, ModelCall, Span, Usage
from tests.chat_server import ChatServer, answering

MAIL = "maria.magdalena.keller-hohenzollern@department-of-bridges.example.org"
COUNTER = counter_for("gpt-4o")
ORDER = ["mask", "admit", "call", "record"]
TURNS = [
    {"role": ("user", "assistant")[number % 2], "content": f"On day {number} {MAIL} wrote a lot "
     "about the bridge, its paint, its tolls and its keepers, and nobody was pleased."}
    for number in range(24)
]  # fmt: skip


class Events:
    """A model, a recorder and maskers that write down in which order they are called."""

    name, service = "gpt-4o", "https://models.example"

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.admitted: list[ModelCall] = []
        self.recorded: list[ModelCall] = []
        self.sent: list[Sequence[Message]] = []
        self.refuses = self.fails = False
        self.usage: Usage | None = None

    def masker(self) -> "Masking":
        return Masking(self.seen)

    def admit(self, call: ModelCall) -> None:
        self.seen.append("admit")
        self.admitted.append(call)
        if self.refuses:
            raise SpendingError("the budget of today is spent", tenant="", cost=1.0, left=0.0)

    def record(self, call: ModelCall) -> None:
        self.seen.append("record")
        self.recorded.append(call)

    def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        self.seen.append("call")
        self.sent.append(messages)
        if self.fails:
            raise LLMUnavailableError("nobody is there", service=self.service)
        return Completion("<EMAIL_1> wrote about the bridge.", self.usage)


class Masking(TextMasker):
    """A masker that says when it is used."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__(detector_for(MaskingSettings()))
        self._seen = seen

    def learn(self, text: str, shown: Sequence[Span] | None = None) -> None:
        self._seen.append("mask")
        super().learn(text, shown)

    def mask(self, text: str) -> str:
        self._seen.append("mask")
        return super().mask(text)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def rag(events: Events, tmp_path: Path) -> Iterator[LeanRAG]:
    settings = Settings.create(
        store=str(tmp_path / "store"),
        retrieval={"follow_up": "model", "reranker": "scores"},
        compression={"selector": "similarity"},
        history={"summary": "model", "summary_after": 200},
    )
    hooks = Hooks(events, events.masker)
    with LeanRAG(settings, chat=events, hooks=hooks) as made:  # type: ignore[arg-type]
        made.ingest([{"id": "a", "text": f"The keeper of the bridge is {MAIL}."}])
        yield made


def rewrite(rag: LeanRAG) -> None:
    rag.search("When did she write?", history=TURNS[:2])


def summary(rag: LeanRAG) -> None:
    talk = rag.conversation("a")
    talk.extend(TURNS)
    assert talk.wait(60)


def answer(rag: LeanRAG) -> None:
    assert MAIL in rag.ask(f"Who keeps the bridge, {MAIL}?").text


@pytest.mark.parametrize("use", [rewrite, summary, answer])
def test_what_is_admitted_is_what_is_sent(
    use: Callable[[LeanRAG], None], rag: LeanRAG, events: Events
) -> None:
    use(rag)
    assert {call.purpose for call in events.admitted} == {use.__name__}
    assert len(events.admitted) == len(events.sent) == len(events.recorded) > 0
    for call, record, sent in zip(events.admitted, events.recorded, events.sent, strict=True):
        assert MAIL not in str(sent)
        assert "<EMAIL_1>" in str(sent)
        assert call.prompt_tokens == COUNTER.count_messages(sent)
        assert (call.pending, record.pending) == (True, False)
        assert record.prompt_tokens == call.prompt_tokens


@pytest.mark.parametrize("use", [rewrite, summary, answer])
def test_the_order_is_the_same_everywhere(
    use: Callable[[LeanRAG], None], rag: LeanRAG, events: Events
) -> None:
    use(rag)
    assert [name for name, _ in groupby(events.seen)] == ORDER * len(events.sent)


def own(events: Events, **changes: Any) -> OwnModel:
    hooks = Hooks(events, events.masker)
    values = {"label": CallLabel("tenant", ("tag",)), **changes}
    return OwnModel(events, hooks, COUNTER, "rewrite", **values)


def test_the_answer_is_unmasked_and_the_label_goes_along(events: Events) -> None:
    asked: list[Message] = [{"role": "user", "content": f"What did {MAIL} write?"}]
    model = own(events)
    assert model.complete(asked, max_tokens=9).text == f"{MAIL} wrote about the bridge."
    assert (model.name, model.service) == (events.name, events.service)
    (call,) = events.recorded
    assert (call.tenant, call.tags, call.max_output_tokens) == ("tenant", ("tag",), 9)
    assert asked == [{"role": "user", "content": f"What did {MAIL} write?"}]


def test_without_hooks_the_call_is_made_all_the_same(events: Events) -> None:
    asked: list[Message] = [{"role": "user", "content": f"What did {MAIL} write?"}]
    model = OwnModel(events, Hooks(), COUNTER, "summary")
    assert model.complete(asked, max_tokens=9).text.startswith("<EMAIL_1>")
    assert events.sent == [asked]


def test_a_usage_that_cannot_be_true_is_set_aside(events: Events) -> None:
    events.usage = Usage(10**15, 1)
    with pytest.warns(UsageWarning, match="models.example"):
        answer = OwnModel(events, Hooks(events), COUNTER, "summary").complete(
            [{"role": "user", "content": "Who wrote?"}], max_tokens=50
        )
    assert answer.usage is None
    (call,) = events.recorded
    assert call.set_aside == events.usage
    assert call.usage == Usage(call.prompt_tokens, COUNTER.count(answer.text))


def test_what_cannot_be_masked_is_neither_counted_nor_sent(events: Events) -> None:
    image = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}
    with pytest.raises(MaskingError):
        own(events).complete([image], max_tokens=9)
    assert events.seen == []


def test_what_is_not_admitted_is_not_sent(events: Events) -> None:
    events.refuses = True
    with pytest.raises(SpendingError):
        own(events).complete([{"role": "user", "content": "Hello."}], max_tokens=9)
    assert [name for name, _ in groupby(events.seen)] == ["mask", "admit"]


def test_a_call_that_fails_is_recorded_with_its_error(events: Events) -> None:
    events.fails = True
    with pytest.raises(LLMUnavailableError):
        own(events).complete([{"role": "user", "content": "Hello."}], max_tokens=9)
    assert [call.error for call in events.recorded] == ["LLMUnavailableError"]


# ── a conversation without a collection ─────────────────────────────────────────────────────────


def summarised(server: ChatServer, folder: Path, **more: Any) -> Settings:
    server.asked.clear()
    server.respond = answering("<EMAIL_1> wrote about the bridge.")
    settings = Settings.create(
        store=str(folder / "store"),
        llm={"base_url": server.url, "api_key": "k", "attempts": 1},
        history={"summary": "model", "summary_after": 200},
        **more,
    )
    talk = Conversation(settings=settings)
    talk.extend(TURNS)
    assert talk.wait(60)
    assert server.asked
    return settings


def test_its_calls_go_into_the_ledger_that_is_named(endpoint: ChatServer, tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.sqlite3")
    settings = summarised(endpoint, tmp_path, ledger={"path": path}, masking={"enabled": True})
    entries = list(ledger_entries(settings, query_for()))
    assert {entry.purpose for entry in entries} == {"summary"}
    assert len(entries) == len(endpoint.asked)
    assert MAIL not in str(endpoint.asked)


def test_without_one_it_makes_no_file(endpoint: ChatServer, tmp_path: Path) -> None:
    summarised(endpoint, tmp_path)
    assert list(tmp_path.iterdir()) == []
