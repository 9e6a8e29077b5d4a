"""Tunes leanrag on a suite: the settings that keep a given quality at the fewest tokens.

The search sees one part of the cases only; what it found is then measured on the other part,
split by source document. Figures of the first part flatter, since the settings were chosen on
them; those of the held-out part are the claim, with its interval.
"""

import heapq
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.extension import Progress
from leanrag.evaluation.measure import Measured
from leanrag.evaluation.pool import seeded
from leanrag.evaluation.provenance import code_hash
from leanrag.evaluation.results import Quality
from leanrag.evaluation.runner import CACHE
from leanrag.evaluation.search import TINY, Choice, Search, Trial, choice_of
from leanrag.evaluation.statistics import Resampler, mean_interval
from leanrag.evaluation.suite import Suite, load_suite
from leanrag.evaluation.trials import INGEST_AXIS, TrialBench
from leanrag.evaluation.tuning import (
    Configuration,
    PartFigures,
    TrialRow,
    TuningResults,
    claim_of,
    nested,
    share_interval,
    write_tuning,
)

KEEP = 0.98
MOST_TRIALS = 80
MOST_CASES = 200
_FEWEST_CASES = 4


@dataclass(frozen=True, slots=True)
class TuneOptions:
    """How much is tried. ``cases`` bounds each of the two parts."""

    keep: float = KEEP
    trials: int = MOST_TRIALS
    cases: int = MOST_CASES

    def __post_init__(self) -> None:
        if not 0 < self.keep <= 1:
            raise EvaluationError("keep: a share above 0 and at most 1, such as 0.98")
        if self.trials < 1 or self.cases < _FEWEST_CASES:
            raise EvaluationError(
                f"tuning needs at least 1 trial and {_FEWEST_CASES} cases in each part"
            )


def tune_suite(
    path: str | Path,
    *,
    out: Path | None = None,
    options: TuneOptions | None = None,
    progress: Progress | None = None,
) -> TuningResults:
    """Searches on one part of the suite's cases, and measures what it found on the other.

    Writes ``tuned.yaml`` and ``tuning.json`` into ``out``, if given; run again with the same
    ``out``, it takes up what is already done. A suite of the report part of a set is tuned on
    the set's tune part, any other on half of its source documents.

    Raises:
        EvaluationError: the suite cannot be read, holds too few usable cases, or no settings
            keep the quality within its budgets.
    """
    chosen = options or TuneOptions()
    suite = load_suite(path)
    parts = _parts(suite, Path(path), chosen.cases)
    with ExitStack() as stack:
        folder = out
        if folder is None:
            scratch = tempfile.TemporaryDirectory(
                prefix="leanrag-tune-", ignore_cleanup_errors=True
            )
            folder = Path(stack.enter_context(scratch))
        talks = any(case.history for case in parts.tuning)
        bench = stack.enter_context(TrialBench(suite, folder / CACHE, parts.quality, talks=talks))
        results = _Tuning(suite, parts, chosen, bench).run(progress or (lambda *step: None))
        if out is not None:
            write_tuning(results, out)
    return results


# ── cases ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Parts:
    quality: Quality
    tuning: tuple[Case, ...]
    held_out: tuple[Case, ...]


