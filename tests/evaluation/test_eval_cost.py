from datetime import UTC, datetime

import pytest

from leanrag.errors import EvaluationError
from leanrag.evaluation.cost import Prices

DAY = datetime(2026, 11, 1, tzinfo=UTC)


def test_prices_of_a_prompt_are_those_of_the_list() -> None:
    prices = Prices.of("gpt-4o", day=DAY)

    assert prices.dollars(1_000_000) == pytest.approx(2.5)
    assert prices.dollars(1_000_000, cached=1_000_000) == pytest.approx(1.25)
    assert prices.dollars(1_000_000, batch=True) == pytest.approx(1.25)
    assert prices.source.endswith("2026-11-01")


def test_the_batch_price_of_the_list_is_used_where_it_has_one() -> None:
    prices = Prices.of("claude-haiku-4-5", day=DAY)

    assert prices.dollars(1000, batch=True) == pytest.approx((prices.dollars(1000) or 0) / 2)


def test_no_batch_price_where_none_is_known() -> None:
    assert Prices.of("deepseek-chat", day=DAY).dollars(1000, batch=True) is None


def test_a_thousand_questions_cost_less_with_cache_and_in_batches() -> None:
    cost = Prices.of("gpt-4o", day=DAY).per_thousand(2000, 1800)

    assert cost.standard == pytest.approx(5.0)
    assert cost.cached is not None
    assert cost.batch is not None
    assert cost.batch < cost.cached < cost.standard


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(EvaluationError, match="priced_model"):
        Prices.of("no-such-model-at-all")
