"""The figures at the top of the page."""

from collections.abc import Iterator
from dataclasses import dataclass

from leanrag.evaluation.report.focus import Focus, headline_of, need
from leanrag.evaluation.report.notes import Tone
from leanrag.evaluation.report.numerals import (
    NARROW,
    count,
    count_range,
    dollars,
    duration,
    percent,
    percent_range,
)


@dataclass(frozen=True, slots=True)
class Card:
    """A figure with what it is, and a smaller line."""

    value: str
    label: str
    detail: str = ""
    tone: Tone = "plain"


def cards(focus: Focus) -> tuple[Card, ...]:
    """Tokens, quality, money, time and violations, as far as they were measured."""
    return (*_need_cards(focus), *_cost_cards(focus), _violations(focus))


def _need_cards(focus: Focus) -> Iterator[Card]:
    own = need(focus.results, focus.subject)
    headline = headline_of(focus.results, focus.subject.name)
    if own and headline:
        interval = (
            own.interval and f"95{NARROW}% interval {count_range(own.interval, focus.largest)}"
        )
        yield Card(count(own.tokens), "tokens at 95", interval or "as it is")
        if headline.full_tokens:
            part = percent(own.tokens / headline.full_tokens)
            yield Card(part, "of the full context", f"{count(headline.full_tokens)} tokens")
    points = headline.curve if headline else ()
    point = next((point for point in points if point.budget == focus.budget), None)
    if point:
        where = f" at {count(focus.budget)}" if focus.budget else ""
        detail = f"95{NARROW}% interval {percent_range(point.value)}"
        yield Card(percent(point.value.value), f"of the {focus.what} kept{where}", detail)


def _cost_cards(focus: Focus) -> Iterator[Card]:
    cell = focus.cell
    if cell is None:
        return
    if cell.cost:
        full = focus.results.cell(focus.reference.name, None) if focus.reference else None
        against = f"; full context {dollars(full.cost.standard)}" if full and full.cost else ""
        detail = f"{focus.results.run.priced_model or ''} input{against}".strip()
        yield Card(dollars(cell.cost.standard), "per 1,000 questions", detail)
    slow = f"95th percentile {duration(cell.seconds_p95)}"
    yield Card(duration(cell.seconds_p50), "median time", slow)


def _violations(focus: Focus) -> Card:
    over = sum(cell.violations for cell in focus.results.cells)
    outcomes = sum(cell.n for cell in focus.results.cells if cell.budget is not None)
    tone: Tone = "bad" if over else "good"
    return Card(count(over), "budget violations", f"in {count(outcomes)} outcomes", tone)
