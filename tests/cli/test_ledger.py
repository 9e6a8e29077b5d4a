"""``leanrag ledger``, on a real ledger file."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from leanrag.adapters.sqlite.ledger import SqliteLedger
from leanrag.types import StageFigures
from tests.cli.conftest import Run
from tests.ledger.parts import entry

STAGES = (
    StageFigures("prune", 90, 20, 2000, 400, 0.05),
    StageFigures("pack", 20, 9, 400, 300, 0.01),
)


@pytest.fixture
def kept(store: Path) -> Path:
    """A store whose ledger has a call a day for twelve days."""
    ledger = SqliteLedger(store / "ledger.sqlite3")
    for number in range(1, 13):
        ledger.append(
            entry(
                id=str(number),
                at=f"2026-11-{number:02d}T12:00:00+00:00",
                tenant=f"tenant{number % 2}",
                model="gpt-4o" if number % 3 else "mine",
                cost=3_000_000 if number % 3 else None,
                input_cost=2_500_000 if number % 3 else None,
                baseline_cost=12_500_000 if number % 3 else None,
                stages=STAGES,
            )
        )
    return store


def printed(run: Run, *arguments: Any) -> dict[str, Any]:
    ran = run("ledger", *arguments, "--json")
    assert ran.code == 0
    value: dict[str, Any] = json.loads(ran.out)
    return value


def test_totals_and_groups_as_json(run: Run, kept: Path) -> None:
    value = printed(run, "--store", kept)
    assert value["ledger"] == str(kept / "ledger.sqlite3")
    totals = value["totals"]
    assert (totals["calls"], totals["unpriced"]) == (12, 4)
    assert totals["cost_usd"] == pytest.approx(0.024)
    assert totals["saving_usd"] == pytest.approx(0.08)
    assert totals["saved_tokens"] == 12 * 4000
    assert set(value["by"]) == {"day", "model", "tag", "tenant", "purpose", "stage"}
    assert value["by"]["model"][0]["model"] == "gpt-4o"
    assert value["by"]["stage"][0] == {
        "stage": "prune",
        "calls": 12,
        "items_in": 1080,
        "items_out": 240,
        "tokens_in": 24000,
        "tokens_out": 4800,
        "seconds": pytest.approx(0.6),
    }
    assert "full history" in value["baseline"]
    assert value["recommendations"][0]["settings"] == ["ledger.prices"]


def test_days_and_labels_choose(run: Run, kept: Path) -> None:
    value = printed(
        run, "--store", kept, "--since", "2026-11-03", "--until", "2026-11-06",
        "--tenant", "tenant1", "--tag", "web", "--by", "day",
    )  # fmt: skip
    assert [row["day"] for row in value["by"]["day"]] == ["2026-11-03", "2026-11-05"]
    assert set(value["by"]) == {"day"}


def test_people_see_tables_a_chart_and_what_is_recommended(run: Run, kept: Path) -> None:
    out = run("ledger", "--store", kept).out
    assert "12 calls (0 failed): 12,000 tokens in" in out
    assert "net saving $0.0800" in out
    assert "the price of 4 calls is not known" in out
    assert out.count("█") > 12
    assert out.count("░") > 12
    assert "by model" in out
    assert "prune" in out
    assert "ledger.prices" in out


@pytest.mark.parametrize("by", ["tag", "tenant", "purpose"])
def test_one_grouping(run: Run, kept: Path, by: str) -> None:
    out = run("ledger", "--store", kept, "--by", by).out
    assert f"by {by}" in out
    assert "by model" not in out


def test_calls_are_exported(run: Run, kept: Path, tmp_path: Path) -> None:
    value = printed(run, "--store", kept, "--export", tmp_path / "calls.csv", "--tenant", "tenant0")
    assert value["exported"] == 6
    with (tmp_path / "calls.csv").open(newline="") as stream:
        assert {row["tenant"] for row in csv.DictReader(stream)} == {"tenant0"}


def test_an_empty_ledger_says_so(run: Run, store: Path) -> None:
    ran = run("ledger", "--store", store)
    assert ran.code == 0
    assert "no calls" in ran.out
    assert not (store / "ledger.sqlite3").exists()


def test_a_file_elsewhere_is_named_in_the_settings(run: Run, kept: Path, tmp_path: Path) -> None:
    config = tmp_path / "c.yaml"
    config.write_text(f"ledger: {{path: {kept / 'ledger.sqlite3'}}}\n")
    assert printed(run, "--config", config)["totals"]["calls"] == 12


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("--since", "yesterday"), 2, "since"),
        (("--export", "calls.txt"), 2, ".csv or .jsonl"),
        (("--by", "weather"), 2, "weather"),
    ],
)
def test_what_is_wrong_is_named(
    run: Run, kept: Path, arguments: tuple[str, ...], code: int, named: str
) -> None:
    ran = run("ledger", "--store", kept, *arguments)
    assert ran.code == code
    assert named in ran.err


def test_a_store_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    ran = run("ledger", "--store", tmp_path / "nowhere")
    assert ran.code == 3
    assert "nowhere" in ran.err


def test_a_damaged_ledger_is_named(run: Run, store: Path) -> None:
    (store / "ledger.sqlite3").write_bytes(b"not a database, but long enough" * 40)
    ran = run("ledger", "--store", store)
    assert ran.code == 3
    assert "ledger.sqlite3" in ran.err


def test_a_usage_that_was_set_aside_is_told_and_exported(
    run: Run, kept: Path, tmp_path: Path
) -> None:
    told = entry(id="aside", reported=False, set_aside="3,000,000,000 in, 1 out")
    SqliteLedger(kept / "ledger.sqlite3").append(told)
    assert printed(run, "--store", kept)["totals"]["set_aside"] == 1
    shown = run("ledger", "--store", kept, "--export", tmp_path / "calls.jsonl")
    assert "1 calls with a usage that cannot be true" in shown.out
    assert "3,000,000,000 in, 1 out" in (tmp_path / "calls.jsonl").read_text()
