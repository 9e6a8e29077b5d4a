"""The ledger's file: append-only, and right under threads, processes and damage."""

import multiprocessing
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leanrag.adapters.sqlite.ledger import SqliteLedger
from leanrag.errors import StoreError
from leanrag.types import LedgerQuery, StageFigures
from tests.ledger.parts import entry

EVERYTHING = LedgerQuery()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "below" / "ledger.sqlite3"


def test_what_is_added_is_read_back_oldest_first(file: Path) -> None:
    ledger = SqliteLedger(file)
    full = entry(stages=(StageFigures("prune", 9, 3, 90, 30, 0.25),), tags=("a", "ü"), error="E")
    older = entry(id="e0", at="2026-11-19T00:00:00+00:00", cost=None, baseline_cost=None)
    ledger.append(full)
    ledger.append(older)
    ledger.append(replace(full, model="other"))  # the same call twice is one
    assert list(ledger.entries(EVERYTHING)) == [older, full]


def test_entries_are_chosen_by_day_tenant_and_tag(file: Path) -> None:
    ledger = SqliteLedger(file)
    for number in range(1, 6):
        at = f"2026-11-{number:02d}T23:59:59+00:00"
        ledger.append(
            entry(id=str(number), at=at, tenant=f"t{number % 2}", tags=(f"g{number % 3}",))
        )

    def ids(query: LedgerQuery) -> list[str]:
        return [found.id for found in ledger.entries(query)]

    assert ids(LedgerQuery(since="2026-11-02", until="2026-11-04")) == ["2", "3", "4"]
    assert ids(LedgerQuery(tenant="t1")) == ["1", "3", "5"]
    assert ids(LedgerQuery(tag="g1")) == ["1", "4"]
    assert ids(LedgerQuery(tenant="t1", tag="g'; DROP TABLE calls")) == []


def test_nothing_can_be_changed_or_deleted(file: Path) -> None:
    SqliteLedger(file).append(entry())
    with sqlite3.connect(file) as base:
        for statement in ("UPDATE calls SET cost = 0", "DELETE FROM calls"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                base.execute(statement)


def test_reading_makes_no_file(file: Path) -> None:
    assert list(SqliteLedger(file).entries(EVERYTHING)) == []
    assert not file.parent.exists()


def test_a_reservation_counts_until_its_call_is_there(file: Path) -> None:
    ledger = SqliteLedger(file)
    assert ledger.reserve(entry(id="a", cost=60), 100) == 100
    assert ledger.reserve(entry(id="b", cost=60), 100) == 40
    assert ledger.reserve(entry(id="c", cost=40), 100) == 40
    ledger.append(entry(id="a", cost=10))
    assert ledger.reserve(entry(id="d", cost=60), 100) == 50
    assert ledger.reserve(entry(id="e", cost=60, tenant="other"), 100) == 100
    assert ledger.reserve(entry(id="f", cost=60, at="2026-11-21T00:00:00Z"), 100) == 100


def reserve_and_append(file: str, worker: int) -> int:
    ledger = SqliteLedger(Path(file), timeout_s=60)
    admitted = 0
    for number in range(20):
        planned = entry(id=f"{worker}-{number}", cost=10)
        if ledger.reserve(planned, 400) >= 10:
            admitted += 1
            ledger.append(replace(planned, cost=10))
    return admitted


def test_processes_never_exceed_a_limit_together(file: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        admitted = pool.starmap(reserve_and_append, [(str(file), worker) for worker in range(3)])
    assert sum(admitted) == 40
    assert len(list(SqliteLedger(file).entries(EVERYTHING))) == 40


def test_threads_never_exceed_a_limit_together(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(lambda n: reserve_and_append(str(file), n), range(8)))
    assert sum(admitted) == 40


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be one" * 30])
def test_a_file_that_is_no_ledger_is_named(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    ledger = SqliteLedger(file)
    with pytest.raises(StoreError, match=r"ledger\.sqlite3.*ledger\.path"):
        ledger.append(entry())
    with pytest.raises(StoreError, match=r"ledger\.sqlite3"):
        list(ledger.entries(EVERYTHING))
    assert file.read_bytes() == content


def test_a_ledger_of_a_later_version_is_left_alone(file: Path) -> None:
    SqliteLedger(file).append(entry())
    with sqlite3.connect(file) as base:
        base.execute("PRAGMA user_version = 9")
    with pytest.raises(StoreError, match="version 9"):
        SqliteLedger(file).append(entry(id="e2"))


def test_a_damaged_entry_is_named(file: Path) -> None:
    ledger = SqliteLedger(file)
    ledger.append(entry())
    with sqlite3.connect(file) as base:
        base.execute("DROP TRIGGER calls_stay")
        base.execute("UPDATE calls SET stages = '[[1]]'")
    with pytest.raises(StoreError, match="e1"):
        list(ledger.entries(EVERYTHING))


@pytest.mark.parametrize(
    "changes", [{"tenant": "\ud800"}, {"tags": ("\ud800",)}, {"cost": 1 << 70}]
)
def test_what_the_file_cannot_hold_is_an_error_of_the_ledger(
    file: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(StoreError):
        SqliteLedger(file).append(entry(**changes))
    assert list(SqliteLedger(file).entries(EVERYTHING)) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be used"):
        SqliteLedger(tmp_path / "file" / "ledger.sqlite3").append(entry())


def test_a_usage_that_was_set_aside_is_kept_beside_the_calls(file: Path) -> None:
    ledger = SqliteLedger(file)
    ledger.append(entry())  # a ledger as it was before there was anything to set aside
    with sqlite3.connect(file) as base:
        tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master")}
    assert "set_aside" not in tables
    told = entry(id="e2", at="2026-11-21T00:00:00Z", reported=False, set_aside="9,000 in, 1 out")
    ledger.append(told)
    ledger.append(replace(told, set_aside="other"))
    assert list(ledger.entries(EVERYTHING)) == [entry(), told]
