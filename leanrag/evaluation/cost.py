"""Money for input tokens, from the kept price list of ``genai-prices``; nothing is fetched."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from leanrag.errors import EvaluationError
from leanrag.evaluation.results import Cost

QUESTIONS = 1000
_BATCH = {"processing": "batch"}
_HALF_IN_BATCH = frozenset({"openai", "anthropic", "google", "azure"})
"""Providers that document half price for batches, where the list has no batch price."""


@dataclass(frozen=True)
class Prices:
    """Prices of one model's input tokens on one day."""

    model: str
    day: datetime

    @classmethod
    def of(cls, model: str, *, day: datetime | None = None) -> "Prices":
        """The prices of ``model``.

        Raises:
            EvaluationError: it does not know the model.
        """
        prices = cls(model, day or datetime.now(UTC))
        prices.dollars(1)
        return prices

    @property
    def source(self) -> str:
        """The list with its version and the day."""
        version = metadata.version("genai-prices")
        return f"genai-prices {version}, {self.day.date().isoformat()}"

    def dollars(self, tokens: int, *, cached: int = 0, batch: bool = False) -> float | None:
        """US dollars for one prompt, ``cached`` of its tokens read from the provider's cache.

        None where the list has no such price.
        """
        usage_type, calculate = _library()
        usage = usage_type(input_tokens=tokens, cache_read_tokens=cached)
        try:
            price = calculate(usage, self.model, genai_request_timestamp=self.day)
        except LookupError as error:
            raise EvaluationError(
                f"the price list does not know the model {self.model!r}; name another one as "
                "'priced_model' in the suite"
            ) from error
        if cached and price.model_price.cache_read_mtok is None:
            return None
        if not batch:
            return float(price.input_price)
        variants = price.model.price_variants or ()
        if any(dict(variant.when) == _BATCH for variant in variants):
            price = calculate(
                usage, self.model, genai_request_timestamp=self.day, price_context=_BATCH
            )
            return float(price.input_price)
        if price.provider.id in _HALF_IN_BATCH:
            return float(price.input_price) / 2
        return None

    def per_thousand(self, prompt_tokens: float, context_tokens: float) -> Cost:
        """The cost of a thousand prompts of these mean sizes.

        What is not context (instruction, question) is taken as cached: it is at most the part
        that is alike in all prompts, so ``cached`` is a lower bound.
        """
        tokens = round(prompt_tokens)
        same = max(0, round(prompt_tokens - context_tokens))
        return Cost(
            standard=QUESTIONS * (self.dollars(tokens) or 0.0),
            cached=_times(self.dollars(tokens, cached=min(same, tokens))),
            batch=_times(self.dollars(tokens, batch=True)),
        )


def _times(price: float | None) -> float | None:
    return None if price is None else QUESTIONS * price


def _library() -> tuple[Any, Any]:
    from genai_prices import Usage, calc_price

    return Usage, calc_price
