"""From a question to an answer: prompt, call, citations. Whole or streamed, awaited or not."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from dataclasses import replace
from typing import TypeAlias

from leanrag.api.asking.hooks import Hooks
from leanrag.api.asking.question import Asked
from leanrag.api.asking.reply import Job, Reply
from leanrag.errors import ConfigError, InputError, LeanRAGError
from leanrag.protocols import Masker, StreamingChatModel
from leanrag.settings import Settings
from leanrag.types import (
    Answer,
    CallLabel,
    Delta,
    Prompt,
)

MakePrompt: TypeAlias = Callable[[Asked, Masker | None], Prompt]
"""Makes the prompt for a question, masked where there is a masker."""
InThread: TypeAlias = Callable[[Callable[[Asked], Job], Asked], Awaitable[Job]]


class Asker:
    """Asks a model with lean prompts. Safe to use from several threads.

    Args:
        settings: room for the reply, and what is done where nothing is found.
        prompt: makes prompts.
        chat: gives the model of a name.
        hooks: what is put around the calls.
        in_thread: has a prompt made while an event loop goes on.
    """

    def __init__(
        self,
        settings: Settings,
        prompt: MakePrompt,
        chat: Callable[[str], StreamingChatModel],
        *,
        hooks: Hooks,
        in_thread: InThread,
    ) -> None:
        self._settings = settings
        self._prompt = prompt
        self._chat = chat
        self._hooks = hooks
        self._in_thread = in_thread

    def ask(self, asked: Asked) -> Answer:
        """The whole answer."""
        job = self._job(asked)
        if job.skipped:
            return job.nothing()
        with job.tracked() as call:
            completion = job.chat.complete(job.prompt.messages, max_tokens=job.max_tokens)
            completion = call.done(completion)
        return job.answer(completion, call.seconds)

    async def aask(self, asked: Asked) -> Answer:
        """``ask``, awaited; cancelling it ends the call."""
        job = await self._in_thread(self._job, asked)
        if job.skipped:
            return job.nothing()
        with job.tracked() as call:
            completion = await job.chat.acomplete(job.prompt.messages, max_tokens=job.max_tokens)
            completion = call.done(completion)
        return job.answer(completion, call.seconds)

    def stream(self, asked: Asked) -> Generator[Prompt | Delta | Answer, None, None]:
        """The prompt, the answer's pieces, and the answer; closing it early ends the call."""
        job = self._job(asked)
        yield job.prompt
        reply = Reply(job)
        if not job.skipped:
            with reply.call:
                events = job.chat.stream(job.prompt.messages, max_tokens=job.max_tokens)
                with closing(events):
                    for event in events:
                        if delta := reply.take(event):
                            yield delta
        yield from reply.end()

    async def astream(self, asked: Asked) -> AsyncGenerator[Prompt | Delta | Answer, None]:
        """``stream``, awaited."""
        job = await self._in_thread(self._job, asked)
        yield job.prompt
        reply = Reply(job)
        if not job.skipped:
            with reply.call:
                events = job.chat.astream(job.prompt.messages, max_tokens=job.max_tokens)
                async with aclosing(events):
                    async for event in events:
                        if delta := reply.take(event):
                            yield delta
        for part in reply.end():
            yield part

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

    def _job(self, asked: Asked) -> Job:
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
        return Job(
            prompt,
            chat,
            replace(asked.label, tenant=tenant),
            masker,
            self._hooks.recorder,
            settings,
            skipped=empty and settings.llm.when_empty == "skip",
        )
