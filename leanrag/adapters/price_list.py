"""What models cost, by the list that comes with ``genai-prices``; nothing is fetched."""

from datetime import UTC, datetime
from decimal import Decimal
from importlib import metadata
from typing import Any

from leanrag.types import NANO, Price, Usage


class PackagePriceList:
    """The kept price list of the installed ``genai-prices``.

    A service whose address the list knows has its own prices; at any other one, such as a
    company's gateway, a model counts by its name.
    """

    def price(self, model: str, usage: Usage, *, service: str, at: str) -> Price | None:
        """What the tokens cost; None where the list does not know the model."""
        from genai_prices import Usage as Tokens
        from genai_prices import calc_price

        tokens = Tokens(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens,
        )
        moment = _moment(at)
        for address in (service, None) if service else (None,):
            try:
                found = calc_price(
                    tokens, model, provider_api_url=address, genai_request_timestamp=moment
                )
            except (LookupError, ValueError):
                continue
            version = metadata.version("genai-prices")
            return Price(
                _nano(found.input_price),
                _nano(found.output_price),
                f"genai-prices {version} ({found.provider.id})",
            )
        return None


def _moment(at: str) -> datetime:
    moment = datetime.fromisoformat(at)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _nano(dollars: Any) -> int:
    return int((Decimal(dollars) * NANO).to_integral_value())
