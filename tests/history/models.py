"""Language models that misbehave on purpose."""

from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

from leanrag.types import Completion, Message


class ScriptedModel:
    """Answers by a function of the messages and the allowed tokens, and remembers the calls."""

    name = "scripted"
    service = "test"

    def __init__(self, answer: Callable[[Sequence[Message], int], Any]) -> None:
        self._answer = answer
        self.calls: list[Sequence[Message]] = []

    def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        self.calls.append(messages)
        return Completion(self._answer(messages, max_tokens))


def saying(text: Any) -> ScriptedModel:
    return ScriptedModel(lambda messages, max_tokens: text)


def failing(error: Exception) -> ScriptedModel:
    def fail(messages: Sequence[Message], max_tokens: int) -> str:
        raise error

    return ScriptedModel(fail)


def stuck() -> tuple[ScriptedModel, Event]:
    """A model that does not come back before the event is set."""
    release = Event()

    def wait(messages: Sequence[Message], max_tokens: int) -> str:
        release.wait(60)
        return "Too late."

    return ScriptedModel(wait), release