def _parts(suite: Suite, path: Path, most: int) -> _Parts:
    spec = suite.spec
    if spec.dataset and spec.dataset.split == "report":
        tuning = _drawn(load_suite(path, split="tune"), most)
        held_out = _drawn(suite, most)
    else:
        everything = _drawn(suite, 2 * most)
        # By document: cases that share one would carry what was learnt over to the other part.
        documents = sorted(
            {case.document for case in everything}, key=lambda name: seeded(name, seed=spec.seed)
        )
        first = set(documents[: (len(documents) + 1) // 2])
        tuning = [case for case in everything if case.document in first][:most]
        held_out = [case for case in everything if case.document not in first][:most]
    asked = any(case.answers for case in tuning)
    quality = spec.quality or ("survival" if asked else "evidence_recall")
    parts = _Parts(
        quality,
        tuple(case for case in tuning if _has(case, quality)),
        tuple(case for case in held_out if _has(case, quality)),
    )
    fewest = min(len(parts.tuning), len(parts.held_out))
    if fewest < _FEWEST_CASES:
        raise EvaluationError(
            f"{path}: too few usable cases to tune on: {len(parts.tuning)} to search on and "
            f"{len(parts.held_out)} held out, from different source documents; each part needs "
            f"{_FEWEST_CASES}"
        )
    return parts


def _drawn(suite: Suite, most: int) -> list[Case]:
    """At most so many usable cases, by a seeded hash, in constant memory."""
    cases = (
        row
        for row in suite.rows()
        if isinstance(row, Case) and _has(row, suite.spec.quality or "survival")
    )
    found = heapq.nsmallest(most, cases, key=lambda case: seeded(case.id, seed=suite.spec.seed))
    if found or suite.spec.quality:
        return found
    marked = (row for row in suite.rows() if isinstance(row, Case) and _has(row, "evidence_recall"))
    return heapq.nsmallest(most, marked, key=lambda case: seeded(case.id, seed=suite.spec.seed))


def _has(case: Case, quality: Quality) -> bool:
    """Whether a case can be lost: without an answer in its full context there is none to keep."""
    measured = Measured(case)
    if quality == "evidence_recall":
        return bool(measured.passages)
    return bool(measured.finder) and measured.held is not False


# ── the search and its report ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Tuning:
    suite: Suite
    parts: _Parts
    options: TuneOptions
    bench: TrialBench

    def run(self, progress: Progress) -> TuningResults:
        """The search, then the held-out part."""
        cases, budgets = self.parts.tuning, self.suite.budgets
        search = Search(
            lambda choice, number: self.bench.score(choice, cases[number]),
            len(cases),
            budgets,
            self.bench.axes,
            self.options.trials,
            lambda trial: progress(len(search.trials), self.options.trials, _label(trial)),
        )
        start = self.bench.start()
        best, required = None, self.options.keep * len(cases)
        if self.suite.corpus is not None:
            # No prompt holds a whole corpus, so the best that the settings find stands for it.
            axes = [axis for axis in self.bench.axes if axis is not INGEST_AXIS]
            best = search.best_quality(start, axes)
            required = self.options.keep * best.quality
        kept = search.cheapest(start, required, known=best) if required > 0 else ()
        if not kept:
            raise EvaluationError(
                f"{self.suite.path}: none of {len(search.trials)} trials keeps "
                f"{self.options.keep:.0%} within {max(budgets):,} tokens; give the suite larger "
                "budgets, more trials, or ask for less with --keep"
            )
        # The suite's own settings at the smallest budget that kept the quality while tuning.
        own = (
            trial
            for trial in search.trials
            if dict(trial.choice.settings) == start
            and (trial.cases, trial.settled) == (len(cases), "kept")
            and trial.quality >= required - TINY
        )
        before = min(own, key=lambda trial: trial.tokens, default=None)
        return self._results(
            search,
            kept[-1].choice,
            before.choice if before else choice_of(start, max(budgets)),
            best.choice if best else None,
        )

    def _results(
        self,
        search: Search,
        chosen: Choice,
        before: Choice,
        reference: Choice | None,
    ) -> TuningResults:
        spec = self.suite.spec
        tuning = self._figures(self.parts.tuning, chosen, reference)
        held_out = self._figures(self.parts.held_out, chosen, reference)
        claim, warning = claim_of(held_out, self.options.keep)
        return TuningResults(
            suite=spec.name,
            pipeline=self.bench.info.name,
            quality=self.parts.quality,
            keep=self.options.keep,
            seed=spec.seed,
            counts=self.suite.counts,
            reference=None if reference is None else _configuration(reference),
            start=_configuration(before),
            chosen=_configuration(chosen),
            settings=self._settings(chosen),
            tuning=tuning,
            held_out=held_out,
            start_held_out=self._figures(self.parts.held_out, before, reference),
            claim=claim,
            warning=warning,
            exhausted=search.exhausted,
            trials=tuple(
                TrialRow(
                    settings=dict(trial.choice.settings),
                    budget=trial.choice.budget,
                    settled=trial.settled,
                    cases=trial.cases,
                    quality=round(trial.quality, 4),
                    tokens=trial.tokens,
                )
                for trial in search.trials
            ),
            code_sha256=code_hash(),
        )

    def _settings(self, chosen: Choice) -> dict[str, Any]:
        spec = self.suite.spec
        values = nested(spec.settings, dict(chosen.settings))
        values |= {"model": spec.model}
        if spec.tokenizer is not None:
            values["tokenizer"] = spec.tokenizer
        if self.suite.counts == "prompt":
            values["budget"] = chosen.budget
        return values

    def _figures(
        self, cases: Sequence[Case], choice: Choice, reference: Choice | None
    ) -> PartFigures:
        values, tokens = self._columns(cases, choice)
        full = np.ones(len(cases)) if reference is None else self._columns(cases, reference)[0]
        draws = Resampler([case.document for case in cases])
        return PartFigures(
            documents=draws.documents,
            share=share_interval(values, full, draws),
            quality=float(values.mean()),
            tokens=mean_interval(tokens, draws),
        )

    def _columns(
        self, cases: Sequence[Case], choice: Choice
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        scores = [self.bench.score(choice, case) for case in cases]
        return np.array([s.quality for s in scores]), np.array([s.tokens for s in scores])


def _configuration(choice: Choice) -> Configuration:
    return Configuration(settings=dict(choice.settings), budget=choice.budget)


def _label(trial: Trial) -> str:
    return f"{trial.choice.budget:,} tokens: {trial.settled}"
