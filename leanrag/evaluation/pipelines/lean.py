"""leanrag itself, through its public API alone."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from time import perf_counter
from typing import get_args

from leanrag.api import LeanRAG, compress, condense
from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case, Context
from leanrag.evaluation.pipelines.contract import SEPARATOR, Outcome, Piece, Pipeline, dropped
from leanrag.evaluation.pipelines.corpus import messages_of
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.records import SourceText
from leanrag.evaluation.results import PipelineInfo
from leanrag.pack.order import Order
from leanrag.types import Hit, Source, Span


class LeanCompress:
    """``leanrag.compress`` over the contexts of a case."""

    def __init__(self, info: PipelineInfo, bench: Workbench) -> None:
        self.info = info
        self._bench = bench
        self._settings = bench.lean_settings()
        self._warm = False
        self._scoring = ("", 0.0)

    def run(self, case: Case, budget: int | None) -> Outcome:
        """What ``leanrag.compress`` keeps. Raises ``LeanRAGError``."""
        texts = [
            {"id": context.id, "title": context.title, "text": context.text}
            for context in case.contexts
        ]
        limit = budget or self._bench.tokens_of(case)
        if not self._warm:
            # The model is loaded once in a process's life, which is no question's own time.
            compress("warm", ["up"], budget=10, settings=self._settings)
            self._warm = True
        started = perf_counter()
        kept = compress(case.question, texts, budget=limit, settings=self._settings)
        seconds = perf_counter() - started
        # The scores of the last texts are kept: their time counts for every budget of a case.
        scoring = next(entry.seconds for entry in kept.trace if entry.stage == "prune")
        if self._scoring[0] == case.id:
            seconds += max(0.0, self._scoring[1] - scoring)
        else:
            self._scoring = (case.id, scoring)
        pieces = [Piece(text.id, text.text, text.spans) for text in kept.texts]
        return self._bench.finish(
            case, pieces, seconds=seconds, trace=kept.trace, reason="less relevant"
        )

    def close(self) -> None:
        """Nothing is held."""


class LeanCondense:
    """``leanrag.condense`` over the history of a case; kept are the turns that stand in it."""

    def __init__(self, info: PipelineInfo, bench: Workbench) -> None:
        self.info = info
        self._bench = bench
        self._settings = bench.lean_settings()
        self._embedded = ""
        self._scoring = ("", 0.0)

    def run(self, case: Case, budget: int | None) -> Outcome:
        """The condensed history. Raises ``LeanRAGError``."""
        history = messages_of(case)
        counter = self._bench.counter
        whole = counter.count_messages(history)
        if self._embedded != case.document:
            # Turns are embedded as they come in, which is no question's own time.
            condense(history, question="warm-up", budget=whole // 2, settings=self._settings)
            self._embedded = case.document
        started = perf_counter()
        short = condense(
            history, question=case.question, budget=budget or whole, settings=self._settings
        )
        seconds = perf_counter() - started
        # The scores of the last question are kept: their time counts for every budget of a case.
        if self._scoring[0] == case.id:
            seconds = max(seconds, self._scoring[1])
        else:
            self._scoring = (case.id, seconds)
        text = SEPARATOR.join(str(message.get("content") or "") for message in short.messages)
        out = int(short.tokens["out"])
        kept = [Piece(name, "") for name in short.kept_ids]
        names = [turn.id for turn in case.history if turn.id]
        return Outcome(
            text=text,
            tokens=out,
            context_tokens=out,
            prompt_tokens=out + counter.count(case.question),
            tokens_in=whole,
            seconds=seconds,
            kept=tuple(kept),
            dropped=dropped(names, kept, "less relevant"),
            messages=short.messages,
            trace=short.trace,
        )

    def close(self) -> None:
        """Nothing is held."""


class LeanPrompt:
    """``LeanRAG.prompt`` over the corpus, ingested once with the suite's settings.

    The option ``order`` has the evidence in another order than the settings say.
    """

    def __init__(self, info: PipelineInfo, bench: Workbench) -> None:
        self.info = info
        self._bench = bench
        self._order = info.options["order"]
        if self._order not in (None, *get_args(Order)):
            raise EvaluationError(
                f"pipelines: {info.name}: there is no order {self._order!r}; there are "
                f"{', '.join(get_args(Order))}"
            )

    def run(self, case: Case, budget: int | None) -> Outcome:
        """The prompt for the case's question, history and filter. Raises ``LeanRAGError``."""
        corpus = self._bench.lean_corpus
        hits = corpus.hits(case)
        started = perf_counter()
        prompt = self._rag.prompt(
            case.question,
            budget=budget,
            model=self._bench.model,
            where=case.where,
            history=messages_of(case),
        )
        seconds = perf_counter() - started
        counter = self._bench.counter
        chunks = {hit.id: hit for hit in hits}
        kept = tuple(_piece(source, chunks) for source in prompt.sources)
        text = SEPARATOR.join(source.text for source in prompt.sources)
        tokens = int(prompt.tokens["prompt"])
        return Outcome(
            text=text,
            tokens=tokens if self._bench.budget_counts == "prompt" else counter.count(text),
            context_tokens=int(prompt.tokens["context"]),
            prompt_tokens=tokens,
            tokens_in=counter.count(SEPARATOR.join(hit.chunk.text for hit in hits)),
            seconds=seconds,
            kept=kept,
            dropped=dropped([hit.id for hit in hits], kept, "less relevant"),
            ranking=tuple(hit.id for hit in hits),
            candidates=tuple(source_text(hit) for hit in hits),
            messages=prompt.messages,
            trace=prompt.trace,
        )

    @cached_property
    def _rag(self) -> LeanRAG:
        rag = self._bench.lean_corpus.rag
        return rag.with_settings(prompt={"order": self._order}) if self._order else rag

    def close(self) -> None:
        """The store belongs to the workbench."""


class OverHits:
    """A pipeline over given texts, run on what leanrag's search finds in the corpus."""

    def __init__(
        self,
        info: PipelineInfo,
        bench: Workbench,
        inner: Callable[[PipelineInfo, Workbench], Pipeline],
    ) -> None:
        self.info = info
        self._bench = bench
        self._inner = inner(info, bench)

    def run(self, case: Case, budget: int | None) -> Outcome:
        """The inner pipeline's outcome over the hits, best first."""
        hits = self._bench.lean_corpus.hits(case)
        contexts = tuple(Context(id=hit.id, title=hit.title, text=hit.chunk.text) for hit in hits)
        outcome = self._inner.run(case.model_copy(update={"contexts": contexts}), budget)
        return replace(
            outcome,
            ranking=tuple(hit.id for hit in hits),
            candidates=tuple(source_text(hit) for hit in hits),
        )

    def close(self) -> None:
        """Closes the inner pipeline."""
        self._inner.close()


def source_text(hit: Hit) -> SourceText:
    """A hit as a record."""
    return SourceText(
        id=hit.id,
        title=" > ".join([hit.title, *hit.chunk.headings]),
        text=hit.chunk.text,
        source=hit.source,
        page=hit.chunk.page,
    )


def _piece(source: Source, chunks: dict[str, Hit]) -> Piece:
    """A source with its spans counted from the start of its chunk, where it lies in that."""
    hit = chunks.get(source.id)
    spans: list[Span] | None = None
    if hit is not None:
        start, end = hit.chunk.span
        if all(start <= a and b <= end for a, b in source.spans):
            spans = [(a - start, b - start) for a, b in source.spans]
    return Piece(source.id, source.text, None if spans is None else tuple(spans), source.score)
