"""The caller's own prices, before those of a list."""

import re
from collections.abc import Sequence
from functools import lru_cache

from leanrag.protocols import PriceList
from leanrag.settings import ModelPrice
from leanrag.types import Price, Usage

OWN = "settings"
_NANO_PER_TOKEN = 1000
"""A dollar for a million tokens is so many billionths of a dollar for one."""


class OwnPrices:
    """Prices from the settings; where they name none for a model and day, those of a list."""

    def __init__(self, own: Sequence[ModelPrice], listed: PriceList) -> None:
        self._own = own
        self._listed = listed

    def price(self, model: str, usage: Usage, *, service: str, at: str) -> Price | None:
        """What the tokens cost; None where nobody knows."""
        own = self._valid(model, at[:10])
        if own is None:
            return self._listed.price(model, usage, service=service, at=at)
        cached = own.input if own.cached is None else own.cached
        fresh = usage.input_tokens - usage.cached_tokens
        return Price(
            round((fresh * own.input + usage.cached_tokens * cached) * _NANO_PER_TOKEN),
            round(usage.output_tokens * own.output * _NANO_PER_TOKEN),
            OWN,
        )

    def _valid(self, model: str, day: str) -> ModelPrice | None:
        """The latest price that has come; of those of one day the first in the settings."""
        fitting = [
            price
            for price in self._own
            if _pattern(price.model).fullmatch(model)
            and (price.since is None or price.since.isoformat() <= day)
        ]
        return max(fitting, key=lambda price: str(price.since or ""), default=None)


@lru_cache(maxsize=256)
def _pattern(model: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile(
        "".join(parts.get(mark, re.escape(mark)) for mark in re.sub(r"\*+", "*", model))
    )
