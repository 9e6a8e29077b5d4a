"""The pipelines by the names that suites use: one long table, which reads better in one place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from leanrag.errors import EvaluationError
from leanrag.evaluation.baselines import langchain, llama_index, llmlingua, summary_buffer
from leanrag.evaluation.baselines.langchain import LangChainPipeline
from leanrag.evaluation.baselines.llama_index import LlamaIndexPipeline
from leanrag.evaluation.baselines.llmlingua import LLMLinguaPipeline
from leanrag.evaluation.baselines.summary_buffer import SummaryBufferPipeline
from leanrag.evaluation.pipelines import closed
from leanrag.evaluation.pipelines.contract import Pipeline
from leanrag.evaluation.pipelines.history import AtShare, HistoryPipeline
from leanrag.evaluation.pipelines.lean import LeanCompress, LeanCondense, LeanPrompt, OverHits
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo, PipelineRole
from leanrag.evaluation.sentences import sentence_spans
from leanrag.evaluation.suite import PipelineSpec, Suite
from leanrag.types import Span

Kind: TypeAlias = Literal["closed", "corpus"]
BOTH: tuple[Kind, ...] = ("closed", "corpus")
Build: TypeAlias = Callable[[PipelineInfo, Workbench], Pipeline]


@dataclass(frozen=True)
class Entry:
    """A pipeline as it can be asked for: over the case's own contexts, over a corpus, or both."""

    kinds: tuple[Kind, ...]
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


def _random(units: Callable[[str], Sequence[Span]]) -> Build:
    return lambda info, bench: closed.RandomDeletion(info, units, bench)


def _history(order: closed.Order, *, gaps: bool = True) -> Build:
    return lambda info, bench: HistoryPipeline(info, order, bench, gaps=gaps)


def _at_share(inner: Build) -> Build:
    return lambda info, bench: AtShare(info, inner(info, bench), bench)


def _summary_buffer(info: PipelineInfo, bench: Workbench) -> Pipeline:
    return SummaryBufferPipeline(info, bench)


def _over_hits(inner: Build) -> Build:
    return lambda info, bench: OverHits(info, bench, inner)


def _leanrag_prompt(info: PipelineInfo, bench: Workbench) -> Pipeline:
    return LeanPrompt(info, bench)


def _leanrag_condense(info: PipelineInfo, bench: Workbench) -> Pipeline:
    return LeanCondense(info, bench)


def _leanrag_compress(info: PipelineInfo, bench: Workbench) -> Pipeline:
    return LeanCompress(info, bench)


def _llama_index(info: PipelineInfo, bench: Workbench) -> Pipeline:
    return LlamaIndexPipeline(info, bench)


def _langchain(info: PipelineInfo, bench: Workbench) -> Pipeline:
    return LangChainPipeline(info, bench)


def _llmlingua(*, long: bool) -> Build:
    return lambda info, bench: LLMLinguaPipeline(info, bench, long=long)


