"""What keeps the cost of calls, knows prices and shows calls to others."""

from collections.abc import Iterator
from typing import Protocol

from leanrag.types import LedgerEntry, LedgerQuery, Price, Usage


class Ledger(Protocol):
    """Keeps the figures of calls; entries are only ever added.

    Safe to use from several threads and processes. Each method raises ``StoreError`` where the
    ledger fails.
    """

    def append(self, entry: LedgerEntry) -> None:
        """Adds an entry; one with an id that is there already is not added again."""
        ...

    def reserve(self, entry: LedgerEntry, limit: int) -> int:
        """Sets aside an entry's cost until one with its id is appended, if the day's limit allows.

        Returns what is left of the limit for the tenant and day before this entry; where that is
        less than its cost, nothing was set aside.
        """
        ...

    def entries(self, query: LedgerQuery) -> Iterator[LedgerEntry]:
        """The entries wanted, oldest first."""
        ...


class PriceList(Protocol):
    """Knows what models cost."""

    def price(self, model: str, usage: Usage, *, service: str, at: str) -> Price | None:
        """What the tokens cost at a service at a time (UTC, ISO 8601); None where not known."""
        ...


class CallExporter(Protocol):
    """Shows calls to another system, such as one that collects traces."""

    def export(self, entry: LedgerEntry) -> None: ...
