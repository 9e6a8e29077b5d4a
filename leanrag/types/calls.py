"""Calls to a model, and its answers with what they cite."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from uuid import uuid4

from leanrag.types.evidence import Source
from leanrag.types.plain import Span
from leanrag.types.prompts import Prompt, TraceEntry

Purpose: TypeAlias = Literal["answer", "summary", "rewrite", "evaluation"]
"""What a call to a model is for; all but ``answer`` are leanrag's own."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call as the endpoint counts them.

    ``cached_tokens`` are the part of ``input_tokens`` that the endpoint had in its prompt cache;
    ``reasoning_tokens`` the part of ``output_tokens`` that no reader sees.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def uncached_tokens(self) -> int:
        """The input tokens that are paid in full."""
        return self.input_tokens - self.cached_tokens


@dataclass(frozen=True, slots=True)
class CallLabel:
    """Whom a call to a model is made for: what costs are told apart by, and budgets kept by."""

    tenant: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer as it comes in."""

    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's whole answer.

    ``usage`` is None where the endpoint tells none. ``finish_reason`` is the endpoint's own, such
    as ``stop`` or ``length``; ``model`` the model that it says has answered; ``attempts`` how
    often it was asked.
    """

    text: str
    usage: Usage | None = None
    finish_reason: str = "stop"
    model: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call to a model, as a recorder is told of it, whether it was answered or not.

    ``id`` is the same in the pending call and in the ended one, so that what was set aside for it
    is settled: make one from the other by ``dataclasses.replace``. ``at`` is the start in UTC as
    ISO 8601. ``prompt_tokens`` is leanrag's own count of what was sent and ``baseline_tokens``
    what would have been sent without leanrag (whole retrieved chunks, full history), 0 where that
    has no meaning. ``stages`` is the prompt's trace, which has the tokens before and after each
    stage. ``usage`` is the endpoint's count, None where it tells none; ``error`` the name of the
    error's class, empty where the call was answered. ``pending`` marks a call that is about to be
    made: then there is no usage yet and ``max_output_tokens`` bounds what it may cost.
    ``set_aside`` is what the endpoint told where that cannot be true; ``usage`` is leanrag's own
    count then.
    """

    purpose: Purpose
    model: str
    at: str
    service: str = ""
    prompt_tokens: int = 0
    baseline_tokens: int = 0
    max_output_tokens: int = 0
    stages: tuple[TraceEntry, ...] = ()
    usage: Usage | None = None
    seconds: float = 0.0
    attempts: int = 1
    finish_reason: str = ""
    error: str = ""
    tenant: str = ""
    tags: tuple[str, ...] = ()
    pending: bool = False
    set_aside: Usage | None = None
    id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Citation:
    """A mark in an answer that stands for a source of its prompt.

    ``span`` is where the mark stands in the answer's text. ``number`` is the source's, from 1;
    ``source`` the piece of evidence with its source, page, spans and text.
    """

    number: int
    span: Span
    source: Source


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answered, with every citation resolved against the prompt's sources.

    ``unknown_marks`` are marks in the text for which the prompt has no source. ``called`` is
    false where no model was asked, since the store holds nothing for the question.
    ``baseline_tokens`` are those that whole chunks and the full history would have needed.
    ``usage`` is the endpoint's count, None where it tells none or one that cannot be true.
    """

    text: str
    citations: tuple[Citation, ...]
    prompt: Prompt
    usage: Usage | None
    finish_reason: str
    trace: tuple[TraceEntry, ...]
    model: str = ""
    unknown_marks: tuple[str, ...] = ()
    called: bool = True
    baseline_tokens: int = 0

    @property
    def cited(self) -> tuple[Source, ...]:
        """The sources that the text cites, each once, in the order of their marks."""
        found = {citation.number: citation.source for citation in self.citations}
        return tuple(found[number] for number in sorted(found))
