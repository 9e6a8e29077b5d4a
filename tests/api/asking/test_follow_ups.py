"""Questions in a conversation through the API: by rule, and by a model where one is set."""

from collections.abc import Iterator, Sequence

import pytest

from leanrag import LeanRAG
from leanrag.api.asking.hooks import Hooks
from leanrag.errors import ConfigError, LLMUnavailableError, SpendingError
from leanrag.types import Completion, Message, ModelCall, Prompt, TraceEntry

HISTORY = [
    {"role": "user", "content": "What is a lambda expression?"},
    {"role": "assistant", "content": "It makes an anonymous function."},
]
FOLLOW_UP = "Can it contain statements or annotations?"
REWRITTEN = "Can a lambda expression contain statements or annotations?"


class Model:
    """A chat model that gives one text, or fails, and keeps what it was sent."""

    name, service = "writer", "https://models.example"

    def __init__(self) -> None:
        self.text = REWRITTEN
        self.fails = False
        self.sent: list[Sequence[Message]] = []

    def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        self.sent.append(messages)
        if self.fails:
            raise LLMUnavailableError("nobody is there", service=self.service)
        return Completion(self.text)


class Recorder:
    """Keeps what it is told; may refuse."""

    def __init__(self) -> None:
        self.calls: list[ModelCall] = []
        self.refuses = False

    def admit(self, call: ModelCall) -> None:
        if self.refuses:
            raise SpendingError("the budget of today is spent", tenant="", cost=1.0, left=0.0)

    def record(self, call: ModelCall) -> None:
        self.calls.append(call)


def rewriting(prompt: Prompt) -> TraceEntry:
    (entry,) = (entry for entry in prompt.trace if entry.stage == "rewrite")
    return entry


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def asking(rag: LeanRAG, model: Model, recorder: Recorder) -> Iterator[LeanRAG]:
    """The topics of ``rag``, with questions rewritten by ``model``."""
    rag.close()
    settings = rag.settings.model_copy(
        update={"retrieval": rag.settings.retrieval.model_copy(update={"follow_up": "model"})}
    )
    with LeanRAG(settings, chat=model, hooks=Hooks(recorder)) as opened:  # type: ignore[arg-type]
        yield opened


def test_by_rule_the_earlier_turn_brings_its_passages(rag: LeanRAG) -> None:
    assert "lambda.rst" not in rag.search("What does it yield?", top_k=1)[0].source
    found = rag.search("What does it yield?", top_k=1, history=HISTORY)
    assert "lambda.rst" in found[0].source
    prompt = rag.prompt(FOLLOW_UP, budget=700, history=HISTORY)
    assert any("lambda.rst" in source.source for source in prompt.sources)
    assert "earlier turns mixed in" in rewriting(prompt).note
    assert prompt.messages[-1]["content"].rstrip().endswith(FOLLOW_UP)


def test_without_history_there_is_nothing_to_rewrite(rag: LeanRAG, asking: LeanRAG) -> None:
    for one in (rag, asking):
        prompt = one.prompt(FOLLOW_UP, budget=700)
        assert all(entry.stage != "rewrite" for entry in prompt.trace)
        one.close()


def test_a_model_rewrites_where_it_is_asked_to(
    asking: LeanRAG, model: Model, recorder: Recorder
) -> None:
    prompt = asking.prompt(FOLLOW_UP, budget=700, history=HISTORY)
    assert len(model.sent) == 1
    assert REWRITTEN in rewriting(prompt).note
    assert prompt.question == FOLLOW_UP
    assert REWRITTEN not in str(prompt.messages)
    assert any("lambda.rst" in source.source for source in prompt.sources)
    assert [call.purpose for call in recorder.calls] == ["rewrite"]
    asking.search(FOLLOW_UP, history=HISTORY)
    assert len(model.sent) == 2


def test_a_model_that_fails_leaves_the_rule(
    asking: LeanRAG, model: Model, recorder: Recorder
) -> None:
    model.fails = True
    entry = rewriting(asking.prompt(FOLLOW_UP, budget=700, history=HISTORY))
    assert "no rewriting: nobody is there" in entry.note
    assert "earlier turns mixed in" in entry.note
    assert recorder.calls[-1].error == "LLMUnavailableError"


def test_a_call_that_is_not_admitted_leaves_the_rule(
    asking: LeanRAG, model: Model, recorder: Recorder
) -> None:
    recorder.refuses = True
    entry = rewriting(asking.prompt(FOLLOW_UP, budget=700, history=HISTORY))
    assert "the budget of today is spent" in entry.note
    assert model.sent == []


def test_the_model_sees_no_secrets(rag: LeanRAG, model: Model) -> None:
    rag.close()
    history = [{"role": "user", "content": "Does ann@example.org use lambda expressions?"}]
    model.text = "Can lambda expressions of [EMAIL_1] contain statements?"
    settings = rag.settings.model_copy(
        update={
            "retrieval": rag.settings.retrieval.model_copy(update={"follow_up": "model"}),
            "masking": rag.settings.masking.model_copy(update={"enabled": True}),
        }
    )
    with LeanRAG(settings, chat=model) as careful:  # type: ignore[arg-type]
        careful.search(FOLLOW_UP, history=history)
    assert model.sent
    assert "ann@example.org" not in str(model.sent)


def test_no_model_is_asked_by_itself(rag: LeanRAG, model: Model) -> None:
    rag.close()
    with LeanRAG(rag.settings, chat=model) as opened:  # type: ignore[arg-type]
        opened.search(FOLLOW_UP, history=HISTORY)
    assert model.sent == []
    llm = rag.settings.llm.model_copy(update={"model": "gpt-4o-mini"})
    settings = rag.settings.model_copy(update={"llm": llm})
    with LeanRAG(settings, chat=model) as configured:  # type: ignore[arg-type]
        configured.search("Which objects are truth values of the language?", history=HISTORY)
        assert model.sent == [], "the question stands alone"
        configured.search(FOLLOW_UP, history=HISTORY)
        assert len(model.sent) == 1


def test_a_model_that_is_asked_for_has_to_be_there(
    rag: LeanRAG, monkeypatch: pytest.MonkeyPatch
) -> None:
    rag.close()
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    retrieval = rag.settings.retrieval.model_copy(update={"follow_up": "model"})
    with (
        LeanRAG(rag.settings.model_copy(update={"retrieval": retrieval})) as opened,
        pytest.raises(ConfigError),
    ):
        opened.search(FOLLOW_UP, history=HISTORY)
