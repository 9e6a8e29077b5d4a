"""Runs a suite: every case through every pipeline at every budget, and writes the results.

Cases stream: in memory are those under way, and compact columns of numbers. What is done is in
the journal of the output folder, so that a run that was stopped goes on where it was; a change
of the case, the pipeline, the settings or the package's source makes a unit run again.
"""

import hashlib
import json
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from platform import python_version
from time import perf_counter

import leanrag
from leanrag.errors import EvaluationError
from leanrag.evaluation.aggregate import Aggregate
from leanrag.evaluation.cases import Case
from leanrag.evaluation.cost import Prices
from leanrag.evaluation.extension import Progress
from leanrag.evaluation.journal import Journal
from leanrag.evaluation.measure import Measured
from leanrag.evaluation.pipelines.registry import described
from leanrag.evaluation.pipelines.workbench import Workbench, source_texts
from leanrag.evaluation.provenance import (
    code_hash,
    data_files,
    file_hash,
    machine,
    package_versions,
)
from leanrag.evaluation.records import CaseRecord, OutcomeRecord
from leanrag.evaluation.results import (
    PipelineInfo,
    Problem,
    Quality,
    Results,
    RunInfo,
    write_results,
)
from leanrag.evaluation.rows import CaseProblem
from leanrag.evaluation.suite import Suite, load_suite
from leanrag.evaluation.summary import comparisons, headlines
from leanrag.evaluation.workshop import Pending, Place, Workshop
from leanrag.evaluation.writer import CaseWriter
from leanrag.text.addresses import shown

CACHE = "cache"
MOST_PROBLEMS = 1000


def run_suite(
    path: str | Path,
    *,
    out: Path | None = None,
    progress: Progress | None = None,
    limit: int | None = None,
    workers: int | None = None,
) -> Results:
    """Runs the suite at ``path``; writes ``results.json`` and the cases into ``out``, if given.

    Run again with the same ``out``, it takes up what is already done.

    Args:
        path: the suite's YAML file.
        out: folder for the results and the journal; made where it is missing.
        progress: called after every case.
        limit: at most so many cases.
        workers: processes; replaces what the suite says. Times are true only with one.

    Raises:
        EvaluationError: the suite or its data cannot be read, or holds no usable case.
        MissingDependencyError: a pipeline needs a package that is not installed.
    """
    suite = load_suite(path, limit=limit)
    run = _Run(suite, described(suite), workers or suite.spec.workers, limit)
    with ExitStack() as stack:
        folder = out
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="leanrag-eval-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        results = run.execute(folder, progress or (lambda done, total, text: None))
        write_results(results, folder)
        return results


