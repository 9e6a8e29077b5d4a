"""Spans of calls, on OpenTelemetry's own SDK."""

import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from leanrag.adapters.opentelemetry import OpenTelemetryExporter
from leanrag.errors import MissingDependencyError
from leanrag.types import LedgerEntry, StageFigures
from tests.ledger.parts import entry


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return kept


def exported(spans: InMemorySpanExporter, made: LedgerEntry) -> ReadableSpan:
    OpenTelemetryExporter().export(made)
    (span,) = spans.get_finished_spans()
    return span


def test_a_call_is_a_span_by_the_conventions(spans: InMemorySpanExporter) -> None:
    span = exported(
        spans,
        entry(
            service="https://api.openai.com/v1",
            cached_tokens=200,
            finish_reason="stop",
            seconds=1.5,
            cost=2_500_000,
            stages=(StageFigures("prune", 9, 3, 900, 300, 0.1),),
        ),
    )
    assert span.name == "chat m"
    assert span.kind is trace.SpanKind.CLIENT
    assert span.start_time is not None
    assert span.end_time is not None
    assert span.end_time - span.start_time == 1_500_000_000
    assert span.status.is_ok
    said = dict(span.attributes or {})
    assert said["gen_ai.operation.name"] == "chat"
    assert said["gen_ai.provider.name"] == "openai"
    assert said["gen_ai.request.model"] == "m"
    assert said["gen_ai.usage.input_tokens"] == 1000
    assert said["gen_ai.usage.cache_read.input_tokens"] == 200
    assert said["gen_ai.usage.output_tokens"] == 50
    assert said["gen_ai.response.finish_reasons"] == ("stop",)
    assert said["server.address"] == "api.openai.com"
    assert said["leanrag.tenant"] == "acme"
    assert said["leanrag.tags"] == ("web",)
    assert said["leanrag.cost_usd"] == 0.0025
    assert said["leanrag.stage.prune.tokens_out"] == 300


def test_a_call_that_failed_is_an_error(spans: InMemorySpanExporter) -> None:
    span = exported(spans, entry(error="LLMRateLimitError", service="http://localhost:8000/v1"))
    assert not span.status.is_ok
    assert dict(span.attributes or {})["error.type"] == "LLMRateLimitError"
    assert dict(span.attributes or {})["server.port"] == 8000


def test_spans_stand_below_the_application_s_own(spans: InMemorySpanExporter) -> None:
    provider = TracerProvider()
    with provider.get_tracer("app").start_as_current_span("request") as request:
        OpenTelemetryExporter().export(entry())
    (span,) = spans.get_finished_spans()
    assert span.parent is not None
    assert span.parent.span_id == request.get_span_context().span_id


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(MissingDependencyError, match=r"leanrag\[otel\]"):
        OpenTelemetryExporter()
