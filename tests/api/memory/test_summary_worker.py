"""The thread that makes summaries."""

from threading import Event
from typing import Any

import pytest

from leanrag.api.memory import summary_worker as background
from leanrag.api.memory.summary_worker import SummaryWorker
from leanrag.errors import LLMError


class Due:
    """A conversation with some summaries to make."""

    def __init__(self, jobs: int, error: Exception | None = None) -> None:
        self.failures: list[str] = []
        self.made = 0
        self.gate = Event()
        self.gate.set()
        self._jobs = jobs
        self._error = error

    def due(self) -> int | None:
        return self._jobs - self.made or None

    def make(self, job: int) -> Any:
        self.gate.wait(30)
        if self._error:
            raise self._error
        self.made += 1
        return job


def test_all_that_is_due_is_made() -> None:
    worker, talks = SummaryWorker(), [Due(3), Due(1)]
    for talk in talks:
        worker.submit(talk)  # type: ignore[arg-type]
    assert worker.wait(30)
    assert [talk.made for talk in talks] == [3, 1]
    worker.close()


def test_a_failure_stays_with_its_conversation_and_ends_no_other() -> None:
    worker, bad, good = SummaryWorker(), Due(2, LLMError("down")), Due(1)
    worker.submit(bad)  # type: ignore[arg-type]
    worker.submit(good)  # type: ignore[arg-type]
    assert worker.wait(30)
    assert bad.failures == ["LLMError: down"]
    assert (good.made, good.failures) == (1, [])


def test_closing_does_not_wait_for_long_and_it_can_be_used_again() -> None:
    worker, stuck = SummaryWorker(), Due(5)
    stuck.gate.clear()
    worker.submit(stuck)  # type: ignore[arg-type]
    worker.close(timeout_s=0.05)
    stuck.gate.set()
    other = Due(1)
    worker.submit(other)  # type: ignore[arg-type]
    assert worker.wait(30)
    assert other.made == 1
    assert stuck.made <= 5


def test_an_idle_thread_ends_and_another_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "IDLE_S", 0.01)
    worker = SummaryWorker()
    for _ in range(2):
        talk = Due(1)
        worker.submit(talk)  # type: ignore[arg-type]
        thread = worker._thread
        assert worker.wait(30)
        assert talk.made == 1
        if thread is not None:
            thread.join(30)
            assert not thread.is_alive()
