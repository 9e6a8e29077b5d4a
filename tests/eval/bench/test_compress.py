"""The benchmark of selecting: rows are counted once, and ratios are taken on the same rows."""

import time
from types import ModuleType

import pytest


def test_the_row_that_warms_up_is_not_counted(bench: ModuleType) -> None:
    seen: list[str] = []
    found = bench.timed({bench.SELECTOR: seen.append}, ["a", "b", "c"], 1)
    assert seen == ["c", "a", "b"]
    assert found[bench.SELECTOR]["questions"] == 2


def test_peers_take_the_first_rows_alone(bench: ModuleType) -> None:
    seen: list[str] = []
    methods = {bench.SELECTOR: lambda case: None, bench.XLM: seen.append}
    found = bench.timed(methods, ["a", "b", "c"], 1)
    assert seen == ["c", "a"]
    assert found[bench.XLM]["questions"] == 1


def test_ratios_compare_the_same_rows(bench: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(time, "process_time", lambda: clock[0])

    def ours(case: float) -> None:
        clock[0] += case

    def peer(case: float) -> None:
        clock[0] += 20 * case

    found = bench.timed({bench.SELECTOR: ours, bench.XLM: peer}, [1.0, 5.0, 9.0, 2.0], 1)
    assert found[bench.XLM]["times_selector"] == pytest.approx(20)
    assert found[bench.SELECTOR]["median_ms"] == pytest.approx(5000)
