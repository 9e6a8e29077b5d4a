"""Writes every call into the ledger, and keeps the budgets in money."""

import warnings
from dataclasses import replace

from leanrag.errors import SpendingError, StoreError
from leanrag.ledger.entry import entry_of, highest_price
from leanrag.protocols import CallExporter, Ledger, PriceList
from leanrag.settings import LedgerSettings
from leanrag.types import NANO, ModelCall


class LedgerWarning(UserWarning):
    """A call could not be written into the ledger; its answer is not affected."""


class LedgerRecorder:
    """Takes down calls; without a ledger that works there is a warning, and no answer is lost.

    Only where a budget in money holds for the tenant, a call is refused before it is made: when
    the most that it may cost exceeds what is left of the day, when its price is not known, and
    when the ledger cannot be written.

    Args:
        ledger: keeps the entries.
        prices: knows what calls cost.
        settings: the budgets.
        exporter: is shown each entry too.
    """

    def __init__(
        self,
        ledger: Ledger,
        prices: PriceList,
        *,
        settings: LedgerSettings,
        exporter: CallExporter | None = None,
    ) -> None:
        self._ledger = ledger
        self._prices = prices
        self._settings = settings
        self._exporter = exporter

    def admit(self, call: ModelCall) -> None:
        """Sets aside what the call may cost at most. Raises ``SpendingError``."""
        budget = self._settings.tenant_budgets.get(call.tenant, self._settings.daily_budget)
        if budget is None:
            return
        who = f"tenant {call.tenant!r}" if call.tenant else "calls without a tenant"
        price = highest_price(call, self._prices)
        if price is None:
            raise SpendingError(
                f"the price of the model {call.model!r} is not known, so the budget of {who} "
                "cannot be kept; name it in ledger.prices",
                tenant=call.tenant,
            )
        cost = price.input + price.output
        planned = replace(entry_of(call, self._prices), cost=cost)
        try:
            left = self._ledger.reserve(planned, round(budget * NANO))
        except StoreError as error:
            raise SpendingError(
                f"the budget of {who} cannot be kept: {error}", tenant=call.tenant, cost=cost / NANO
            ) from error
        if cost > left:
            raise SpendingError(
                f"the call may cost up to ${cost / NANO:.6f}, and ${max(left, 0) / NANO:.6f} are "
                f"left of ${budget:g} for {who} on {call.at[:10]} (UTC); raise the budget in "
                "ledger.daily_budget or ledger.tenant_budgets, lower reply_tokens, or wait",
                tenant=call.tenant,
                cost=cost / NANO,
                left=max(left, 0) / NANO,
            )

    def record(self, call: ModelCall) -> None:
        """Adds the call to the ledger; warns where that cannot be done."""
        entry = entry_of(call, self._prices)
        try:
            self._ledger.append(entry)
        except StoreError as error:
            warnings.warn(f"a call was not recorded: {error}", LedgerWarning, stacklevel=3)
        if self._exporter is not None:
            self._exporter.export(entry)


class NoRecorder:
    """Takes nothing down."""

    def admit(self, call: ModelCall) -> None:
        """Lets every call pass."""

    def record(self, call: ModelCall) -> None:
        """Forgets the call."""
