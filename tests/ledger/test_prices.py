"""Prices: the caller's own by model and day before those of the list that is installed."""

from datetime import date

import pytest

from leanrag.adapters.price_list import PackagePriceList
from leanrag.ledger.prices import OWN, OwnPrices
from leanrag.settings import ModelPrice
from leanrag.types import NANO, Usage
from tests.ledger.parts import Cents

MILLION = Usage(1_000_000, 1_000_000, 400_000)
LISTED = PackagePriceList()


def dollars(model: str, at: str = "2026-11-20T00:00:00+00:00", service: str = "") -> float | None:
    price = LISTED.price(model, Usage(1000, 1000), service=service, at=at)
    return None if price is None else (price.input + price.output) / NANO * 1000


def test_the_list_knows_models_and_says_who_set_the_price() -> None:
    price = LISTED.price("gpt-4o", Usage(1000, 10, 600), service="", at="2026-11-20T00:00:00Z")
    assert price is not None
    assert (price.input, price.output) == (1_750_000, 100_000)
    assert price.source.startswith("genai-prices ")
    assert price.source.endswith("(openai)")


def test_a_price_depends_on_the_day() -> None:
    before, after = "2025-01-01T00:00:00+00:00", "2025-12-01T00:00:00+00:00"
    assert dollars("o3", before) != dollars("o3", after)


def test_a_service_that_the_list_knows_has_its_own_prices() -> None:
    assert dollars("openai/gpt-4o") is None
    assert dollars("openai/gpt-4o", service="https://openrouter.ai/api/v1") == pytest.approx(12.5)


def test_at_another_address_a_model_counts_by_its_name() -> None:
    assert dollars("gpt-4o", service="http://127.0.0.1:8000/v1") == dollars("gpt-4o")


@pytest.mark.parametrize("model", ["unheard-of", "", "my/finetune:latest"])
def test_a_model_that_nobody_knows_has_no_price(model: str) -> None:
    assert dollars(model) is None


def test_own_prices_win_and_the_latest_that_has_come_holds() -> None:
    prices = OwnPrices(
        (
            ModelPrice(model="my-*", input=1, output=3, cached=0.1),
            ModelPrice(model="my-*", input=2, output=4, since=date(2026, 6, 1)),
            ModelPrice(model="my-*", input=9, output=9, since=date(2027, 1, 1)),
        ),
        Cents(),
    )
    early = prices.price("my-model", MILLION, service="", at="2026-05-31T23:59:59+00:00")
    late = prices.price("my-model", MILLION, service="", at="2026-06-01T00:00:00+00:00")
    assert early is not None
    assert late is not None
    assert (early.input, early.output, early.source) == (640_000_000, 3_000_000_000, OWN)
    assert (late.input, late.output) == (2_000_000_000, 4_000_000_000)
    other = prices.price("your-model", MILLION, service="", at="2026-06-01T00:00:00+00:00")
    assert other is not None
    assert other.source == "cents"


def test_a_pattern_is_no_regular_expression() -> None:
    prices = OwnPrices((ModelPrice(model="gpt-4.1", input=1, output=1),), Cents())
    price = prices.price("gpt-4x1", MILLION, service="", at="2026-06-01T00:00:00+00:00")
    assert price is not None
    assert price.source == "cents"
