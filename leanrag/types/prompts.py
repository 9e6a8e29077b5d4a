"""What comes out in the end: prompts, compressed texts, condensed histories and their traces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leanrag.types.evidence import Source
from leanrag.types.plain import Span


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """What one stage did. ``dropped`` counts what was left out by reason."""

    stage: str
    items_in: int
    items_out: int
    tokens_in: int
    tokens_out: int
    seconds: float
    dropped: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


class Tokens(dict[str, Any]):
    """Token counts by name, readable as ``tokens["out"]`` and as ``tokens.out``."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that fits: ``tokens.prompt <= tokens.budget``, counted on ``messages``.

    The mark of the source at position n is ``[{mark_prefix}{n + 1}]``. Where masking is on,
    ``masks`` has the value of each stand-in in ``messages``; it stays on this side.
    """

    question: str
    messages: tuple[dict[str, Any], ...]
    tokens: Tokens
    sources: tuple[Source, ...]
    trace: tuple[TraceEntry, ...]
    mark_prefix: str = ""
    masks: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class KeptText:
    """What was kept of one input text: ``text == "".join(input[a:b] for a, b in spans)``."""

    id: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Compressed:
    """The kept texts in input order, empty ones left out; ``tokens`` has in, out and budget."""

    texts: tuple[KeptText, ...]
    tokens: Tokens
    trace: tuple[TraceEntry, ...]


@dataclass(frozen=True, slots=True)
class Condensed:
    """A history that fits its budget.

    ``kept_ids`` are turns of which at least one whole sentence stands verbatim in ``messages``;
    ``covered_ids`` are turns that only a summary cites.
    """

    messages: tuple[dict[str, Any], ...]
    kept_ids: tuple[str, ...]
    covered_ids: tuple[str, ...]
    tokens: Tokens
    trace: tuple[TraceEntry, ...]
