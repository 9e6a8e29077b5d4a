"""leanrag's own calls to models, which summarise a conversation or rewrite a question.

Like an answer each of them is masked, admitted, made, recorded and unmasked, in this order, so
that the recorder counts what is sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from leanrag.api.asking.hooks import Hooks
from leanrag.api.asking.tracked import NO_LABEL, TrackedCall, now
from leanrag.api.masking import masked
from leanrag.protocols import ChatModel, TokenCounter
from leanrag.settings import Settings
from leanrag.tokens import counter_for
from leanrag.types import CallLabel, Completion, Message, ModelCall, Purpose


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A chat model that sees masked texts only, and of which every call is recorded.

    Args:
        model: what is asked.
        hooks: what masks the messages and is told of the calls.
        counter: counts what is sent.
        purpose: what the calls are for.
        label: whom they are made for.
    """

    model: ChatModel
    hooks: Hooks
    counter: TokenCounter
    purpose: Purpose
    label: CallLabel = NO_LABEL

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def service(self) -> str:
        """The service's address."""
        return self.model.service

    def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        """The whole answer, its stand-ins replaced.

        Raises:
            LLMError: the endpoint failed or gave no usable answer.
            MaskingError: the messages cannot be masked; nothing is sent.
            BudgetError: the recorder does not admit the call.
        """
        masker = self.hooks.masker() if self.hooks.masker else None
        sent = messages if masker is None else masked(messages, masker)
        pending = self._pending(sent, max_tokens)
        with TrackedCall(self.hooks.recorder, pending, count=self.counter.count) as call:
            completion = self.model.complete(sent, max_tokens=max_tokens)
            completion = call.done(completion)
        if masker is None:
            return completion
        return replace(completion, text=masker.unmask(completion.text))

    def _pending(self, sent: Sequence[Message], max_tokens: int) -> ModelCall:
        return ModelCall(
            purpose=self.purpose,
            model=self.model.name,
            at=now(),
            service=self.model.service,
            prompt_tokens=self.counter.count_messages(sent) if self.hooks.recorder else 0,
            max_output_tokens=max_tokens,
            tenant=self.label.tenant,
            tags=self.label.tags,
            pending=True,
        )


@dataclass(frozen=True, slots=True)
class OwnCalls:
    """Gives the model that leanrag itself asks, by what it is asked for.

    Args:
        settings: which model that is, and how its tokens are counted.
        chat: gives the chat model of a name.
        hooks: what is put around the calls.
    """

    settings: Settings
    chat: Callable[[str], ChatModel]
    hooks: Hooks

    def model(self, purpose: Purpose, label: CallLabel = NO_LABEL) -> ChatModel:
        """The model. Raises ``ConfigError`` where no endpoint is set."""
        name = self.settings.llm.model or self.settings.model
        counter = counter_for(name, tokenizer=self.settings.tokenizer)
        return OwnModel(self.chat(name), self.hooks, counter, purpose, label)
