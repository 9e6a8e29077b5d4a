"""What pipelines share: the counter, the embedder, the corpus, a place for caches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from leanrag.errors import BudgetError, EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.datasets import Corpus
from leanrag.evaluation.pipelines.contract import SEPARATOR, Outcome, Piece, dropped
from leanrag.evaluation.pipelines.corpus import LeanCorpus, SourceDocument
from leanrag.evaluation.pipelines.cutting import joined
from leanrag.evaluation.records import SourceText
from leanrag.evaluation.suite import Suite
from leanrag.evaluation.vectors import VectorCache
from leanrag.protocols import Embedder, TokenCounter
from leanrag.settings import Settings
from leanrag.types import Message, TraceEntry

ANSWER_FROM = "Answer the question from the sources below. If they do not hold the answer, say so."
"""The instruction of the plain prompt that pipelines without one of their own are given."""


@dataclass(frozen=True)
class Workbench:
    """Made once a process; heavy parts come to be when they are first asked for."""

    model: str = "gpt-4o"
    tokenizer: str | None = None
    folder: Path | None = None
    seed: int = 0
    corpus: Corpus | None = None
    budget_counts: Literal["context", "prompt"] = "context"
    settings: Mapping[str, Any] = field(default_factory=dict)
    _sizes: dict[str, int] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, suite: Suite, folder: Path, settings: Mapping[str, Any] | None = None) -> Self:
        """The suite's, with its caches in ``folder``; ``settings`` replace those of the suite."""
        spec = suite.spec
        return cls(
            model=spec.model,
            tokenizer=spec.tokenizer,
            folder=folder,
            seed=spec.seed,
            corpus=suite.corpus,
            budget_counts=suite.counts,
            settings=spec.settings if settings is None else settings,
        )

    @cached_property
    def counter(self) -> TokenCounter:
        """The counter of the model that prompts are for."""
        from leanrag.tokens import counter_for

        return counter_for(self.model, tokenizer=self.tokenizer)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder that dense baselines use, the same as leanrag's own."""
        from leanrag.api.wiring.models import shared_models

        return shared_models().embedder(self.lean_settings().embedding)

    @cached_property
    def vectors(self) -> VectorCache:
        """The embedder behind a cache on disk."""
        return VectorCache(self.embedder, self.folder and self.folder / "vectors.sqlite")

    def lean_settings(self, **more: Any) -> Settings:
        """leanrag's settings as the suite has them. Raises ``ConfigError``."""
        values = {"model": self.model, "tokenizer": self.tokenizer, **self.settings, **more}
        return Settings.create(**values)

    def tokens_of(self, case: Case) -> int:
        """Tokens of all contexts of a case, joined by blank lines."""
        # Every pipeline asks at every budget, and the contexts are the longest text there is.
        if self._sizes.get(case.id) is None:
            text = SEPARATOR.join(context.text for context in case.contexts)
            self._sizes.clear()
            self._sizes[case.id] = self.counter.count(text)
        return self._sizes[case.id]

    def history_tokens(self, case: Case) -> int:
        """Tokens of the whole history as messages."""
        messages = [{"role": turn.role, "content": turn.content} for turn in case.history]
        return self.counter.count_messages(messages)

    def room(self, case: Case, budget: int) -> int:
        """Tokens for the sources: the budget, less the plain prompt where prompts are counted.

        Raises:
            BudgetError: the prompt does not fit without any source.
        """
        if self.budget_counts == "context":
            return budget
        required = self.counter.count_messages(plain_messages(case, ""))
        if required > budget:
            raise BudgetError(required, budget)
        # Two tokens for the seams, where texts that meet can count more than apart.
        return max(0, budget - required - 2)

    def finish(
        self,
        case: Case,
        kept: list[Piece],
        *,
        seconds: float,
        ranking: tuple[str, ...] = (),
        trace: tuple[TraceEntry, ...] = (),
        reason: str = "budget",
    ) -> Outcome:
        """The outcome of a selection from the case's own contexts, with all its counts."""
        text = joined(kept)
        tokens = self.counter.count(text)
        messages = plain_messages(case, text)
        prompt_tokens = self.counter.count_messages(messages)
        return Outcome(
            text=text,
            tokens=prompt_tokens if self.budget_counts == "prompt" else tokens,
            context_tokens=tokens,
            prompt_tokens=prompt_tokens,
            tokens_in=self.tokens_of(case),
            seconds=seconds,
            kept=tuple(kept),
            dropped=dropped([context.id for context in case.contexts], kept, reason),
            ranking=ranking,
            messages=messages,
            trace=trace,
        )

    @cached_property
    def lean_corpus(self) -> LeanCorpus:
        """The suite's corpus, ingested by leanrag. Raises ``EvaluationError``."""
        if self.corpus is None or self.folder is None:
            raise EvaluationError("the suite has no corpus")
        return LeanCorpus(self.corpus, self.lean_settings(), self.folder)

    def documents(self) -> Iterator[SourceDocument]:
        """The corpus as parsed texts."""
        return self.lean_corpus.documents()

    def close(self) -> None:
        """Closes the cache and the store, where they were opened."""
        if "vectors" in self.__dict__:
            self.vectors.close()
        if "lean_corpus" in self.__dict__:
            self.lean_corpus.close()


def plain_messages(case: Case, text: str) -> tuple[Message, ...]:
    """The plain prompt: instruction, history, sources and question."""
    history = [{"role": turn.role, "content": turn.content} for turn in case.history]
    content = f"Sources:\n{text}\n\nQuestion: {case.question}"
    return (
        {"role": "system", "content": ANSWER_FROM},
        *history,
        {"role": "user", "content": content},
    )


def source_texts(case: Case) -> tuple[SourceText, ...]:
    """The case's contexts as records."""
    return tuple(
        SourceText(id=context.id, title=context.title, text=context.text)
        for context in case.contexts
    )
