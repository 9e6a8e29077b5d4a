"""What becomes of a prompt that is sent: the call's record, the shown pieces, the answer."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from leanrag.api.asking.tracked import TrackedCall, now
from leanrag.ledger.baseline import baseline_tokens
from leanrag.pack.citations import resolve
from leanrag.protocols import CallRecorder, Masker, StreamingChatModel
from leanrag.settings import Settings
from leanrag.tokens import counter_for
from leanrag.types import (
    Answer,
    CallLabel,
    Completion,
    Delta,
    ModelCall,
    Prompt,
    TraceEntry,
)

NOTHING_FOUND = "The sources hold nothing on this question."
"""The answer where the store holds nothing and the settings skip the call."""


_CUT_SHARE = 0.6
_CUT_TOKENS = 500
"""An endpoint that counts so much less than leanrag has not read the whole prompt."""


class PromptCutWarning(UserWarning):
    """The endpoint seems to have read only a part of the prompt."""


@dataclass(frozen=True, slots=True)
class Job:
    """A prompt that is ready to be sent, and what becomes of the reply."""

    prompt: Prompt
    chat: StreamingChatModel
    label: CallLabel
    masker: Masker | None
    recorder: CallRecorder | None
    settings: Settings
    skipped: bool

    @property
    def max_tokens(self) -> int:
        """The most tokens of the reply."""
        return self.settings.reply_tokens

    def tracked(self) -> TrackedCall:
        """The call, to be recorded while it is made."""
        prompt = self.prompt
        pending = ModelCall(
            purpose="answer",
            model=self.chat.name,
            at=now(),
            service=self.chat.service,
            prompt_tokens=prompt.tokens.prompt,
            baseline_tokens=self.baseline,
            max_output_tokens=self.max_tokens,
            stages=prompt.trace,
            tenant=self.label.tenant,
            tags=self.label.tags,
            pending=True,
        )
        return TrackedCall(self.recorder, pending, count=self._count)

    def _count(self, text: str) -> int:
        return counter_for(self.chat.name, tokenizer=self.settings.tokenizer).count(text)

    @property
    def baseline(self) -> int:
        """Tokens of the prompt without leanrag."""
        chunks = self.settings.ledger.baseline_chunks
        return baseline_tokens(self.prompt.tokens, self.prompt.trace, chunks=chunks)

    def nothing(self) -> Answer:
        """The answer where no model is asked."""
        return Answer(NOTHING_FOUND, (), self.prompt, None, "", self.prompt.trace, called=False)

    def answer(self, completion: Completion, seconds: float) -> Answer:
        """The answer with its citations, nothing in it masked any more."""
        text = self.masker.unmask(completion.text) if self.masker else completion.text
        citations, unknown = resolve(text, self.prompt.sources, mark_prefix=self.prompt.mark_prefix)
        cited = len({citation.number for citation in citations})
        self._warn_if_cut(completion)
        return Answer(
            text,
            citations,
            self.prompt,
            completion.usage,
            completion.finish_reason,
            (*self.prompt.trace, self._entry(completion, cited, seconds)),
            model=completion.model,
            unknown_marks=unknown,
            baseline_tokens=self.baseline,
        )

    def _warn_if_cut(self, completion: Completion) -> None:
        ours = self.prompt.tokens.prompt
        if completion.usage is None or not self.prompt.tokens.exact:
            return
        theirs = completion.usage.input_tokens
        if theirs < _CUT_SHARE * ours and theirs < ours - _CUT_TOKENS:
            warnings.warn(
                f"{self.chat.service} counted {theirs:,} tokens of a prompt of {ours:,}: it may "
                "have cut the prompt without saying so; raise the context length that it gives "
                "the model, or lower the budget",
                PromptCutWarning,
                stacklevel=5,
            )

    def _entry(self, completion: Completion, cited: int, seconds: float) -> TraceEntry:
        usage = completion.usage
        notes = ["tokens by the endpoint's count" if usage else "the endpoint told no usable count"]
        if usage and usage.cached_tokens:
            notes.append(f"{usage.cached_tokens:,} of the input from its cache")
        if completion.attempts > 1:
            notes.append(f"{completion.attempts} attempts")
        return TraceEntry(
            "answer",
            len(self.prompt.sources),
            cited,
            usage.input_tokens if usage else self.prompt.tokens.prompt,
            usage.output_tokens if usage else 0,
            seconds,
            note="; ".join(notes),
        )


class Shown:
    """What of a streamed answer can be shown already, its stand-ins replaced."""

    def __init__(self, masker: Masker | None) -> None:
        self._masker = masker
        self._held = ""

    def add(self, text: str) -> str:
        """Takes in a piece and returns what can be shown now."""
        if self._masker is None:
            return text
        self._held += text
        end = len(self._held) - self._masker.unfinished(self._held)
        ready, self._held = self._held[:end], self._held[end:]
        return self._masker.unmask(ready)

    def rest(self) -> str:
        """What was held back, once no more comes."""
        held, self._held = self._held, ""
        return self._masker.unmask(held) if self._masker else held


class Reply:
    """An answer that comes in pieces: the steps that streaming takes, awaited or not.

    ``call`` is to be entered while the pieces come.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._shown = Shown(job.masker)
        self._completion: Completion | None = None
        self.call = job.tracked()

    def take(self, event: Delta | Completion) -> Delta | None:
        """Takes in what the model sent, and says what of it can be shown now."""
        if isinstance(event, Delta):
            text = self._shown.add(event.text)
            return Delta(text) if text else None
        self._completion = self.call.done(event)
        return None

    def end(self) -> Iterator[Delta | Answer]:
        """What was held back, and the answer; the same where no model was asked."""
        if self._job.skipped:
            yield Delta(NOTHING_FOUND)
            yield self._job.nothing()
            return
        if rest := self._shown.rest():
            yield Delta(rest)
        assert self._completion is not None, "a stream ends in a completion or in an error"
        yield self._job.answer(self._completion, self.call.seconds)
