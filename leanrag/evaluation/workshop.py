"""Runs single units (a case through a pipeline at all its budgets), here or in other processes."""

from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Self, TypeAlias

from leanrag.errors import (
    LeanRAGError,
    LLMError,
    LLMRefusedError,
    LLMResponseError,
    PromptTooLongError,
)
from leanrag.evaluation.answers import Answerer
from leanrag.evaluation.cases import Case
from leanrag.evaluation.measure import Measured, bound
from leanrag.evaluation.pipelines.contract import Pipeline
from leanrag.evaluation.pipelines.registry import build, described, may_run_apart
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.records import OutcomeRecord
from leanrag.evaluation.results import PipelineInfo
from leanrag.evaluation.suite import Suite, load_suite
from leanrag.types import Message

Pending: TypeAlias = Future[list[OutcomeRecord]] | list[OutcomeRecord]

_WAITING_PER_WORKER = 4
_OF_ONE_CASE = (LLMRefusedError, LLMResponseError, PromptTooLongError)
"""Errors that say nothing about the other cases."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run happens: its suite, its folder for caches, how many processes."""

    suite: Suite
    cache: Path
    workers: int = 1
    limit: int | None = None

    def answerer(self) -> Answerer | None:
        """What asks the suite's model, where it names one. Raises ``EvaluationError``."""
        spec = self.suite.spec.answers
        return Answerer(spec, cache=self.cache / "answers.sqlite") if spec else None

    def bench(self) -> Workbench:
        """A workbench for one process."""
        return Workbench.of(self.suite, self.cache)


class Workshop:
    """Builds each pipeline when it is first needed, and closes all of them at the end."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.bench = place.bench()
        self._answerer = place.answerer()
        self._pipelines: dict[str, Pipeline] = {}
        self._pool: ProcessPoolExecutor | None = None

    @property
    def most_waiting(self) -> int:
        """Cases that may be under way at once."""
        return 1 if self._place.workers == 1 else _WAITING_PER_WORKER * self._place.workers

    def __enter__(self) -> Self:
        if self._place.workers > 1:
            self._pool = ProcessPoolExecutor(
                self._place.workers,
                # Torch and the stores do not survive a fork.
                mp_context=get_context("spawn"),
                initializer=_open,
                initargs=(self._place.suite.path, self._place.limit, self._place.cache),
            )
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        for pipeline in self._pipelines.values():
            pipeline.close()
        self.bench.close()
        if self._answerer is not None:
            self._answerer.close()

    def start(self, case: Case, info: PipelineInfo, *, answered: bool) -> Pending:
        """The records of one unit, now or soon; ``answered`` with a model's answers."""
        if self._pool is not None and may_run_apart(info):
            return self._pool.submit(_work, info.name, case, answered=answered)
        if info.name not in self._pipelines:
            self._pipelines[info.name] = build(info, self.bench)
        unit = Unit(case, self._place.suite.budgets, self._answerer if answered else None)
        return unit.run(self._pipelines[info.name])


@dataclass(frozen=True, slots=True)
class Unit:
    """A case at all budgets; through one pipeline it gives a record for each."""

    case: Case
    budgets: Sequence[int]
    answerer: Answerer | None = None

    def run(self, pipeline: Pipeline) -> list[OutcomeRecord]:
        """The records; a failure is recorded, not raised.

        Raises:
            LLMError: the endpoint refuses requests for good (a wrong key or model).
        """
        measured = Measured(self.case)
        records: list[OutcomeRecord] = []
        prompts: dict[int, Sequence[Message]] = {}
        for budget in self.budgets if pipeline.info.budgeted else (None,):
            try:
                outcome = pipeline.run(self.case, bound(self.case, budget))
            except LeanRAGError as error:
                records.append(failure(pipeline.info.name, budget, error))
            else:
                prompts[len(records)] = outcome.messages
                records.append(measured.record(pipeline.info.name, budget, outcome))
        if self.answerer is None:
            return records
        try:
            answers = self.answerer.answers(self.case, list(prompts.values()))
        except LLMError as error:
            if not (error.retryable or isinstance(error, _OF_ONE_CASE)):
                raise
            return [failure(record.pipeline, record.budget, error) for record in records]
        for place, answer in zip(prompts, answers, strict=True):
            records[place] = records[place].model_copy(update={"answer": answer})
        return records


def failure(name: str, budget: int | None, error: LeanRAGError) -> OutcomeRecord:
    """The record of a case that a pipeline could not run."""
    return OutcomeRecord(
        pipeline=name,
        budget=budget,
        tokens=0,
        context_tokens=0,
        prompt_tokens=0,
        tokens_in=0,
        seconds=0.0,
        error=f"{type(error).__name__}: {error}",
    )


# ── in a worker process ─────────────────────────────────────────────────────────────────────────

_built: dict[str, Pipeline] = {}
_infos: dict[str, PipelineInfo] = {}
_places: list[tuple[Place, Workbench, Answerer | None]] = []


def _open(path: Path, limit: int | None, cache: Path) -> None:
    """Reads the suite; each pipeline is made when its first case arrives."""
    suite = load_suite(path, limit=limit)
    place = Place(suite, cache, limit=limit)
    _places[:] = [(place, place.bench(), place.answerer())]
    _infos.update({info.name: info for info in described(suite)})


def _work(name: str, case: Case, *, answered: bool) -> list[OutcomeRecord]:
    place, bench, answerer = _places[0]
    if name not in _built:
        _built[name] = build(_infos[name], bench)
    return Unit(case, place.suite.budgets, answerer if answered else None).run(_built[name])
