"""From a question to an answer: prompt, call, citations. Whole or streamed, awaited or not."""

import asyncio
import warnings
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from leanrag.api.calls import NO_LABEL, TrackedCall, now
from leanrag.api.past import History
from leanrag.errors import ConfigError, InputError, LeanRAGError
from leanrag.ledger.baseline import baseline_tokens
from leanrag.pack.citations import resolve
from leanrag.protocols import CallRecorder, Masker, StreamingChatModel
from leanrag.settings import Settings
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
class Asked:
    """A question with all that its prompt depends on; None stands for the settings' value."""

    question: str
    budget: int | None = None
    model: str | None = None
    where: Any = None
    history: History = None
    label: CallLabel = NO_LABEL


MakePrompt: TypeAlias = Callable[[Asked, Masker | None], Prompt]
"""Makes the prompt for a question, masked where there is a masker."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What an application puts around its calls to models.

    ``recorder`` is told of each call; ``masker`` makes what masks one prompt and its answer.
    """

    recorder: CallRecorder | None = None
    masker: Callable[[], Masker] | None = None


class Asker:
    """Asks a model with lean prompts. Safe to use from several threads.

    Args:
        settings: room for the reply, and what is done where nothing is found.
        prompt: makes prompts.
        chat: gives the model of a name.
        hooks: what is put around the calls.
    """

    def __init__(
        self,
        settings: Settings,
        prompt: MakePrompt,
        chat: Callable[[str], StreamingChatModel],
        hooks: Hooks,
    ) -> None:
        self._settings = settings
        self._prompt = prompt
        self._chat = chat
        self._hooks = hooks

    def ask(self, asked: Asked) -> Answer:
        """The whole answer."""
        job = self._job(asked)
        if job.skipped:
            return job.nothing()
        with job.tracked() as call:
            completion = job.chat.complete(job.prompt.messages, max_tokens=job.max_tokens)
            call.done(completion)
        return job.answer(completion, call.seconds)

    async def aask(self, asked: Asked) -> Answer:
        """``ask``, awaited; cancelling it ends the call."""
        job = await asyncio.to_thread(self._job, asked)
        if job.skipped:
            return job.nothing()
        with job.tracked() as call:
            completion = await job.chat.acomplete(job.prompt.messages, max_tokens=job.max_tokens)
            call.done(completion)
        return job.answer(completion, call.seconds)

    def stream(self, asked: Asked) -> Generator[Prompt | Delta | Answer, None, None]:
        """The prompt, the answer's pieces, and the answer; closing it early ends the call."""
        job = self._job(asked)
        yield job.prompt
        if job.skipped:
            yield Delta(NOTHING_FOUND)
            yield job.nothing()
            return
        shown = _Shown(job.masker)
        completion: Completion | None = None
        with job.tracked() as call:
            events = job.chat.stream(job.prompt.messages, max_tokens=job.max_tokens)
            with closing(events):
                for event in events:
                    if isinstance(event, Completion):
                        completion = event
                        call.done(event)
                    elif text := shown.add(event.text):
                        yield Delta(text)
        if rest := shown.rest():
            yield Delta(rest)
        assert completion is not None, "a stream ends in a completion or in an error"
        yield job.answer(completion, call.seconds)

    async def astream(self, asked: Asked) -> AsyncGenerator[Prompt | Delta | Answer, None]:
        """``stream``, awaited."""
        job = await asyncio.to_thread(self._job, asked)
        yield job.prompt
        if job.skipped:
            yield Delta(NOTHING_FOUND)
            yield job.nothing()
            return
        shown = _Shown(job.masker)
        completion: Completion | None = None
        with job.tracked() as call:
            events = job.chat.astream(job.prompt.messages, max_tokens=job.max_tokens)
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, Completion):
                        completion = event
                        call.done(event)
                    elif text := shown.add(event.text):
                        yield Delta(text)
        if rest := shown.rest():
            yield Delta(rest)
        assert completion is not None, "a stream ends in a completion or in an error"
        yield job.answer(completion, call.seconds)

    def many(self, questions: Sequence[Asked], *, parallel: int) -> list[Answer | LeanRAGError]:
        """The answers in order; in the place of one that failed stands its error."""
        with ThreadPoolExecutor(min(parallel, len(questions)) or 1, "leanrag-ask") as pool:
            futures = [pool.submit(self._one, asked) for asked in questions]
            try:
                return [future.result() for future in futures]
            except BaseException:  # an interrupt; what has not begun is not worth its money
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    async def amany(
        self, questions: Sequence[Asked], *, parallel: int
    ) -> list[Answer | LeanRAGError]:
        """``many``, awaited; cancelling it ends all calls."""
        gate = asyncio.Semaphore(parallel)

        async def one(asked: Asked) -> Answer | LeanRAGError:
            async with gate:
                try:
                    return await self.aask(asked)
                except LeanRAGError as error:
                    return error

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(asked)) for asked in questions]
        return [task.result() for task in tasks]

    def _one(self, asked: Asked) -> Answer | LeanRAGError:
        try:
            return self.ask(asked)
        except LeanRAGError as error:
            return error

    def _job(self, asked: Asked) -> "_Job":
        settings = self._settings
        if settings.reply_tokens < 1:
            raise ConfigError("reply_tokens: 0 leaves the model no room to answer; raise it")
        if not isinstance(asked.label, CallLabel):
            raise InputError(
                f"label: expected a CallLabel with tenant and tags, got {asked.label!r:.80}"
            )
        model = asked.model or settings.llm.model or settings.model
        chat = self._chat(model)
        masker = self._hooks.masker() if self._hooks.masker else None
        prompt = self._prompt(replace(asked, model=model), masker)
        empty = not prompt.sources and not asked.history
        # A conversation knows whose it is.
        tenant = asked.label.tenant or getattr(asked.history, "tenant", "")
        return _Job(
            prompt,
            chat,
            replace(asked.label, tenant=tenant),
            masker,
            self._hooks.recorder,
            settings,
            skipped=empty and settings.llm.when_empty == "skip",
        )


