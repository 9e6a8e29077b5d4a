"""Threads of one ``LeanRAG`` for its asynchronous calls, apart from those of the application."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")
_QUESTIONS_AT_ONCE = 4
"""Questions that are worked on at once; more of them wait, and hold no thread meanwhile."""


class Threads:
    """One thread that writes and some that answer, so that questions never wait for an ingest.

    The event loop's own threads stay free for the application.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._answering: ThreadPoolExecutor | None = None
        self._writing: ThreadPoolExecutor | None = None

    async def answer(self, call: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Has a thread make the call, some at once, and waits for it in the event loop."""
        with self._guard:
            if self._answering is None:
                self._answering = ThreadPoolExecutor(_QUESTIONS_AT_ONCE, "leanrag-answer")
            threads = self._answering
        return await _run(threads, partial(call, *args, **kwargs))

    async def write(self, call: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Has a thread make the call, one after the other, and waits for it in the event loop."""
        with self._guard:
            if self._writing is None:
                self._writing = ThreadPoolExecutor(1, "leanrag-write")
            threads = self._writing
        return await _run(threads, partial(call, *args, **kwargs))

    def close(self) -> None:
        """Lets the threads end once they have done what was asked of them; may be used again."""
        with self._guard:
            for threads in (self._answering, self._writing):
                if threads is not None:
                    threads.shutdown(wait=False)
            self._answering = self._writing = None


async def _run(threads: ThreadPoolExecutor, call: Callable[[], _R]) -> _R:
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(threads, context.run, call)
