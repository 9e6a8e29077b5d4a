"""Runs leanrag's pipeline of a suite under the settings that tuning tries."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.journal import Journal
from leanrag.evaluation.pipelines.contract import Pipeline
from leanrag.evaluation.pipelines.registry import build, described
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.provenance import code_hash
from leanrag.evaluation.records import OutcomeRecord
from leanrag.evaluation.results import PipelineInfo, Quality
from leanrag.evaluation.search import Axis, Choice, Score, Value
from leanrag.evaluation.suite import Suite
from leanrag.evaluation.tuning import nested
from leanrag.evaluation.workshop import Unit
from leanrag.settings import Settings

INGEST_AXIS = Axis("chunking.max_tokens", (128, 192, 256))
"""Last, and no part of the reference: each value ingests the corpus anew."""
SPLIT_AXIS = Axis("history.share", (0.3, 0.5, 0.75))
"""Where cases have a history: how the budget is split between it and the documents."""
KEEP_AXIS = Axis("compression.keep", ("cautious", "balanced", "lean"))
AXES: dict[str, tuple[Axis, ...]] = {
    "leanrag": (KEEP_AXIS,),
    "leanrag-condense": (Axis("history.reader", ("auto", "none")),),
    "leanrag-prompt": (
        KEEP_AXIS,
        Axis("retrieval.reranker", ("selector", "late", "scores")),
        Axis("retrieval.rerank_to", (10, 20, 40)),
        Axis("retrieval.candidates", (30, 60, 120)),
        Axis("retrieval.dense_weight", (0.35, 0.5, 0.65, 0.8)),
        SPLIT_AXIS,
        INGEST_AXIS,
    ),
}
BY_SIMILARITY: dict[str, tuple[Axis, ...]] = {
    # compress() fills its budget, so that the floor, which cuts prompts short, has no say in it.
    "leanrag": (Axis("compression.similarity_weight", (0.3, 0.5, 0.7, 0.9)),),
    "leanrag-prompt": (
        Axis("compression.floor", (0.15, 0.3, 0.45, 0.6)),
        Axis("compression.similarity_weight", (0.5, 0.6, 0.7, 0.8)),
    ),
}
"""Instead of ``compression.keep``, which only the selector reads."""


def axes_for(pipeline: str, settings: Settings, *, talks: bool) -> tuple[Axis, ...]:
    """The settings of a pipeline that change what it sends, the others being as they are.

    ``talks`` says whether some of the cases have a history.
    """
    kept: tuple[Axis, ...] = (KEEP_AXIS,)
    if settings.compression.selector == "similarity":
        kept = BY_SIMILARITY.get(pipeline, ())
    return tuple(
        found
        for axis in AXES[pipeline]
        for found in (kept if axis is KEEP_AXIS else (axis,))
        if talks or found is not SPLIT_AXIS
    )


class TrialBench:
    """Runs the suite's leanrag pipeline under changing settings; what is done is in a journal."""

    def __init__(self, suite: Suite, cache: Path, quality: Quality, *, talks: bool) -> None:
        self._suite = suite
        self._cache = cache
        self._quality = quality
        self.info = _subject(suite)
        settings = self._workbench({}).lean_settings()
        self.axes = axes_for(self.info.options["use"], settings, talks=talks)
        self._open: tuple[Mapping[str, Value], Workbench, Pipeline] | None = None

    def __enter__(self) -> Self:
        self._journal = Journal(self._cache / "tuning.jsonl")
        return self

    def __exit__(self, *error: object) -> None:
        self._close()
        self._journal.close()

    def start(self) -> dict[str, Value]:
        """What the suite's own settings are on every axis."""
        settings = self._workbench({}).lean_settings().model_dump()
        found = {}
        for axis in self.axes:
            section, name = axis.name.split(".")
            found[axis.name] = settings[section][name]
        return found

    def score(self, choice: Choice, case: Case) -> Score:
        """One case under a choice; a case that fails keeps nothing and costs its budget."""
        record = self._record(choice, case)
        if record.error is not None:
            return Score(0.0, float(choice.budget))
        value = record.survived if self._quality == "survival" else record.evidence_recall
        return Score(float(value or 0), float(record.tokens))

    def _record(self, choice: Choice, case: Case) -> OutcomeRecord:
        key = self._key(choice, case)
        if key in self._journal:
            return self._journal.get(key)[0]
        (record,) = Unit(case, [choice.budget]).run(self._pipeline(dict(choice.settings)))
        # The texts are not needed here, and would be written for every trial.
        record = record.model_copy(
            update={"kept": (), "dropped": {}, "candidates": (), "trace": ()}
        )
        if record.error is None:
            self._journal.add(key, [record])
        return record

    def _pipeline(self, point: Mapping[str, Value]) -> Pipeline:
        # One at a time: a local store is open once only.
        if self._open is None or self._open[0] != point:
            self._close()
            bench = self._workbench(point)
            self._open = (point, bench, build(self.info, bench))
        return self._open[2]

    def _close(self) -> None:
        if self._open is not None:
            _, bench, pipeline = self._open
            self._open = None
            pipeline.close()
            bench.close()

    def _workbench(self, point: Mapping[str, Value]) -> Workbench:
        settings = nested(self._suite.spec.settings, point)
        return Workbench.of(self._suite, self._cache, settings)

    def _key(self, choice: Choice, case: Case) -> str:
        spec = self._suite.spec
        corpus = self._suite.corpus
        parts: list[Any] = [
            code_hash(),
            case.model_dump(mode="json"),
            self.info.options,
            choice.settings,
            choice.budget,
            self._suite.counts,
            spec.model,
            spec.tokenizer,
            spec.settings,
            sorted(str(path) for path in corpus.paths) if corpus else None,
        ]
        text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def _subject(suite: Suite) -> PipelineInfo:
    """The suite's leanrag pipeline, or the one that goes with its kind."""
    own = [info for info in described(suite) if info.options["use"] in AXES]
    subject = next((info for info in own if info.name == suite.spec.subject), None)
    if subject is None and not own:
        raise EvaluationError(
            f"{suite.path}: no pipeline of leanrag is in it; there is none to tune"
        )
    return subject or own[0]
