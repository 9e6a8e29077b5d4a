"""Runs a retrieval suite over a real store, and sums up what each stage found."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

import leanrag
from eval.retrieval.pools import Asked, Pool, pool_of
from eval.retrieval.report import markdown
from eval.retrieval.results import Difference, RetrievalResults, StageFigures
from eval.retrieval.spec import RetrievalSpec, Stage, load_spec
from eval.retrieval.stages import Ranked, Stages
from leanrag.api.prompting.search import Searcher
from leanrag.api.wiring.models import shared_models
from leanrag.api.wiring.stores import open_store
from leanrag.evaluation.extension import Progress
from leanrag.evaluation.metrics import ndcg_at, percentile, recall_at
from leanrag.evaluation.pipelines.corpus import LeanCorpus
from leanrag.evaluation.pool import seeded
from leanrag.evaluation.provenance import (
    code_hash,
    data_files,
    file_hash,
    machine,
    package_versions,
)
from leanrag.evaluation.results import RESULTS_FILE, write_atomically
from leanrag.evaluation.statistics import Resampler, mean_interval, paired_difference
from leanrag.settings import Settings

Values: TypeAlias = NDArray[np.float64]

CACHE = "cache"
REPORT_FILE = "report.md"
AT = (1, 5, 20)
CONTRACT = 1
"""The place of 5, which the sides are compared at, in ``AT``."""
SIDES: tuple[Stage, ...] = ("bm25", "dense")


def run_retrieval(
    path: str | Path, *, out: Path | None = None, progress: Progress | None = None
) -> RetrievalResults:
    """Runs the suite at ``path``; writes ``results.json`` and ``report.md`` into ``out``, if given.

    The store stays under ``out``, so that a second run need not ingest the pool again.

    Raises:
        EvaluationError: the suite or its data cannot be read.
    """
    file = Path(path)
    spec = load_spec(file)
    pool = pool_of(spec, file)
    settings = Settings.create(**spec.settings)
    started, clock = datetime.now(UTC), perf_counter()
    with ExitStack() as stack:
        folder = out
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="leanrag-eval-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        corpus = LeanCorpus(pool.corpus, settings, folder / CACHE)
        stack.callback(corpus.close)
        info = corpus.rag.info()
        corpus.rag.close()
        models = shared_models()
        opened = open_store(corpus.stored, models.embedder(settings.embedding), create=False)
        store = stack.enter_context(closing(opened))
        embedder = models.embedder(settings.embedding, store.variant)
        searcher = Searcher(store, embedder, models.reranker(settings), settings)
        found = _rankings(searcher, spec, pool, progress or (lambda done, total, text: None))
        stages, better, per_question = summed(pool.asked, found)
        results = RetrievalResults(
            name=spec.name,
            title=spec.title,
            suite_sha256=file_hash(file),
            data=data_files(pool.files, [file.parent / spec.data, file.parent]),
            split=spec.dataset.split if spec.dataset else "all",
            units=spec.units,
            where=tuple(spec.where),
            questions=len(pool.asked),
            documents=len({one.document for one in pool.asked}),
            pool_documents=info.documents,
            pool_chunks=info.chunks,
            better_side=better,
            stages=stages,
            settings=spec.settings,
            leanrag=leanrag.__version__,
            code_sha256=code_hash(),
            started_at=started.isoformat(timespec="seconds"),
            seconds=round(perf_counter() - clock, 3),
            machine=machine(),
            packages=package_versions(),
            models={"embedding": f"{searcher.embedder.name} {searcher.embedder.variant}"},
            per_question=per_question,
        )
        if out is not None:
            write_atomically(out / RESULTS_FILE, [results.model_dump_json(indent=1), "\n"])
            write_atomically(out / REPORT_FILE, [markdown(results)])
        return results


def _rankings(
    searcher: Searcher, spec: RetrievalSpec, pool: Pool, progress: Progress
) -> list[dict[str, Ranked]]:
    stages = Stages(searcher, spec.stages)
    stages.run(pool.asked[0])  # loads the models, which is no question's own time
    order = sorted(pool.asked, key=lambda asked: (seeded(asked.id, seed=spec.seed), asked.id))
    read = {asked.id for asked in order[: spec.read_limit]}
    found = []
    for number, asked in enumerate(pool.asked, start=1):
        found.append(stages.run(asked, models=asked.id in read))
        progress(number, len(pool.asked), asked.id)
    return found


@dataclass(frozen=True)
class _Column:
    """What one stage reaches on the questions that it was run on, whose numbers are ``rows``."""

    rows: list[int]
    recall: Values
    ndcg: Values
    seconds: list[float]


def summed(
    asked: Sequence[Asked], found: Sequence[Mapping[str, Ranked]]
) -> tuple[tuple[StageFigures, ...], str, dict[str, dict[str, list[float]]]]:
    """Figures by stage, the better single side by recall@5, and the figures by question."""
    columns = {stage: _column(stage, asked, found) for stage in _stages(found)}
    sides = [stage for stage in SIDES if stage in columns]
    better = max(sides, key=lambda stage: columns[stage].recall[:, CONTRACT].mean(), default="")
    figures = []
    for stage, column in columns.items():
        draws = Resampler([asked[row].document for row in column.rows])
        some = (column.recall > 0).astype(np.float64)
        against = columns[better].recall[column.rows, CONTRACT] if better else None
        compared = None if stage in SIDES else against
        figures.append(
            StageFigures(
                stage=stage,
                recall={k: mean_interval(column.recall[:, n], draws) for n, k in enumerate(AT)},
                found={k: mean_interval(some[:, n], draws) for n, k in enumerate(AT)},
                ndcg_at_10=mean_interval(column.ndcg, draws),
                against_better_side=_difference(column.recall[:, CONTRACT], compared, draws),
                found_against_better_side=_difference(
                    some[:, CONTRACT], None if compared is None else compared > 0, draws
                ),
                seconds_p50=percentile(column.seconds, 50),
                seconds_p95=percentile(column.seconds, 95),
            )
        )
    per_question: dict[str, dict[str, list[float]]] = {one.id: {} for one in asked}
    for stage, column in columns.items():
        for row, shares, gain in zip(column.rows, column.recall, column.ndcg, strict=True):
            values = [*shares.tolist(), float(gain)]
            per_question[asked[row].id][stage] = [round(value, 4) for value in values]
    return tuple(figures), better, per_question


def _stages(found: Sequence[Mapping[str, Ranked]]) -> list[str]:
    return list(dict.fromkeys(stage for rankings in found for stage in rankings))


def _column(stage: str, asked: Sequence[Asked], found: Sequence[Mapping[str, Ranked]]) -> _Column:
    rows = [row for row, rankings in enumerate(found) if stage in rankings]
    pairs = [(asked[row].gold, found[row][stage]) for row in rows]
    return _Column(
        rows,
        np.array([[recall_at(ranked.units, gold, k) for k in AT] for gold, ranked in pairs]),
        np.array([ndcg_at(ranked.units, dict.fromkeys(gold, 1.0), 10) for gold, ranked in pairs]),
        [ranked.seconds for _, ranked in pairs],
    )


def _difference(values: Values, better: ArrayLike | None, draws: Resampler) -> Difference | None:
    if better is None:
        return None
    found = paired_difference(values, better, draws)
    return Difference(value=found.difference, low=found.low, high=found.high, verdict=found.verdict)