REGISTRY: dict[str, Entry] = {
    "full": Entry(
        ("closed",),
        "Full context",
        "reference",
        "All contexts whole, in their order: what the other pipelines are measured against.",
        _ordered(closed.given_order),
        budgeted=False,
    ),
    "leanrag": Entry(
        ("closed",),
        "leanrag.compress",
        "leanrag",
        "leanrag.compress over the contexts.",
        _leanrag_compress,
    ),
    "leanrag-prompt": Entry(
        ("corpus",),
        "leanrag",
        "leanrag",
        "LeanRAG.prompt over the corpus.",
        _leanrag_prompt,
        apart=False,
        options={"order": None},
    ),
    "leanrag-condense": Entry(
        ("closed",),
        "leanrag.condense",
        "leanrag",
        "leanrag.condense over the history of the case.",
        _leanrag_condense,
    ),
    "leanrag-condense-share": Entry(
        ("closed",),
        "leanrag.condense at a share",
        "leanrag",
        "leanrag.condense at a share of the tokens of each case's texts.",
        _at_share(_leanrag_condense),
        budgeted=False,
        options={"share": 0.15},
    ),
    "history-full": Entry(
        ("closed",),
        "Full history",
        "reference",
        "Every turn as a message.",
        _history(closed.given_order),
        budgeted=False,
    ),
    "history-newest": Entry(
        ("closed",),
        "Newest turns",
        "baseline",
        "The newest turns as messages, as a window over a conversation keeps them.",
        _history(closed.newest_order, gaps=False),
    ),
    "history-dense": Entry(
        ("closed",),
        "Embeddings, whole turns",
        "baseline",
        "Turns by cosine of leanrag's own embedding model, as messages.",
        _history(closed.dense_order),
    ),
    "history-dense-share": Entry(
        ("closed",),
        "Embeddings, whole turns, at a share",
        "baseline",
        "The same at a share of the tokens of each case's texts.",
        _at_share(_history(closed.dense_order)),
        budgeted=False,
        options={"share": 0.15},
    ),
    "history-rrf": Entry(
        ("closed",),
        "BM25 and embeddings by RRF, whole turns",
        "baseline",
        "Turns by reciprocal rank fusion of both lists (k = 60), as messages.",
        _history(closed.rrf_order),
    ),
    "history-summary": Entry(
        ("closed",),
        "LlamaIndex ChatSummaryMemoryBuffer",
        "baseline",
        "The newest turns and a summary of the others by leanrag's extractive maker, which takes "
        "a quarter of the budget.",
        _summary_buffer,
        options=summary_buffer.OPTIONS,
    ),
    "retrieved": Entry(
        ("corpus",),
        "All retrieved chunks whole",
        "reference",
        "The 20 best chunks of leanrag's own search, whole.",
        _over_hits(_ordered(closed.given_order)),
        budgeted=False,
        apart=False,
    ),
    "retrieved-cut": Entry(
        ("corpus",),
        "Retrieved chunks, cut at the budget",
        "control",
        "The best chunks of leanrag's own search, whole, the last one cut at the budget.",
        _over_hits(_ordered(closed.given_order)),
        apart=False,
    ),
    "retrieved-random-sentences": Entry(
        ("corpus",),
        "Random sentences of the retrieved chunks",
        "control",
        "Sentences of the 20 best chunks deleted at random until the rest fits.",
        _over_hits(_random(sentence_spans)),
        apart=False,
    ),
    "retrieved-random-words": Entry(
        ("corpus",),
        "Random words of the retrieved chunks",
        "control",
        "Words of the 20 best chunks deleted at random until the rest fits.",
        _over_hits(_random(closed.word_units)),
        apart=False,
    ),
    "bm25": Entry(
        ("closed",),
        "BM25, whole passages",
        "baseline",
        "Passages by BM25, whole, the last one cut at the budget.",
        _ordered(closed.bm25_order),
    ),
    "dense": Entry(
        ("closed",),
        "Embeddings, whole passages",
        "baseline",
        "Passages by cosine of leanrag's own embedding model, whole, the last one cut.",
        _ordered(closed.dense_order),
    ),
    "rrf": Entry(
        ("closed",),
        "BM25 and embeddings by RRF, whole passages",
        "baseline",
        "Passages by reciprocal rank fusion of both lists (k = 60), whole, the last one cut.",
        _ordered(closed.rrf_order),
    ),
    "selector": Entry(
        ("closed",),
        "Selector, whole passages",
        "baseline",
        "Passages by leanrag's selector, whole, the last one cut at the budget.",
        _ordered(closed.selector_order),
    ),
    "truncation": Entry(
        ("closed",),
        "Truncation",
        "control",
        "The contexts in their order, cut off at the budget.",
        _ordered(closed.given_order),
    ),
    "newest": Entry(
        ("closed",),
        "Newest texts",
        "control",
        "The contexts from the last one backwards, as a window over a conversation keeps them.",
        _ordered(closed.newest_order),
    ),
    "random-sentences": Entry(
        ("closed",),
        "Random sentences",
        "control",
        "Sentences deleted at random until the rest fits.",
        _random(sentence_spans),
    ),
    "random-words": Entry(
        ("closed",),
        "Random words",
        "control",
        "Words deleted at random until the rest fits.",
        _random(closed.word_units),
    ),
    "llamaindex": Entry(
        BOTH,
        "LlamaIndex 1024/200, top 2",
        "baseline",
        "SentenceSplitter 1024/200, the two nearest nodes, LlamaIndex's own prompt: the defaults "
        "that its documentation states (constants of the installed package may differ).",
        _llama_index,
        budgeted=False,
        options=llama_index.OPTIONS,
    ),
    "llamaindex-optimizer": Entry(
        BOTH,
        "LlamaIndex with SentenceEmbeddingOptimizer",
        "baseline",
        "The same, each node cut to its nearer half of sentences with their neighbours.",
        _llama_index,
        budgeted=False,
        options=llama_index.OPTIMIZER_OPTIONS,
    ),
    "langchain": Entry(
        BOTH,
        "LangChain recursive 1000/200, k = 4",
        "baseline",
        "RecursiveCharacterTextSplitter, the four nearest chunks, the tutorial's prompt.",
        _langchain,
        budgeted=False,
        options=langchain.OPTIONS,
    ),
    "langchain-filter": Entry(
        BOTH,
        "LangChain with EmbeddingsFilter",
        "baseline",
        "The same, cut into pieces of 300 characters, those above a similarity kept.",
        _langchain,
        budgeted=False,
        options=langchain.FILTER_OPTIONS,
    ),
    "llmlingua2": Entry(
        ("closed",),
        "LLMLingua-2",
        "baseline",
        "Microsoft's package with a token classifier; needs the folder of its model.",
        _llmlingua(long=False),
        options=llmlingua.OPTIONS,
    ),
    "longllmlingua": Entry(
        ("closed",),
        "LongLLMLingua",
        "baseline",
        "Microsoft's package with a causal model; needs the folder of its model.",
        _llmlingua(long=True),
        options=llmlingua.OPTIONS,
    ),
}

USUAL: dict[Kind, tuple[str, ...]] = {
    "closed": (
        "full",
        "leanrag",
        "bm25",
        "dense",
        "rrf",
        "llamaindex",
        "llamaindex-optimizer",
        "langchain",
        "langchain-filter",
        "truncation",
        "random-sentences",
        "random-words",
    ),
    "corpus": (
        "leanrag-prompt",
        "retrieved",
        "llamaindex",
        "llamaindex-optimizer",
        "langchain",
        "langchain-filter",
        "retrieved-cut",
        "retrieved-random-sentences",
        "retrieved-random-words",
    ),
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
    if kind not in entry.kinds:
        wanted = "a corpus to search" if kind == "closed" else "cases with contexts"
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
