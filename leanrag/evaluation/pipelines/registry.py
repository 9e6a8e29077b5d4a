"""The pipelines by the names that suites use."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from leanrag.errors import EvaluationError
from leanrag.evaluation.pipelines import closed
from leanrag.evaluation.pipelines.contract import Pipeline
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo, PipelineRole
from leanrag.evaluation.sentences import sentence_spans
from leanrag.evaluation.suite import PipelineSpec, Suite

Kind: TypeAlias = Literal["closed", "corpus"]
Build: TypeAlias = Callable[[PipelineInfo, Workbench], Pipeline]


@dataclass(frozen=True)
class Entry:
    """A pipeline as it can be asked for: over the case's own contexts, or over a corpus."""

    kind: Kind
    title: str
    role: PipelineRole
    description: str
    build: Build
    budgeted: bool = True
    apart: bool = True
    """Whether several processes may each run it."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The options there are, with what they are where the suite does not say."""


def _ordered(order: closed.Order) -> Build:
    return lambda info, bench: closed.ClosedPipeline(info, order, bench)


def _leanrag_compress(info: PipelineInfo, bench: Workbench) -> Pipeline:
    from leanrag.evaluation.pipelines.lean import LeanCompress

    return LeanCompress(info, bench)


REGISTRY: dict[str, Entry] = {
    "full": Entry(
        "closed",
        "Full context",
        "reference",
        "All contexts whole, in their order: what the other pipelines are measured against.",
        _ordered(closed.given_order),
        budgeted=False,
    ),
    "leanrag": Entry(
        "closed",
        "leanrag.compress",
        "leanrag",
        "leanrag.compress over the contexts.",
        _leanrag_compress,
    ),
    "bm25": Entry(
        "closed",
        "BM25, whole passages",
        "baseline",
        "Passages by BM25, whole, the last one cut at the budget.",
        _ordered(closed.bm25_order),
    ),
    "dense": Entry(
        "closed",
        "Embeddings, whole passages",
        "baseline",
        "Passages by cosine of leanrag's own embedding model, whole, the last one cut.",
        _ordered(closed.dense_order),
    ),
    "rrf": Entry(
        "closed",
        "BM25 and embeddings by RRF, whole passages",
        "baseline",
        "Passages by reciprocal rank fusion of both lists (k = 60), whole, the last one cut.",
        _ordered(closed.rrf_order),
    ),
    "truncation": Entry(
        "closed",
        "Truncation",
        "control",
        "The contexts in their order, cut off at the budget.",
        _ordered(closed.given_order),
    ),
    "random-sentences": Entry(
        "closed",
        "Random sentences",
        "control",
        "Sentences deleted at random until the rest fits.",
        lambda info, bench: closed.RandomDeletion(info, sentence_spans, bench),
    ),
    "random-words": Entry(
        "closed",
        "Random words",
        "control",
        "Words deleted at random until the rest fits.",
        lambda info, bench: closed.RandomDeletion(info, closed.word_units, bench),
    ),
}

USUAL: dict[Kind, tuple[str, ...]] = {
    "closed": (
        "full",
        "leanrag",
        "bm25",
        "dense",
        "rrf",
        "truncation",
        "random-sentences",
        "random-words",
    ),
    "corpus": (),
}


def described(suite: Suite) -> tuple[PipelineInfo, ...]:
    """The suite's pipelines, checked but not built.

    Raises:
        EvaluationError: a name or option is unknown, or does not go with the suite's cases.
    """
    kind: Kind = "corpus" if suite.corpus else "closed"
    asked: Sequence[PipelineSpec] = suite.spec.pipelines or [
        PipelineSpec(use=name, name=name) for name in USUAL[kind]
    ]
    return tuple(_described(spec, kind) for spec in asked)


def _described(spec: PipelineSpec, kind: Kind) -> PipelineInfo:
    entry = REGISTRY.get(spec.use)
    if entry is None:
        raise EvaluationError(
            f"pipelines: there is no pipeline {spec.use!r}; there are {', '.join(REGISTRY)}"
        )
    if entry.kind != kind:
        wanted = "a corpus to search" if entry.kind == "corpus" else "cases with contexts"
        raise EvaluationError(f"pipelines: {spec.use} needs {wanted}, which this suite has not")
    unknown = set(spec.options) - set(entry.options)
    if unknown:
        known = ", ".join(entry.options) or "none"
        raise EvaluationError(
            f"pipelines: {spec.use} has no option {', '.join(sorted(unknown))}; it has {known}"
        )
    return PipelineInfo(
        name=spec.name,
        title=entry.title if spec.name == spec.use else spec.name,
        role=entry.role,
        description=entry.description,
        options={"use": spec.use, **entry.options, **spec.options},
        budgeted=entry.budgeted,
    )


def may_run_apart(info: PipelineInfo) -> bool:
    """Whether several processes may each run the pipeline."""
    return REGISTRY[info.options["use"]].apart


def build(info: PipelineInfo, bench: Workbench) -> Pipeline:
    """The pipeline that ``info`` describes."""
    return REGISTRY[info.options["use"]].build(info, bench)
