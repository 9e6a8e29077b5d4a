"""What a pipeline is: a case and a budget in, what the model would be sent out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from leanrag.evaluation.cases import Case
from leanrag.evaluation.records import SourceText
from leanrag.evaluation.results import PipelineInfo
from leanrag.types import Message, Span, TraceEntry

SEPARATOR = "\n\n"
"""What stands between texts, and is counted."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A kept piece. ``spans`` are into the source text of that id; None where it was rewritten."""

    id: str
    text: str
    spans: tuple[Span, ...] | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a pipeline made of a case.

    ``tokens`` is what the budget bounds: the kept texts joined by blank lines, or the whole
    prompt where the suite counts prompts. ``prompt_tokens`` is the rendered prompt either way,
    ``tokens_in`` all that the pipeline could choose from. ``ranking`` names source texts, best
    first, before anything was cut. ``seconds`` is the time that a user would wait: what can be
    made ahead of the question (embeddings of the passages) is left out. ``dropped`` names, by
    reason, the texts of which nothing was kept.
    """

    text: str
    tokens: int
    context_tokens: int
    prompt_tokens: int
    tokens_in: int
    seconds: float
    kept: tuple[Piece, ...] = ()
    dropped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ranking: tuple[str, ...] = ()
    candidates: tuple[SourceText, ...] = ()
    messages: tuple[Message, ...] = ()
    trace: tuple[TraceEntry, ...] = ()


class Pipeline(Protocol):
    """One way to get from a case to what the model is sent."""

    @property
    def info(self) -> PipelineInfo:
        """Name, role and options, for the results."""
        ...

    def run(self, case: Case, budget: int | None) -> Outcome:
        """The outcome; ``budget`` is None for a pipeline with one operating point only.

        Raises:
            LeanRAGError: this case cannot be run; the others go on.
        """
        ...

    def close(self) -> None:
        """Gives back what it holds; later calls do nothing."""
        ...


def dropped(
    sources: Sequence[str], kept: Sequence[Piece], reason: str
) -> dict[str, tuple[str, ...]]:
    """The ids of which nothing was kept, all for one reason."""
    chosen = {piece.id for piece in kept}
    names = tuple(name for name in sources if name not in chosen)
    return {reason: names} if names else {}
