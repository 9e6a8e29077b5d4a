"""A prompt in the making: renders it, and finds the evidence and the marks that it can hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leanrag.api.prompting.choosing import fit_evidence
from leanrag.api.prompting.evidence import Evidence, Fitted
from leanrag.pack.bridge import bridge
from leanrag.pack.render import (
    Candidate,
    Layout,
    Style,
    choose_layout,
    render_context,
    render_messages,
)
from leanrag.protocols import TokenCounter, WordScorer
from leanrag.settings import CompressionSettings
from leanrag.types import Message, Source, Tokens

_ROUNDS = 4
_SENT_WHOLE = frozenset({"code", "table"})
"""Kinds of chunks of which no word goes."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A prompt as it is sent: its marks, the block of sources and what stands in it."""

    layout: Layout
    context: str
    sources: Sequence[Source]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a prompt is made of, and how."""

    system: str
    history: Sequence[Message]
    question: str
    candidates: Sequence[Candidate]
    style: Style
    counter: TokenCounter
    words: WordScorer
    said: Sequence[str] = ()

    @property
    def unsqueezable(self) -> frozenset[int]:
        """The numbers of the candidates of which no word may go."""
        kinds = enumerate(candidate.hit.chunk.kind for candidate in self.candidates)
        return frozenset(number for number, kind in kinds if kind in _SENT_WHOLE)

    def fit(
        self, evidence: Evidence, settings: CompressionSettings, budget: int
    ) -> tuple[Fitted, Rendering]:
        """The evidence that fits, rendered with marks and a fence that occur in nothing shown.

        Nor in ``said``: what was answered before may hold the marks of other prompts' sources.
        Dropping words brings characters together that stood apart in every text, a bracket and
        a number or two rows of equals signs. So what is left is looked at again, and where a
        mark of the layout could be read in it, another layout is taken and the fitting done
        anew. A text made to fool every layout keeps its sentences whole.
        """
        seen = [self.question, *self.said]
        seen += (text for candidate in self.candidates for text in _texts(candidate))
        shown = list(seen)
        for _ in range(_ROUNDS):
            layout = choose_layout(seen)
            fitted = self._fit(evidence, settings, budget, layout)
            rendering = self.rendered(fitted, layout)
            if not fitted.cuts:
                return fitted, rendering
            seen += (source.text for source in rendering.sources)
            if choose_layout(seen) == layout:
                return fitted, rendering
        layout = choose_layout(shown)
        whole = settings.model_copy(update={"mode": "prune"})
        fitted = self._fit(evidence, whole, budget, layout)
        return fitted, self.rendered(fitted, layout)

    def _fit(
        self, evidence: Evidence, settings: CompressionSettings, budget: int, layout: Layout
    ) -> Fitted:
        def count(fitted: Fitted) -> int:
            return self.counter.count_messages(self.messages(self.rendered(fitted, layout).context))

        return fit_evidence(
            evidence,
            settings,
            count=count,
            budget=budget,
            counter=self.counter,
            words=self.words,
        )

    def rendered(self, fitted: Fitted, layout: Layout) -> Rendering:
        """The sentences with marks and fence."""
        chunks = [candidate.hit.chunk for candidate in self.candidates]
        context, sources = render_context(
            self.candidates,
            bridge(chunks, fitted.kept),
            layout,
            style=self.style,
            cuts=fitted.cuts,
            by_clause=fitted.by_clause,
        )
        return Rendering(layout, context, sources)

    def messages(self, context: str = "") -> list[dict[str, Any]]:
        """The messages as they are sent, with this block of sources."""
        return render_messages(
            system=self.system, history=self.history, context=context, question=self.question
        )

    def report(self, messages: Sequence[Message], context: str, budget: int) -> Tokens:
        """Counts by part, which add up to ``prompt``; the seams between count as overhead.

        Args:
            messages: the draft's, with the block of sources in them.
            context: that block.
            budget: what the prompt had to fit.
        """
        prompt = self.counter.count_messages(messages)
        history = [str(message.get("content") or "") for message in self.history]
        parts = {
            "system": self.counter.count(self.system),
            "history": sum(map(self.counter.count, history)),
            "context": self.counter.count(context),
            "question": self.counter.count(self.question),
        }
        overhead = prompt - sum(parts.values())
        if overhead < 0:
            parts["context"] = max(0, parts["context"] + overhead)
            overhead = prompt - sum(parts.values())
        return Tokens(
            budget=budget,
            prompt=prompt,
            **parts,
            overhead=overhead,
            counter=self.counter.name,
            exact=self.counter.exact,
        )


def _texts(candidate: Candidate) -> list[str]:
    hit = candidate.hit
    return [hit.title, *hit.chunk.headings, hit.chunk.text, candidate.lead, candidate.table_head]