@dataclass(frozen=True, slots=True)
class _Job:
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
        return self.settings.reply_tokens

    def tracked(self) -> TrackedCall:
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
        return TrackedCall(self.recorder, pending)

    @property
    def baseline(self) -> int:
        chunks = self.settings.ledger.baseline_chunks
        return baseline_tokens(self.prompt.tokens, self.prompt.trace, chunks=chunks)

    def nothing(self) -> Answer:
        return Answer(NOTHING_FOUND, (), self.prompt, None, "", self.prompt.trace, called=False)

    def answer(self, completion: Completion, seconds: float) -> Answer:
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
        notes = ["tokens by the endpoint's count"] if usage else ["the endpoint told no usage"]
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


class _Shown:
    """What of a streamed answer can be shown already, its stand-ins replaced."""

    def __init__(self, masker: Masker | None) -> None:
        self._masker = masker
        self._held = ""

    def add(self, text: str) -> str:
        if self._masker is None:
            return text
        self._held += text
        end = len(self._held) - self._masker.unfinished(self._held)
        ready, self._held = self._held[:end], self._held[end:]
        return self._masker.unmask(ready)

    def rest(self) -> str:
        held, self._held = self._held, ""
        return self._masker.unmask(held) if self._masker else held


def read_questions(questions: Sequence[str | Mapping[str, Any]], defaults: Asked) -> list[Asked]:
    """Questions as given to ``ask_many``: texts, or mappings with their own where and history.

    Raises:
        InputError: one is neither; the error names its position.
    """
    if isinstance(questions, str | Mapping):
        raise InputError("questions: expected a list of questions")
    return [_asked(given, n, defaults) for n, given in enumerate(questions)]


def _asked(given: Any, position: int, defaults: Asked) -> Asked:
    if isinstance(given, str):
        return replace(defaults, question=given)
    where = f"questions[{position}]"
    if not isinstance(given, Mapping) or not isinstance(given.get("question"), str):
        raise InputError(f"{where}: expected a text, or a mapping with a question")
    own = set(given) - {"question", "where", "history", "label"}
    if own:
        raise InputError(f"{where}: {sorted(map(str, own))[0]!r} is not known")
    return replace(defaults, **dict(given))
