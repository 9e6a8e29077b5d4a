"""What the ledger keeps of the calls to models, and what is asked of it."""

from dataclasses import dataclass

NANO: int = 1_000_000_000
"""Money is kept in billionths of a US dollar, as whole numbers."""


@dataclass(frozen=True, slots=True)
class Price:
    """What some tokens cost, in billionths of a US dollar; ``source`` says by which list."""

    input: int
    output: int
    source: str


@dataclass(frozen=True, slots=True)
class StageFigures:
    """What a stage of a prompt did, in figures."""

    stage: str
    items_in: int
    items_out: int
    tokens_in: int
    tokens_out: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A call as the ledger keeps it: figures and labels, no text of question, document or answer.

    ``reported`` is whether the endpoint itself counted the tokens; else they are leanrag's count.
    ``cost`` is input and output together and ``baseline_cost`` what the input would have cost
    without leanrag, in billionths of a US dollar; None where the price is not known.
    ``price_source`` says who set the price. ``set_aside`` is what the endpoint told where that
    cannot be true, such as ``3,000,000,000 in, 1 out``; it counts nowhere.
    """

    id: str
    at: str
    purpose: str
    model: str
    service: str = ""
    tenant: str = ""
    tags: tuple[str, ...] = ()
    prompt_tokens: int = 0
    baseline_tokens: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    reported: bool = False
    cost: int | None = None
    input_cost: int | None = None
    baseline_cost: int | None = None
    price_source: str = ""
    seconds: float = 0.0
    attempts: int = 1
    finish_reason: str = ""
    error: str = ""
    stages: tuple[StageFigures, ...] = ()
    set_aside: str = ""

    @property
    def day(self) -> str:
        """The day of the call in UTC, as ``YYYY-MM-DD``."""
        return self.at[:10]


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which entries are wanted; days are ``YYYY-MM-DD`` in UTC, both ends included."""

    since: str = ""
    until: str = ""
    tenant: str | None = None
    tag: str | None = None