@dataclass(frozen=True)
class _Run:
    suite: Suite
    pipelines: tuple[PipelineInfo, ...]
    workers: int
    limit: int | None

    def execute(self, folder: Path, progress: Progress) -> Results:
        """Runs what is not done yet, and sums everything up."""
        started, clock = datetime.now(UTC), perf_counter()
        spec = self.suite.spec
        priced = spec.priced_model or spec.model
        aggregate = Aggregate(
            prices=Prices.of(priced),
            compared_prices=[Prices.of(name) for name in spec.compared_prices if name != priced],
            answer_models=(spec.answers.model, spec.answers.judge) if spec.answers else None,
        )
        problems: list[Problem] = []
        done = 0
        with ExitStack() as stack:
            journal = Journal(folder / CACHE / "outcomes.jsonl")
            stack.callback(journal.close)
            writer = stack.enter_context(CaseWriter(folder))
            workshop = stack.enter_context(
                Workshop(Place(self.suite, folder / CACHE, self.workers, self.limit))
            )
            for item in self._outcomes(journal, workshop):
                if isinstance(item, CaseProblem):
                    problems.append(Problem(source=item.source, line=item.line, error=item.error))
                    continue
                measured, records = item
                aggregate.add(measured.case, measured.held, records)
                writer.write(_case_record(measured, records))
                problems += _failures(measured.case, records)
                done += 1
                progress(done, self.suite.dataset.size or 0, measured.case.id)
        if not done:
            first = f"; the first problem: {problems[0].error}" if problems else ""
            raise EvaluationError(f"{self.suite.path}: there is no case to run{first}")
        info = self._info(aggregate, problems, workshop.bench, started)
        info = info.model_copy(update={"seconds": round(perf_counter() - clock, 3)})
        return self._results(info, aggregate)

    # ── cases ───────────────────────────────────────────────────────────────────────────────────

    def _outcomes(
        self, journal: Journal, workshop: Workshop
    ) -> Iterator[CaseProblem | tuple[Measured, list[OutcomeRecord]]]:
        """Cases in their order with the outcomes of all pipelines, at most a few under way."""
        cases = 0
        waiting: deque[tuple[Measured, list[tuple[str, Pending | None]]]] = deque()
        for row in self.suite.rows():
            if isinstance(row, CaseProblem):
                yield row
                continue
            answered = self._answered(cases)
            cases += 1
            units: list[tuple[str, Pending | None]] = []
            for info in self.pipelines:
                key = self._key(row, info, answered=answered)
                done = key in journal
                units.append((key, None if done else workshop.start(row, info, answered=answered)))
            waiting.append((Measured(row), units))
            if len(waiting) >= workshop.most_waiting:
                yield _finished(waiting.popleft(), journal)
        while waiting:
            yield _finished(waiting.popleft(), journal)

    def _answered(self, number: int) -> bool:
        """Whether a model answers this case, counted from 0."""
        spec = self.suite.spec.answers
        return spec is not None and (spec.cases is None or number < spec.cases)

    def _key(self, case: Case, info: PipelineInfo, *, answered: bool) -> str:
        spec = self.suite.spec
        parts = [
            code_hash(),
            case.model_dump(mode="json"),
            info.model_dump(mode="json", exclude={"title", "description", "role"}),
            self.suite.budgets,
            self.suite.counts,
            spec.model,
            spec.tokenizer,
            spec.settings,
            spec.seed,
            # How an answer is fetched does not change it.
            spec.answers.model_dump(mode="json", exclude={"cases", "attempts", "parallel"})
            if spec.answers and answered
            else None,
            sorted(str(path) for path in self.suite.corpus.paths) if self.suite.corpus else None,
        ]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    # ── summing up ──────────────────────────────────────────────────────────────────────────────

    def _quality(self, aggregate: Aggregate) -> Quality:
        if self.suite.spec.quality:
            return self.suite.spec.quality
        asked = any(flag >= 0 for column in aggregate.columns.values() for flag in column.survived)
        return "survival" if asked else "evidence_recall"

    def _info(
        self, aggregate: Aggregate, problems: list[Problem], bench: Workbench, started: datetime
    ) -> RunInfo:
        spec, suite = self.suite.spec, self.suite
        roots = [suite.path.parent / spec.data, suite.path.parent]
        return RunInfo(
            name=spec.name,
            title=spec.title or spec.description.strip(),
            suite=suite.path.name,
            suite_sha256=file_hash(suite.path),
            data=data_files(suite.dataset.files, roots),
            split=spec.dataset.split if spec.dataset else "all",
            seed=spec.seed,
            started_at=started.isoformat(timespec="seconds"),
            seconds=0.0,
            cases=len(aggregate.ids),
            documents=len(set(aggregate.documents)),
            problems=tuple(problems[:MOST_PROBLEMS]),
            leanrag=leanrag.__version__,
            code_sha256=code_hash(),
            python=python_version(),
            machine=machine(),
            packages=package_versions(),
            models={"embedding": f"{bench.embedder.name} {bench.embedder.variant}"},
            settings=shown(spec.model_dump(mode="json", exclude={"cases"}, exclude_defaults=True)),
            counter=bench.counter.name,
            budget_counts=suite.counts,
            quality=self._quality(aggregate),
            priced_model=aggregate.prices.model if aggregate.prices else None,
            prices=aggregate.prices.source if aggregate.prices else None,
            workers=self.workers,
        )

    def _results(self, info: RunInfo, aggregate: Aggregate) -> Results:
        cells = {key: aggregate.cell(key) for key in aggregate.columns}
        subject = self.suite.spec.subject or next(
            (item.name for item in self.pipelines if item.role == "leanrag"), ""
        )
        return Results(
            run=info,
            pipelines=self.pipelines,
            budgets=self.suite.budgets,
            cells=tuple(cells.values()),
            headline=headlines(aggregate, self.pipelines, info.quality),
            comparisons=comparisons(aggregate, cells, subject, info.quality),
            per_case=aggregate.per_case(),
        )


def _finished(
    item: tuple[Measured, list[tuple[str, Pending | None]]], journal: Journal
) -> tuple[Measured, list[OutcomeRecord]]:
    measured, units = item
    records: list[OutcomeRecord] = []
    for key, pending in units:
        if pending is None:
            records += journal.get(key)
            continue
        found = pending if isinstance(pending, list) else pending.result()
        if not any(record.error for record in found):
            journal.add(key, found)
        records += found
    return measured, records


def _case_record(measured: Measured, records: Sequence[OutcomeRecord]) -> CaseRecord:
    case = measured.case
    return CaseRecord(
        id=case.id,
        question=case.question,
        answers=case.answers,
        language=case.language,
        tags=case.tags,
        document=case.document,
        held=measured.held,
        contexts=source_texts(case),
        evidence=tuple(
            item.model_dump(mode="json", exclude_defaults=True) for item in case.evidence
        ),
        history=tuple(turn.model_dump(mode="json", exclude_defaults=True) for turn in case.history),
        outcomes=tuple(records),
    )


def _failures(case: Case, records: Sequence[OutcomeRecord]) -> list[Problem]:
    return [
        Problem(source=f"{case.id} through {record.pipeline}", error=record.error)
        for record in records
        if record.error
    ]
