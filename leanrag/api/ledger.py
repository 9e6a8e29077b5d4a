"""The ledger of one application: writes calls into it, and reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from leanrag.adapters.price_list import PackagePriceList
from leanrag.adapters.sqlite.ledger import SqliteLedger
from leanrag.api.asking.tracked import NO_LABEL
from leanrag.api.wiring.stores import is_url
from leanrag.errors import ConfigError, InputError
from leanrag.ledger.advice import Advice, advise
from leanrag.ledger.baseline import baseline_tokens
from leanrag.ledger.plausible import believed
from leanrag.ledger.prices import OwnPrices
from leanrag.ledger.recorder import LedgerRecorder, NoRecorder
from leanrag.ledger.summary import Summary, summarise
from leanrag.ledger.usage import read_usage
from leanrag.protocols import CallExporter, CallRecorder
from leanrag.settings import Settings
from leanrag.text.addresses import without_credentials
from leanrag.types import CallLabel, LedgerEntry, LedgerQuery, ModelCall, Prompt

FILE = "ledger.sqlite3"
BESIDE_SERVER = ".leanrag-ledger.sqlite3"
"""Where the store is a server, the file is in the working directory."""


def ledger_path(settings: Settings) -> Path:
    """The ledger's file: as the settings say, or in the store's folder."""
    if settings.ledger.path is not None:
        return Path(settings.ledger.path).expanduser()
    if is_url(settings.store):
        return Path(BESIDE_SERVER)
    return Path(settings.store) / FILE


def _ledger(settings: Settings) -> SqliteLedger:
    path = ledger_path(settings)
    if settings.ledger.path is not None or is_url(settings.store):
        return SqliteLedger(path)

    def make_store() -> None:
        from leanrag.adapters.qdrant.edge.folder import create_store

        create_store(path.parent)

    return SqliteLedger(path, prepare=make_store)


def recorder_for(settings: Settings) -> CallRecorder:
    """What is told of every call to a model.

    Raises:
        MissingDependencyError: spans are asked for and OpenTelemetry is not installed.
    """
    if not settings.ledger.enabled:
        return NoRecorder()
    return LedgerRecorder(
        _ledger(settings),
        OwnPrices(settings.ledger.prices, PackagePriceList()),
        settings=settings.ledger,
        exporter=_exporter() if settings.ledger.otel else None,
    )


def _exporter() -> CallExporter:
    from leanrag.adapters.opentelemetry import OpenTelemetryExporter

    return OpenTelemetryExporter()


@dataclass(frozen=True, slots=True)
class OwnCall:
    """What an application tells of a call that it made itself with a prompt of leanrag's.

    ``usage`` is the reply's (an object or mapping as providers send it), None where it is not
    known. ``error`` is the name of an error's class, never its message, which may hold texts.
    """

    usage: Any = None
    model: str | None = None
    label: CallLabel = NO_LABEL
    seconds: float = 0.0
    error: str = ""


def record_call(
    prompt: Prompt, call: OwnCall, *, settings: Settings, recorder: CallRecorder
) -> None:
    """Adds a call that the application made to the ledger.

    Raises:
        InputError: prompt or usage are malformed.
    """
    if not isinstance(prompt, Prompt):
        raise InputError(f"prompt: expected what prompt() gave, got {type(prompt).__name__}")
    started = datetime.now(UTC) - timedelta(seconds=call.seconds)
    made = ModelCall(
        purpose="answer",
        model=call.model or settings.llm.model or settings.model,
        at=started.isoformat(timespec="milliseconds"),
        service=without_credentials(settings.llm.base_url or ""),
        prompt_tokens=prompt.tokens.prompt,
        baseline_tokens=baseline_tokens(
            prompt.tokens, prompt.trace, chunks=settings.ledger.baseline_chunks
        ),
        stages=prompt.trace,
        usage=None if call.usage is None else read_usage(call.usage),
        seconds=call.seconds,
        error=call.error,
        tenant=call.label.tenant,
        tags=call.label.tags,
    )
    recorder.record(believed(made, written=0))


@dataclass(frozen=True, slots=True)
class LedgerReport:
    """What a ledger says of some days: sums, and what they recommend."""

    path: Path
    query: LedgerQuery
    summary: Summary
    advice: tuple[Advice, ...]


def query_for(
    since: str | date | None = None,
    until: str | date | None = None,
    *,
    tenant: str | None = None,
    tag: str | None = None,
) -> LedgerQuery:
    """Which entries are wanted. Raises ``InputError`` where a day is none."""
    return LedgerQuery(_day(since, "since"), _day(until, "until"), tenant, tag)


def ledger_entries(settings: Settings, query: LedgerQuery) -> Iterator[LedgerEntry]:
    """The entries wanted, oldest first. Raises ``StoreError``."""
    if not settings.ledger.enabled:
        raise ConfigError("ledger.enabled is false, so nothing is recorded")
    return _ledger(settings).entries(query)


def ledger_report(settings: Settings, query: LedgerQuery) -> LedgerReport:
    """Sums of the entries wanted. Raises ``StoreError``."""
    entries = list(ledger_entries(settings, query))
    return LedgerReport(ledger_path(settings), query, summarise(entries), tuple(advise(entries)))


def _day(value: str | date | None, name: str) -> str:
    if value is None:
        return ""
    try:
        given = value if isinstance(value, date) else date.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}: expected a day such as 2026-11-20, got {value!r}") from error
    return given.isoformat()[:10]
