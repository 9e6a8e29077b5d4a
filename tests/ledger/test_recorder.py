"""The recorder: budgets refuse before the call; nothing else ever breaks an answer."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from leanrag.errors import BudgetError, SpendingError, StoreError
from leanrag.ledger.recorder import LedgerRecorder, LedgerWarning, NoRecorder
from leanrag.settings import LedgerSettings
from leanrag.types import LedgerEntry, LedgerQuery, ModelCall
from tests.ledger.parts import Cents, call


class Memory:
    """A ledger in memory that can be broken."""

    def __init__(self) -> None:
        self.appended: list[LedgerEntry] = []
        self.reserved: dict[str, LedgerEntry] = {}
        self.broken = False

    def append(self, entry: LedgerEntry) -> None:
        self._check()
        self.appended.append(entry)

    def reserve(self, entry: LedgerEntry, limit: int) -> int:
        self._check()
        settled = {done.id for done in self.appended}
        spent = [e for e in self.appended if e.tenant == entry.tenant and e.day == entry.day]
        spent += [
            e for e in self.reserved.values() if e.id not in settled and e.tenant == entry.tenant
        ]
        left = limit - sum(e.cost or 0 for e in spent)
        if (entry.cost or 0) <= left:
            self.reserved[entry.id] = entry
        return left

    def entries(self, query: LedgerQuery) -> Iterator[LedgerEntry]:
        return iter(self.appended)

    def _check(self) -> None:
        if self.broken:
            raise StoreError("disk full", service="ledger")


def made(**settings: Any) -> tuple[LedgerRecorder, Memory]:
    memory = Memory()
    return LedgerRecorder(memory, Cents(), settings=LedgerSettings(**settings)), memory


def pending(**changes: Any) -> ModelCall:
    return call(usage=None, pending=True, **changes)


def test_a_ledger_that_fails_warns_and_loses_no_answer() -> None:
    recorder, memory = made()
    memory.broken = True
    recorder.admit(pending())
    with pytest.warns(LedgerWarning, match="disk full"):
        recorder.record(call())


def test_with_a_budget_a_ledger_that_fails_refuses_the_call() -> None:
    recorder, memory = made(daily_budget=100)
    memory.broken = True
    with pytest.raises(SpendingError, match="disk full"):
        recorder.admit(pending())


def test_a_call_that_could_exceed_the_budget_is_refused_before_it_is_made() -> None:
    recorder, memory = made(daily_budget=20)  # one call costs 12 at most, and 9.2 in the end
    first = pending()
    recorder.admit(first)
    with pytest.raises(SpendingError, match=r"\$8\.000000 are left of \$20") as caught:
        recorder.admit(pending())
    assert caught.value.cost == 12
    assert caught.value.left == 8
    assert isinstance(caught.value, BudgetError)
    recorder.record(replace(call(), id=first.id))
    with pytest.raises(SpendingError, match=r"\$10\.800000 are left"):
        recorder.admit(pending())
    assert len(memory.appended) == 1


def test_each_tenant_has_its_own_budget() -> None:
    recorder, _ = made(daily_budget=12, tenant_budgets={"rich": 24, "poor": 0})
    recorder.admit(pending(tenant="acme"))
    recorder.admit(pending(tenant="other"))
    recorder.admit(pending(tenant="rich"))
    recorder.admit(pending(tenant="rich"))
    for tenant in ("acme", "rich", "poor"):
        with pytest.raises(SpendingError, match=tenant):
            recorder.admit(pending(tenant=tenant))


def test_only_named_tenants_are_held_where_there_is_no_general_budget() -> None:
    recorder, memory = made(tenant_budgets={"poor": 1})
    recorder.admit(pending(tenant="acme"))
    assert not memory.reserved
    with pytest.raises(SpendingError, match="poor"):
        recorder.admit(pending(tenant="poor"))


def test_with_a_budget_a_model_without_a_price_is_refused() -> None:
    recorder, _ = made(daily_budget=100)
    with pytest.raises(SpendingError, match=r"unheard-of.*ledger\.prices"):
        recorder.admit(pending(model="unheard-of"))


def test_a_recorder_that_keeps_nothing_lets_all_pass() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NoRecorder().admit(pending())
        NoRecorder().record(call())


def test_an_exporter_is_shown_what_the_ledger_could_not_take() -> None:
    shown: list[LedgerEntry] = []

    class Exporter:
        def export(self, entry: LedgerEntry) -> None:
            shown.append(entry)

    memory = Memory()
    memory.broken = True
    recorder = LedgerRecorder(memory, Cents(), settings=LedgerSettings(), exporter=Exporter())
    with pytest.warns(LedgerWarning):
        recorder.record(call())
    assert [entry.model for entry in shown] == ["m"]
