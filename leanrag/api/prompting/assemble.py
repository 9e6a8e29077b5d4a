"""Puts a question, its evidence and the conversation into one prompt that fits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from leanrag.api.memory.sending import Remembered
from leanrag.api.prompting.evidence import Evidence, Fitted
from leanrag.api.prompting.history_share import WORTH_FILLING, Past
from leanrag.api.prompting.rendering import Draft, Rendering
from leanrag.errors import BudgetError
from leanrag.pack.render import Candidate, Style
from leanrag.protocols import TokenCounter, WordScorer
from leanrag.retrieve.followup import Wanted
from leanrag.settings import Settings
from leanrag.trace import Stage
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
        show, style = self.mask or str, self.settings.prompt
        draft = Draft(
            system=show(self.system),
            history=(),
            question=show(wanted.asked),
            candidates=gathered.candidates,
            style=Style(show_headings=style.show_headings, order=style.order, mask=show),
            counter=self.counter,
            words=self.words,
            said=[turn.text for turn in remembered.turns if turn.role == "assistant"],
        )
        bare = draft.messages()
        required = self.counter.count_messages(bare)
        if required > self.budget:
            raise BudgetError(required, self.budget)
        past = Past(
            remembered,
            self.counter,
            available=self.budget - required,
            before=bare[:-1],
            after=bare[-1:],
            question=wanted.text,
            leans=wanted.leans,
            mask=self.mask,
            most=self.settings.history.share,
        )
        share = past.share(gathered.best)
        told = past.take(share)
        stage = Stage("pack")
        draft = replace(draft, history=told.messages)
        passages = [candidate.hit.passage for candidate in gathered.candidates]
        evidence = Evidence(wanted.text, passages, gathered.units, draft.unsqueezable)
        fitted, rendering = draft.fit(evidence, self.settings.compression, self.budget)
        if share >= WORTH_FILLING:
            told = self._filled(told, past, draft, rendering)
            draft = replace(draft, history=told.messages)
        messages = draft.messages(rendering.context)
        packed = self._packed(stage, rendering.sources, fitted, gathered)
        return Prompt(
            wanted.asked,
            tuple(messages),
            draft.report(messages, rendering.context, self.budget),
            tuple(rendering.sources),
            (*told.trace, *gathered.trace, *fitted.trace, packed),
            mark_prefix=rendering.layout.mark_prefix,
        )

    def _filled(self, told: Condensed, past: Past, draft: Draft, rendering: Rendering) -> Condensed:
        """More of the conversation where the evidence leaves room."""
        left = self.budget - self.counter.count_messages(draft.messages(rendering.context))
        longer = past.more(told, left)
        fuller = replace(draft, history=longer.messages).messages(rendering.context)
        # A template may make the whole longer than the sum of its parts.
        return longer if self.counter.count_messages(fuller) <= self.budget else told

    def _packed(
        self, stage: Stage, sources: Sequence[Source], fitted: Fitted, gathered: Gathered
    ) -> TraceEntry:
        """What packing did to the sentences that pruning and squeezing left."""
        entered = (*gathered.trace, *fitted.trace)[-1]
        sent = sum(len(numbers) for numbers in fitted.kept.values())
        joined = f", {gathered.joined} chunks joined to others" if gathered.joined > 0 else ""
        return stage.entry(
            (entered.items_out, sent),
            (
                entered.tokens_out,
                self.counter.count("\n\n".join(source.text for source in sources)),
            ),
            dropped={"over the budget": entered.items_out - sent},
            note=f"{len(sources)} sources{joined}",
            apart=fitted.trace,
        )
