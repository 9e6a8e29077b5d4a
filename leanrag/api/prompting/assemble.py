"""Puts a question, its evidence and the conversation into one prompt that fits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from leanrag.api.memory.sending import Remembered
from leanrag.api.prompting.evidence import Evidence, Fitted
from leanrag.api.prompting.history_share import WORTH_FILLING, Past
from leanrag.api.prompting.rendering import Draft
from leanrag.errors import BudgetError
from leanrag.pack.render import Candidate, Layout, Style, render_messages
from leanrag.protocols import TokenCounter, WordScorer
from leanrag.retrieve.followup import Wanted
from leanrag.settings import Settings
from leanrag.types import Condensed, Hit, Prompt, Source, TraceEntry, Unit


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence for a question, before any of it goes for want of room.

    ``best`` are the hits as found; ``units`` are the sentences of worth in ``candidates``, and
    ``joined`` says how many candidates went into others. The last entry of ``trace`` says what
    pruning left.
    """

    best: Sequence[Hit]
    candidates: Sequence[Candidate]
    units: Sequence[Unit]
    joined: int
    trace: Sequence[TraceEntry]


@dataclass(frozen=True, slots=True)
class Composed:
    """What is sent: of the conversation, and of the evidence in a draft."""

    told: Condensed
    draft: Draft
    fitted: Fitted
    layout: Layout


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes prompts of at most ``budget`` tokens, all counted as they are sent.

    ``system`` is the system text; ``mask``, if any, is applied to it and to all else that is sent.
    ``words`` says which words of a sentence may go.
    """

    system: str
    budget: int
    counter: TokenCounter
    words: WordScorer
    settings: Settings
    mask: Callable[[str], str] | None = None

    def compose(self, wanted: Wanted, remembered: Remembered, gathered: Gathered) -> Prompt:
        """The prompt, with its sources and trace.

        Args:
            wanted: what was searched for; the question is sent as it was asked.
            remembered: the conversation, of which some is sent.
            gathered: the evidence, of which some is sent.

        Raises:
            BudgetError: system text and question alone do not fit.
        """
        past = self._past(wanted.asked, remembered)
        share = past.share(wanted.text, gathered.best, leans=wanted.leans)
        told = past.take(wanted.text, share, leans=wanted.leans)
        start = perf_counter()
        draft = self._draft(wanted.asked, past, told, gathered.candidates)
        passages = [candidate.hit.passage for candidate in gathered.candidates]
        evidence = Evidence(wanted.text, passages, gathered.units, draft.unsqueezable)
        fitted, layout = draft.fit(evidence, self.settings.compression, self.budget)
        composed = Composed(told, draft, fitted, layout)
        if share >= WORTH_FILLING:
            composed = self._filled(composed, past, wanted)
        return self._prompt(wanted.asked, composed, gathered, start)

    def _past(self, question: str, remembered: Remembered) -> Past:
        """The conversation between system text and question, and the room that they leave."""
        show = self.mask or str
        bare = render_messages(
            system=show(self.system), history=(), context="", question=show(question)
        )
        required = self.counter.count_messages(bare)
        if required > self.budget:
            raise BudgetError(required, self.budget)
        return Past(
            remembered,
            self.counter,
            available=self.budget - required,
            before=bare[:-1],
            after=bare[-1:],
            mask=self.mask,
        )

    def _draft(
        self, question: str, past: Past, told: Condensed, candidates: Sequence[Candidate]
    ) -> Draft:
        show, settings = self.mask or str, self.settings.prompt
        turns = past.remembered.turns
        return Draft(
            system=show(self.system),
            history=told.messages,
            question=show(question),
            candidates=candidates,
            style=Style(show_headings=settings.show_headings, order=settings.order, mask=show),
            counter=self.counter,
            words=self.words,
            said=[turn.text for turn in turns if turn.role == "assistant"],
        )

    def _filled(self, composed: Composed, past: Past, wanted: Wanted) -> Composed:
        """With more of the conversation where the evidence leaves room."""
        told, draft = composed.told, composed.draft
        fitted, layout = composed.fitted, composed.layout
        left = self.budget - self.counter.count_messages(draft.messages(fitted, layout))
        longer = past.more(wanted.text, told, left, leans=wanted.leans)
        fuller = replace(draft, history=longer.messages)
        # A template may make the whole longer than the sum of its parts.
        if self.counter.count_messages(fuller.messages(fitted, layout)) > self.budget:
            return composed
        return Composed(longer, fuller, fitted, layout)

    def _prompt(
        self, question: str, composed: Composed, gathered: Gathered, start: float
    ) -> Prompt:
        draft, fitted, layout = composed.draft, composed.fitted, composed.layout
        _, sources = draft.context(fitted, layout)
        packed = self._packed(sources, fitted, gathered, start)
        return Prompt(
            question,
            tuple(draft.messages(fitted, layout)),
            draft.report(fitted, layout, self.budget),
            tuple(sources),
            (*composed.told.trace, *gathered.trace, *fitted.trace, packed),
            mark_prefix=layout.mark_prefix,
        )

    def _packed(
        self, sources: Sequence[Source], fitted: Fitted, gathered: Gathered, start: float
    ) -> TraceEntry:
        """What packing did to the sentences that pruning and squeezing left."""
        entered = (*gathered.trace, *fitted.trace)[-1]
        sent = sum(len(numbers) for numbers in fitted.kept.values())
        joined = f", {gathered.joined} chunks joined to others" if gathered.joined > 0 else ""
        return TraceEntry(
            "pack", entered.items_out, sent, entered.tokens_out,
            self.counter.count("\n\n".join(source.text for source in sources)),
            perf_counter() - start - sum(entry.seconds for entry in fitted.trace),
            {"over the budget": entered.items_out - sent} if sent < entered.items_out else {},
            note=f"{len(sources)} sources{joined}",
        )  # fmt: skip
