"""Pipelines over the history that a case brings: the plain ways to cut a conversation down.

They send messages, and are counted with the overhead of messages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from leanrag.evaluation.cases import Case, Context
from leanrag.evaluation.pipelines.closed import Order
from leanrag.evaluation.pipelines.contract import (
    SEPARATOR,
    Outcome,
    Piece,
    Pipeline,
    dropped,
)
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo
from leanrag.types import Message

_MORE_TRIES = 20
"""Turns tried behind the first that does not fit, so that the budget is used up."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Messages, and the turns that stand in them."""

    messages: Sequence[Message]
    kept: Sequence[str]
    ranking: Sequence[str] = ()


class HistoryPipeline:
    """Takes turns in some order while they fit, and sends them in that of the conversation."""

    def __init__(
        self, info: PipelineInfo, order: Order, bench: Workbench, *, gaps: bool = True
    ) -> None:
        """``gaps`` says whether turns behind one that does not fit are still tried."""
        self.info = info
        self._order = order
        self._bench = bench
        self._gaps = gaps
        self._known: tuple[tuple[str, str], tuple[list[int], float]] | None = None

    def run(self, case: Case, budget: int | None) -> Outcome:
        """The turns that fit."""
        order, waited = self._ranked(case)
        started = perf_counter()
        places = self._fitting(case, order, budget)
        waited += perf_counter() - started
        sent = Sent(
            [message(case, place) for place in sorted(places)],
            [case.history[place].id or str(place) for place in sorted(places)],
            [case.history[place].id or str(place) for place in order],
        )
        return history_outcome(self._bench, case, sent, seconds=waited)

    def close(self) -> None:
        """Nothing is held."""

    def _ranked(self, case: Case) -> tuple[list[int], float]:
        # The order does not depend on the budget; its time counts for every budget all the same.
        key = (case.id, case.question)
        if self._known is None or self._known[0] != key:
            turns = tuple(
                Context(id=turn.id or str(place), text=turn.content)
                for place, turn in enumerate(case.history)
            )
            ordered = self._order(case.model_copy(update={"contexts": turns}), self._bench)
            self._known = (key, ordered)
        return self._known[1]

    def _fitting(self, case: Case, order: Sequence[int], budget: int | None) -> list[int]:
        if budget is None:
            return list(order)
        count = self._bench.counter.count_messages
        used = count([])
        chosen: list[int] = []
        missed = 0
        for place in order:
            # A message costs the same wherever it stands.
            size = count([message(case, place)]) - count([])
            if used + size <= budget:
                chosen.append(place)
                used += size
                continue
            missed += 1
            if not self._gaps or missed > _MORE_TRIES:
                break
        return chosen


class AtShare:
    """Another pipeline at a share of what each case has, in place of a budget."""

    def __init__(self, info: PipelineInfo, inner: Pipeline, bench: Workbench) -> None:
        self.info = info
        self._inner = inner
        self._bench = bench
        self._share = float(info.options["share"])

    def run(self, case: Case, budget: int | None) -> Outcome:
        """What the other pipeline makes of the share. Raises ``LeanRAGError``."""
        return self._inner.run(case, max(1, int(self._share * self._bench.tokens_of(case))))

    def close(self) -> None:
        """Closes the other pipeline."""
        self._inner.close()


def message(case: Case, place: int) -> dict[str, Any]:
    """A turn as it is sent."""
    turn = case.history[place]
    return {"role": turn.role, "content": turn.content} | ({"name": turn.name} if turn.name else {})


def history_outcome(bench: Workbench, case: Case, sent: Sent, *, seconds: float) -> Outcome:
    """The outcome of sending ``sent``, with all its counts."""
    out = bench.counter.count_messages(sent.messages) if sent.messages else 0
    kept = [Piece(name, "") for name in sent.kept]
    names = [turn.id or str(place) for place, turn in enumerate(case.history)]
    return Outcome(
        text=SEPARATOR.join(str(one.get("content") or "") for one in sent.messages),
        tokens=out,
        context_tokens=out,
        prompt_tokens=out + bench.counter.count(case.question),
        tokens_in=bench.history_tokens(case),
        seconds=seconds,
        kept=tuple(kept),
        dropped=dropped(names, kept, "less relevant"),
        ranking=tuple(sent.ranking),
        messages=tuple(sent.messages),
    )
