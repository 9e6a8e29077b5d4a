"""From a call to an entry: figures and labels alone, and an honest baseline."""

import json
from dataclasses import asdict

import pytest

from leanrag.ledger.entry import entry_of, highest_price
from leanrag.types import ModelCall, Usage
from tests.ledger.parts import Cents, call

CENT = 10_000_000


def test_an_entry_has_the_figures_of_the_call() -> None:
    made = call()
    entry = entry_of(made, Cents())
    assert entry.id == made.id
    assert entry.day == "2026-11-20"
    assert (entry.input_tokens, entry.cached_tokens, entry.output_tokens) == (1000, 200, 50)
    assert entry.input_cost == 820 * CENT
    assert entry.cost == 920 * CENT
    assert entry.price_source == "cents"
    assert entry.reported
    assert [stage.stage for stage in entry.stages] == ["history", "rerank", "prune"]
    assert entry.stages[0].tokens_in == 3000


def test_no_note_and_no_reason_is_kept() -> None:
    text = json.dumps(asdict(entry_of(call(), Cents())))
    assert "note with a text" not in text
    assert "below the cut" not in text


def test_a_full_history_counts_as_cached_in_the_baseline() -> None:
    # 5000 tokens, 3000 of them history that would have been read from the cache
    assert entry_of(call(), Cents()).baseline_cost == 2000 * CENT + 3000 * CENT // 10


def test_a_history_too_short_for_a_cache_does_not() -> None:
    stages = tuple(stage for stage in call().stages if stage.stage != "history")
    entry = entry_of(call(stages=stages), Cents())
    assert entry.baseline_cost == 4800 * CENT + 200 * CENT // 10


def test_the_baseline_is_in_the_tokens_of_the_endpoint() -> None:
    # The endpoint counts twice what leanrag counts.
    entry = entry_of(call(usage=Usage(2000, 50), stages=()), Cents())
    assert entry.baseline_cost == 10_000 * CENT


def test_without_a_price_nothing_is_said_of_money() -> None:
    entry = entry_of(call(model="unheard-of"), Cents())
    assert (entry.cost, entry.input_cost, entry.baseline_cost) == (None, None, None)
    assert entry.price_source == ""


def test_without_a_usage_leanrags_count_stands() -> None:
    entry = entry_of(call(usage=None), Cents())
    assert (entry.input_tokens, entry.output_tokens, entry.reported) == (1000, 0, False)


@pytest.mark.parametrize("usage", [None, Usage(1000, 20)])
def test_a_call_that_failed_saves_nothing(usage: Usage | None) -> None:
    entry = entry_of(call(usage=usage, error="LLMUnavailableError"), Cents())
    assert entry.cost == (0 if usage is None else 1040 * CENT)
    assert (entry.baseline_tokens, entry.baseline_cost) == (0, None)


def test_the_highest_price_has_nothing_cached_and_a_whole_reply() -> None:
    pending: ModelCall = call(pending=True, usage=None)
    price = highest_price(pending, Cents())
    assert price is not None
    assert price.input + price.output == 1200 * CENT
