"""The result in plain words, and no more than the intervals allow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from leanrag.evaluation.report.focus import Focus, Need, headline_of, need
from leanrag.evaluation.report.numerals import (
    count,
    count_range,
    dollars,
    duration,
    percent,
    percent_range,
    points,
)
from leanrag.evaluation.results import Comparison
from leanrag.evaluation.statistics import FEWEST_DOCUMENTS

Tone: TypeAlias = Literal["good", "plain", "bad"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence."""

    text: str
    strong: bool = False


Sentence: TypeAlias = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """One fact that the reader must know beside the verdict."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Card:
    """A figure at the top of the report."""

    value: str
    label: str
    detail: str = ""
    tone: Tone = "plain"


def measured(focus: Focus) -> str:
    """What was measured, in a sentence."""
    run = focus.results.run
    bounded = "the kept texts" if run.budget_counts == "context" else "the whole prompt"
    budgets = len(focus.results.budgets)
    documents = f" from {_number(run.documents, 'document')}" if run.documents else ""
    judged = (
        "Quality is the share of cases of which an answer stands in what was kept."
        if run.quality == "survival"
        else "Quality is the share of the marked evidence that was kept."
    )
    return (
        f"{_number(run.cases, 'case')}{documents}, {_number(len(focus.results.pipelines), 'pipeline')} "
        f"at {_number(budgets, 'budget')}. A budget bounds the tokens of {bounded}, counted with "
        f"{run.counter}. {judged}"
    )


def verdict(focus: Focus) -> Sentence:
    """The result in one or two sentences, figures marked as strong."""
    run = focus.results.run
    title = focus.subject.title
    headline = headline_of(focus.results, focus.subject.name)
    if headline is None or not headline.curve:
        return (Part(f"No case has an {_one(focus)} to judge by, so there is no verdict."),)
    own = need(focus.results, focus.subject)
    if own is None:
        best = max(headline.curve, key=lambda point: point.share_of_full)
        return (
            Part(f"{title} does not keep 95{chr(0x202F)}% of the {focus.what} at any budget run: at most "),
            Part(percent(best.share_of_full), strong=True),
            Part(f", in {count(best.tokens)} tokens."),
            *_rival(focus, None),
        )
    smallest = min((b for b in focus.results.budgets), default=0)
    bound = "at most " if own.interval and own.tokens <= smallest else ""
    few = run.documents < FEWEST_DOCUMENTS
    hedge = f"Too few documents ({run.documents}) for a verdict. In this sample " if few else ""
    return (
        Part(f"{hedge}{title} keeps 95{chr(0x202F)}% of the {focus.what} in {bound}"),
        Part(f"{count(own.tokens)} tokens", strong=True),
        Part("."),
        *_rival(focus, own),
    )


def _rival(focus: Focus, own: Need | None) -> Iterator[Part]:
    headline = headline_of(focus.results, focus.subject.name)
    full = count(headline.full_tokens) if headline else ""
    theirs = need(focus.results, focus.rival) if focus.rival else None
    if focus.rival is None:
        yield Part(f" The full context has {full}.")
        return
    if theirs is None:
        yield Part(f" No baseline keeps as much at any budget run; the full context has {full}.")
        return
    verb = "sends" if theirs.interval is None else "needs"
    yield Part(f" The best baseline ({focus.rival.title}) {verb} ")
    yield Part(count(theirs.tokens), strong=True)
    if own and theirs.interval and not own.apart_from(theirs):
        yield Part(", but the intervals overlap, so no difference is shown")
    yield Part(f"; the full context has {full}.")


# ── notes ───────────────────────────────────────────────────────────────────────────────────────


def notes(focus: Focus) -> tuple[Note, ...]:
    """What else the reader must know, most important first."""
    return tuple(
        [*_violations(focus), *_compared(focus), *_controls(focus), *_full(focus), *_failed(focus)]
    )


def _violations(focus: Focus) -> Iterator[Note]:
    over = sum(cell.violations for cell in focus.results.cells)
    if over:
        worst = max(focus.results.cells, key=lambda cell: cell.violations)
        yield Note(
            f"{_number(over, 'outcome')} exceeded the budget, most of them of "
            f"{focus.title(worst.pipeline)} at {worst.budget}. It must be 0: the figures of such "
            "a pipeline are not comparable.",
            "bad",
        )


def _compared(focus: Focus) -> Iterator[Note]:
    if focus.rival is None:
        return
    found = _against(focus, [focus.rival.name])
    if not found:
        return
    item = found[0]
    where = f"at {count(item.budget)} tokens" if item.budget else "at its operating point"
    other = focus.rival.title
    if item.budget_b is None:
        cell = focus.results.cell(item.b, None)
        other += f" (fixed at {count(cell.tokens.value)})" if cell else ""
    amount = _points(item)
    if item.verdict == "no difference shown":
        text = f"{where.capitalize()} no difference to {other} is shown ({amount})."
    else:
        more = "more" if item.difference > 0 else "less"
        text = f"{where.capitalize()} {focus.subject.title} keeps {more} than {other} ({amount})."
    tone: Tone = {"better": "good", "worse": "bad"}.get(item.verdict, "plain")  # type: ignore[assignment]
    yield Note(text, tone)


def _controls(focus: Focus) -> Iterator[Note]:
    names = [item.name for item in focus.results.pipelines if item.role == "control"]
    if not names:
        yield Note(
            "No control was run. Without truncation and random deletion at the same number of "
            "tokens nobody can tell selection from mere shortening.",
            "bad",
        )
        return
    found = _against(focus, names)
    equal = [item for item in found if item.verdict != "better"]
    if equal:
        listed = ", ".join(f"{focus.title(item.b)} ({_points(item)})" for item in equal)
        yield Note(f"Not shown to keep more than a control at the same tokens: {listed}.", "bad")
    elif found:
        least = min(found, key=lambda item: item.difference)
        number = "The control keeps" if len(found) == 1 else f"All {len(found)} controls keep"
        yield Note(
            f"{number} less at the same tokens, by at least {points(least.difference)[1:]} points "
            f"({focus.title(least.b)}): the gain is not one of mere shortening.",
            "good",
        )


def _full(focus: Focus) -> Iterator[Note]:
    headline = headline_of(focus.results, focus.subject.name)
    if headline and headline.full_value < 1 and focus.results.run.quality == "survival":
        yield Note(
            f"The full context itself holds an answer in {percent(headline.full_value)} of the "
            "cases; the 95\u202f% are of these."
        )


def _failed(focus: Focus) -> Iterator[Note]:
    problems = len(focus.results.run.problems)
    if problems:
        yield Note(
            f"{_number(problems, 'row')} or outcomes could not be used; the run section names "
            "them. A pipeline that failed on a case counts as having lost it.",
            "bad",
        )


def _against(focus: Focus, names: Sequence[str]) -> list[Comparison]:
    """Comparisons of the subject at its operating budget; the largest budget where not there."""
    found = []
    for name in names:
        items = [
            item
            for item in focus.results.comparisons
            if item.a == focus.subject.name and item.b == name
        ]
        exact = [item for item in items if item.budget == focus.budget]
        found += exact[:1] or items[-1:]
    return found


def _points(item: Comparison) -> str:
    return (
        f"{points(item.difference)} points, 95\u202f% interval {points(item.low)} to "
        f"{points(item.high)}, {_number(item.n, 'case')}"
    )


# ── cards ───────────────────────────────────────────────────────────────────────────────────────


def cards(focus: Focus) -> tuple[Card, ...]:
    """The figures at the top."""
    return tuple([*_need_cards(focus), *_cost_cards(focus), *_limits(focus)])


def _need_cards(focus: Focus) -> Iterator[Card]:
    own = need(focus.results, focus.subject)
    headline = headline_of(focus.results, focus.subject.name)
    if own and headline:
        detail = f"95\u202f% interval {count_range(own.interval)}" if own.interval else "as sent"
        yield Card(count(own.tokens), "tokens at 95", detail)
        if headline.full_tokens:
            yield Card(
                percent(own.tokens / headline.full_tokens, 0 if own.tokens > 99 else 1),
                "of the full context",
                f"{count(headline.full_tokens)} tokens",
            )
    cell = focus.cell
    quality = cell and (cell.survival_of_full or (cell.evidence and cell.evidence.recall))
    if cell and quality:
        where = f" at {count(focus.budget)}" if focus.budget else ""
        detail = f"95\u202f% interval {percent_range(quality)}"
        yield Card(percent(quality.value), f"of the {focus.what} kept{where}", detail)


def _cost_cards(focus: Focus) -> Iterator[Card]:
    cell = focus.cell
    if cell is None:
        return
    if cell.cost:
        full = focus.results.cell(focus.reference.name, None) if focus.reference else None
        against = f", full context {dollars(full.cost.standard)}" if full and full.cost else ""
        model = focus.results.run.priced_model or "model"
        yield Card(dollars(cell.cost.standard), "per 1,000 questions", f"{model} input{against}")
    yield Card(
        duration(cell.seconds_p50), "median time", f"95th percentile {duration(cell.seconds_p95)}"
    )


def _limits(focus: Focus) -> Iterator[Card]:
    over = sum(cell.violations for cell in focus.results.cells)
    outcomes = sum(cell.n for cell in focus.results.cells if cell.budget is not None)
    yield Card(
        count(over),
        "budget violations",
        f"in {count(outcomes)} outcomes",
        "bad" if over else "good",
    )


def _number(value: int, noun: str) -> str:
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def _one(focus: Focus) -> str:
    return "answer" if focus.what == "answers" else "evidence"
