"""Shows calls to OpenTelemetry as spans by its conventions for generative AI (``gen_ai.*``)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any
from urllib.parse import urlsplit

from leanrag.errors import MissingDependencyError
from leanrag.types import NANO, LedgerEntry

_PROVIDERS = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "api.deepseek.com": "deepseek",
    "api.mistral.ai": "mistral_ai",
    "api.groq.com": "groq",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "api.x.ai": "x_ai",
    "api.perplexity.ai": "perplexity",
}
_UNKNOWN = "openai"
"""The conventions name the provider by its interface where nothing better is known."""


class OpenTelemetryExporter:
    """A client span for each call, made when the call has ended, with the times that it had.

    The spans go to the tracer provider that the application has set, below its current span.

    Raises:
        MissingDependencyError: opentelemetry is not installed.
    """

    def __init__(self) -> None:
        try:
            from opentelemetry import trace
        except ImportError as error:
            raise MissingDependencyError("opentelemetry-api", "otel") from error
        self._trace = trace
        self._tracer = trace.get_tracer("leanrag", metadata.version("leanrag"))

    def export(self, entry: LedgerEntry) -> None:
        """Makes the span of one entry."""
        start = _nanoseconds(entry.at)
        span = self._tracer.start_span(
            f"chat {entry.model}",
            kind=self._trace.SpanKind.CLIENT,
            start_time=start,
            attributes=attributes(entry),
        )
        if entry.error:
            span.set_status(self._trace.StatusCode.ERROR, entry.error)
        span.end(start + round(entry.seconds * NANO))


def attributes(entry: LedgerEntry) -> Mapping[str, Any]:
    """What the span says: the conventions' attributes, and leanrag's own below ``leanrag.``."""
    address = urlsplit(entry.service)
    values: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PROVIDERS.get(address.hostname or "", _UNKNOWN),
        "gen_ai.request.model": entry.model,
        "gen_ai.usage.input_tokens": entry.input_tokens,
        "gen_ai.usage.output_tokens": entry.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": entry.cached_tokens,
        "leanrag.purpose": entry.purpose,
        "leanrag.prompt_tokens": entry.prompt_tokens,
        "leanrag.baseline_tokens": entry.baseline_tokens,
        "leanrag.attempts": entry.attempts,
    }
    if address.hostname:
        values["server.address"] = address.hostname
        if address.port:
            values["server.port"] = address.port
    if entry.finish_reason:
        values["gen_ai.response.finish_reasons"] = [entry.finish_reason]
    if entry.error:
        values["error.type"] = entry.error
    if entry.tenant:
        values["leanrag.tenant"] = entry.tenant
    if entry.tags:
        values["leanrag.tags"] = list(entry.tags)
    if entry.cost is not None:
        values["leanrag.cost_usd"] = entry.cost / NANO
    for stage in entry.stages:
        values[f"leanrag.stage.{stage.stage}.tokens_in"] = stage.tokens_in
        values[f"leanrag.stage.{stage.stage}.tokens_out"] = stage.tokens_out
    return values


def _nanoseconds(at: str) -> int:
    moment = datetime.fromisoformat(at)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1_000_000) * 1000
