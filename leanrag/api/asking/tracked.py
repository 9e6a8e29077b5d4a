"""Calls to models, each told to the recorder: before it is made, and when it has ended."""

from asyncio import CancelledError
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from types import TracebackType
from typing import Self

from leanrag.ledger.plausible import believed, implausible
from leanrag.protocols import CallRecorder
from leanrag.types import CallLabel, Completion, ModelCall

NO_LABEL = CallLabel()
CANCELLED = "Cancelled"
"""Stands for the error of a call that nobody waited for."""
_CANCELLING = (GeneratorExit, CancelledError, KeyboardInterrupt)


class TrackedCall:
    """One call, recorded when the ``with`` block ends, however it ends.

    Args:
        recorder: is told of it.
        pending: the call that is about to be made.
        count: counts the answer where what the endpoint says of it cannot be true.

    Raises:
        BudgetError: on entering, where the recorder does not admit the call.
    """

    def __init__(
        self, recorder: CallRecorder | None, pending: ModelCall, *, count: Callable[[str], int]
    ) -> None:
        self._recorder = recorder
        self._call = pending
        self._count = count
        self._start = 0.0

    def __enter__(self) -> Self:
        if self._recorder is not None:
            self._recorder.admit(self._call)
        self._start = perf_counter()
        return self

    @property
    def seconds(self) -> float:
        """How long the call has taken so far."""
        return perf_counter() - self._start

    def done(self, completion: Completion) -> Completion:
        """Takes down what came back; returns it without a usage that cannot be true."""
        call = replace(
            self._call,
            usage=completion.usage,
            attempts=completion.attempts,
            finish_reason=completion.finish_reason,
        )
        if implausible(call):
            completion = replace(completion, usage=None)
            call = believed(call, written=self._count(completion.text))
        self._call = call
        return completion

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._recorder is None:
            return
        name = ""
        if kind is not None and not self._call.finish_reason:
            name = CANCELLED if issubclass(kind, _CANCELLING) else kind.__name__
        self._recorder.record(replace(self._call, pending=False, seconds=self.seconds, error=name))


def now() -> str:
    """The time in UTC as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
