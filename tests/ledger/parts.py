"""Calls, entries and lists of prices to test the ledger with."""

from typing import Any

from leanrag.types import LedgerEntry, ModelCall, Price, TraceEntry, Usage

AT = "2026-11-20T12:00:00.000+00:00"


class Cents:
    """A cent for an uncached token, a tenth of it for a cached one, two for one of output."""

    def price(self, model: str, usage: Usage, *, service: str, at: str) -> Price | None:
        if model == "unheard-of":
            return None
        cached = usage.cached_tokens
        fresh = usage.input_tokens - cached
        return Price(
            fresh * 10_000_000 + cached * 1_000_000, usage.output_tokens * 20_000_000, "cents"
        )


def call(**changes: Any) -> ModelCall:
    stages = (
        TraceEntry("history", 10, 4, 3000, 500, 0.01),
        TraceEntry("rerank", 60, 20, 9000, 2000, 0.04, {"below the cut": 40}, "note with a text"),
        TraceEntry("prune", 90, 20, 2000, 400, 0.05),
    )
    values: dict[str, Any] = {
        "purpose": "answer", "model": "m", "at": AT, "service": "http://h/v1",
        "prompt_tokens": 1000, "baseline_tokens": 5000, "max_output_tokens": 100,
        "stages": stages, "usage": Usage(1000, 50, 200), "seconds": 1.5, "tenant": "acme",
        "tags": ("web", "de"), "finish_reason": "stop",
    }  # fmt: skip
    return ModelCall(**{**values, **changes})


def entry(**changes: Any) -> LedgerEntry:
    values: dict[str, Any] = {
        "id": "e1", "at": AT, "purpose": "answer", "model": "m", "tenant": "acme",
        "tags": ("web",), "prompt_tokens": 1000, "baseline_tokens": 5000, "input_tokens": 1000,
        "output_tokens": 50, "reported": True, "cost": 110, "input_cost": 100,
        "baseline_cost": 500, "price_source": "cents", "seconds": 1.0,
    }  # fmt: skip
    return LedgerEntry(**{**values, **changes})
