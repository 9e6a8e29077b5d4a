"""What the reader must know beside the verdict: differences, controls, violations, failures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from leanrag.evaluation.report.focus import Focus, headline_of
from leanrag.evaluation.report.numerals import NARROW, count, number_of, percent, points
from leanrag.evaluation.results import Comparison, Verdict

Tone: TypeAlias = Literal["good", "plain", "bad"]
MOST_PROBLEMS = 0.01
"""Share of the cases from which problems are a warning."""
_TONES: dict[Verdict, Tone] = {"better": "good", "worse": "bad", "no difference shown": "plain"}


@dataclass(frozen=True, slots=True)
class Note:
    """One fact; a bad one is a warning."""

    text: str
    tone: Tone = "plain"


def notes(focus: Focus) -> tuple[Note, ...]:
    """Notes, those that can spoil the verdict first."""
    return (
        *_violations(focus),
        *_compared(focus),
        *_controls(focus),
        *_full(focus),
        *_failed(focus),
    )


def _violations(focus: Focus) -> Iterator[Note]:
    over = sum(cell.violations for cell in focus.results.cells)
    if over:
        worst = max(focus.results.cells, key=lambda cell: cell.violations)
        at = f" at {count(worst.budget)}" if worst.budget else ""
        yield Note(
            f"{number_of(over, 'outcome')} exceeded the budget, most of them of "
            f"{focus.title(worst.pipeline)}{at}. There must be none: the figures of such a "
            "pipeline cannot be compared.",
            "bad",
        )


def _failed(focus: Focus) -> Iterator[Note]:
    problems = len(focus.results.run.problems)
    if problems:
        many = problems > MOST_PROBLEMS * focus.results.run.cases
        yield Note(
            f"{number_of(problems, 'row or outcome', 'rows or outcomes')} could not be used; the "
            "run section names them. A pipeline that failed on a case counts as having lost it.",
            "bad" if many else "plain",
        )


def _compared(focus: Focus) -> Iterator[Note]:
    found = _against(focus, [focus.rival.name]) if focus.rival else []
    if not found or focus.rival is None:
        return
    item = found[0]
    where = f"At a budget of {count(item.budget)}" if item.budget else "As it is"
    other = focus.rival.title
    if item.budget_b is None:
        cell = focus.results.cell(item.b, None)
        other += f", fixed at {count(cell.tokens.value)} tokens," if cell else ""
    if item.verdict == "no difference shown":
        text = f"{where}, no difference to {other} is shown ({_amount(item)})."
    else:
        more = "more" if item.verdict == "better" else "less"
        text = f"{where}, {focus.subject.title} keeps {more} than {other} ({_amount(item)})."
    yield Note(text, _TONES[item.verdict])


def _controls(focus: Focus) -> Iterator[Note]:
    names = [item.name for item in focus.results.pipelines if item.role == "control"]
    if not names:
        yield Note(
            "No control was run. Without truncation and random deletion at the same number of "
            "tokens nobody can tell choosing from mere shortening.",
            "bad",
        )
        return
    found = _against(focus, names)
    equal = [item for item in found if item.verdict != "better"]
    if equal:
        listed = ", ".join(f"{focus.title(item.b)} ({_amount(item)})" for item in equal)
        yield Note(f"Not shown to keep more than a control at the same budget: {listed}.", "bad")
    elif found:
        least = min(found, key=lambda item: item.difference)
        which = "The control keeps" if len(found) == 1 else f"All {len(found)} controls keep"
        yield Note(
            f"{which} less at the same budget, by {points(least.difference).lstrip('+')} points or "
            f"more ({focus.title(least.b)}), so the result is not one of mere shortening.",
            "good",
        )


def _full(focus: Focus) -> Iterator[Note]:
    headline = headline_of(focus.results, focus.subject.name)
    if headline and headline.full_value < 1 and focus.results.run.quality == "survival":
        yield Note(
            f"The full context itself holds an answer in {percent(headline.full_value)} of the "
            f"cases; the 95{NARROW}% are of these."
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


def _amount(item: Comparison) -> str:
    return (
        f"{points(item.difference)} points, 95{NARROW}% interval {points(item.low)} to "
        f"{points(item.high)}, {number_of(item.n, 'case')}"
    )
