"""What calls cost, and budgets in money."""

import math
from datetime import date

from pydantic import Field, model_validator

from leanrag.settings.section import Section, only_with

_ENABLED = only_with("enabled: true")


class ModelPrice(Section):
    """What a model costs, in US dollars for a million tokens; wins over the price list."""

    model: str = Field(min_length=1, description="a name; * stands for any characters, ? for one")
    input: float = Field(ge=0, description="of the tokens that are sent")
    output: float = Field(ge=0, description="of the tokens that are answered")
    cached: float | None = Field(
        None, ge=0, description="of input from the provider's cache; null: as other input"
    )
    since: date | None = Field(
        None, description="the first day of this price; the latest that has come holds"
    )


class LedgerSettings(Section):
    """The record of what calls to models cost, without any text of them, and budgets in money."""

    enabled: bool = Field(True, description="record what calls cost")
    path: str | None = Field(
        None,
        description="the file; null: ledger.sqlite3 in the store's folder, or "
        ".leanrag-ledger.sqlite3 in the working directory where the store is a server",
        json_schema_extra=_ENABLED,
    )
    prompts: bool = Field(
        False,
        description="also record the prompts that an application makes without asking by leanrag, "
        "priced by leanrag's own count of their input",
        json_schema_extra=_ENABLED,
    )
    prices: tuple[ModelPrice, ...] = Field(
        (), description="own prices, before the price list", json_schema_extra=_ENABLED
    )
    daily_budget: float | None = Field(
        None,
        ge=0,
        description="US dollars that each tenant may spend a day (UTC)",
        json_schema_extra=_ENABLED,
    )
    tenant_budgets: dict[str, float] = Field(
        {},
        description="US dollars a day by tenant, instead of daily_budget",
        json_schema_extra=_ENABLED,
    )
    baseline_chunks: int | None = Field(
        None,
        ge=1,
        description="whole chunks that would be sent without leanrag; null: all that were "
        "retrieved for compression",
        json_schema_extra=_ENABLED,
    )
    otel: bool = Field(
        False,
        description="also make an OpenTelemetry span of each call; needs the extra 'otel'",
        json_schema_extra=_ENABLED,
    )

    @model_validator(mode="after")
    def _budgets_have_a_ledger(self) -> "LedgerSettings":
        if any(not math.isfinite(budget) or budget < 0 for budget in self.tenant_budgets.values()):
            raise ValueError("tenant_budgets: expected US dollars from 0 for each tenant")
        if not self.enabled and (self.daily_budget is not None or self.tenant_budgets):
            raise ValueError("a budget is kept by the ledger; set enabled to true")
        return self
