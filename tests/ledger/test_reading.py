"""Sums, advice, export, and the usages of several providers."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leanrag.errors import InputError
from leanrag.ledger.advice import advise
from leanrag.ledger.baseline import baseline_tokens
from leanrag.ledger.export import export
from leanrag.ledger.summary import NONE, summarise
from leanrag.ledger.usage import read_usage
from leanrag.types import NANO, StageFigures, Tokens, TraceEntry, Usage
from tests.ledger.parts import entry

SHORTENED = (StageFigures("history", 9, 3, 3000, 300, 0.01),)


def test_sums_in_all_and_by_group() -> None:
    summary = summarise(
        [
            entry(id="1"),
            entry(id="2", at="2026-11-21T00:00:00+00:00", tags=(), tenant="", model="n"),
            entry(id="3", purpose="summary", cost=30, input_cost=20, baseline_tokens=0,
                  baseline_cost=None, tags=("web", "de")),
            entry(id="4", cost=None, input_cost=None, baseline_cost=None, reported=False),
            entry(id="5", error="LLMError", cost=0, input_cost=0, baseline_tokens=0,
                  baseline_cost=None, prompt_tokens=0),
        ]
    )  # fmt: skip
    total = summary.total
    assert (total.calls, total.errors, total.unpriced, total.unreported) == (5, 1, 1, 1)
    assert total.cost == 250
    assert total.own_cost == 30
    assert total.saving == 400 + 400 - 30
    assert total.saved_tokens == 3 * 4000
    groups = summary.groups
    assert {day: sums.calls for day, sums in groups["day"].items()} == {
        "2026-11-20": 4,
        "2026-11-21": 1,
    }
    assert {tag: sums.calls for tag, sums in groups["tag"].items()} == {NONE: 1, "de": 1, "web": 4}
    assert set(groups["tenant"]) == {NONE, "acme"}
    assert set(groups["purpose"]) == {"answer", "summary"}


def test_stages_are_added_up() -> None:
    stages = summarise([entry(stages=SHORTENED), entry(id="2", stages=SHORTENED)]).stages
    assert stages["history"].tokens_in == 6000
    assert stages["history"].calls == 2


def found(**changes: Any) -> list[tuple[str, ...]]:
    entries = [entry(id=str(n), **changes) for n in range(6)]
    return [advice.settings for advice in advise(entries)]


def test_where_all_is_well_nothing_is_advised() -> None:
    assert found() == []


def test_a_lost_cache_is_seen() -> None:
    assert found(stages=SHORTENED, baseline_cost=60) == [("budget",)]
    assert found(stages=SHORTENED, baseline_cost=600) == []


def test_little_saving_is_seen() -> None:
    assert found(baseline_tokens=1020, baseline_cost=102) == [("budget", "compression.mode")]


def test_another_tokenizer_is_seen() -> None:
    assert found(input_tokens=1200) == [("tokenizer",)]


def test_missing_prices_are_named() -> None:
    advice = advise([entry(cost=None, model="mine", input_cost=None, baseline_cost=None)])
    assert "mine" in advice[0].finding
    assert advice[0].settings == ("ledger.prices",)


def test_dear_calls_of_its_own_are_seen() -> None:
    own = [entry(id=f"o{n}", purpose="summary", cost=NANO, baseline_tokens=0) for n in range(6)]
    advice = advise([*own, *(entry(id=str(n)) for n in range(6))])
    assert any("own 6 calls cost $6.0000" in one.finding for one in advice)


def test_export_as_csv_and_as_lines(tmp_path: Path) -> None:
    entries = [entry(tenant="=1+1", cost=2_500_000), entry(id="e2", cost=None)]
    assert export(entries, tmp_path / "a.jsonl") == 2
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert lines[0]["cost_usd"] == 0.0025
    assert lines[1]["cost_usd"] is None
    assert lines[0]["tags"] == ["web"]
    assert export(entries, tmp_path / "a.CSV") == 2
    with (tmp_path / "a.CSV").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["tenant"] == "'=1+1"
    assert rows[0]["cost_usd"] == "0.0025"
    assert rows[1]["cost_usd"] == ""


@pytest.mark.parametrize("name", ["a.txt", "missing/a.csv"])
def test_what_cannot_be_exported_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=name.split("/")[0]):
        export([], tmp_path / name)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 3}, Usage(9, 3)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
            Usage(9, 3, 4, 2),
        ),
        (
            SimpleNamespace(
                input_tokens=9,
                output_tokens=3,
                input_tokens_details=SimpleNamespace(cached_tokens=4),
            ),
            Usage(9, 3, 4),
        ),
        (
            {
                "input_tokens": 9,
                "output_tokens": 3,
                "cache_read_input_tokens": 40,
                "cache_creation_input_tokens": 5,
            },
            Usage(54, 3, 40),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 3, "prompt_cache_hit_tokens": 99},
            Usage(9, 3, 9),
        ),
        (Usage(1, 2), Usage(1, 2)),
    ],
)
def test_usages_of_several_providers(given: Any, expected: Usage) -> None:
    assert read_usage(given) == expected


@pytest.mark.parametrize("given", [{}, "many", {"prompt_tokens": -1}, {"prompt_tokens": "9"}, 7])
def test_what_is_no_usage_is_refused(given: Any) -> None:
    with pytest.raises(InputError, match="usage"):
        read_usage(given)


def test_the_baseline_is_whole_chunks_and_the_full_history() -> None:
    tokens = Tokens(prompt=500, context=300, history=100, system=50, question=20, overhead=30)
    trace = (
        TraceEntry("history", 9, 3, 900, 100, 0),
        TraceEntry("rerank", 60, 20, 9000, 2000, 0),
        TraceEntry("context", 20, 22, 2000, 2200, 0),
        TraceEntry("prune", 80, 20, 2200, 320, 0),
    )
    assert baseline_tokens(tokens, trace) == 100 + 2000 + 900
    assert baseline_tokens(tokens, trace, chunks=5) == 100 + 500 + 900
    assert baseline_tokens(tokens, trace, chunks=50) == 100 + 2000 + 900
    assert baseline_tokens(tokens, trace[-1:]) == 200 + 2200
    assert baseline_tokens(tokens, ()) == 500
