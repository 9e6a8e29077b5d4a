"""Makes summaries that are due in a thread, so that nobody waits for them."""

from collections import OrderedDict
from threading import Condition, Thread
from time import monotonic

from leanrag.api.memory.stored import Memory
from leanrag.errors import LeanRAGError

CLOSING_S = 5.0
IDLE_S = 10.0
"""After so long without work the thread ends; the next conversation that is due begins another."""


class SummaryWorker:
    """One thread that works off conversations in the order in which they became due.

    A failure is kept with the conversation and shows in the trace of its next prompt; the turns
    stay as they are, so the next turn that is added brings the summary up again.
    """

    def __init__(self) -> None:
        self._due: OrderedDict[int, Memory] = OrderedDict()
        self._changed = Condition()
        self._busy = False
        self._closed = False
        self._thread: Thread | None = None

    def submit(self, memory: Memory) -> None:
        """Has a conversation looked after; returns at once."""
        with self._changed:
            self._closed = False
            self._due[id(memory)] = memory
            # A forked child has no thread of its parent's.
            if self._thread is None or not self._thread.is_alive():
                self._busy = False
                self._thread = Thread(target=self._run, name="leanrag-summaries", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits until nothing is due any more; whether that was so in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._busy, timeout_s)

    def close(self, timeout_s: float = CLOSING_S) -> None:
        """Ends the thread after the summary under way, or leaves it behind where that takes long.

        A summary is one transaction, so what is left behind does no harm: it is made or not.
        """
        until = monotonic() + timeout_s
        with self._changed:
            self._closed = True
            self._due.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(max(0.0, until - monotonic()))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._due) or self._closed, IDLE_S)
                if self._closed or not self._due:
                    self._thread = None
                    return
                _, memory = self._due.popitem(last=False)
                self._busy = True
            try:
                self._work_off(memory)
            finally:
                with self._changed:
                    self._busy = False
                    self._changed.notify_all()

    def _work_off(self, memory: Memory) -> None:
        try:
            while not self._closed and (job := memory.due()) is not None:
                if memory.make(job) is None:
                    return
        except (LeanRAGError, OSError, RuntimeError, ValueError) as error:
            memory.failures.append(f"{type(error).__name__}: {error}")
