"""A table as data, so that HTML and Markdown print the same."""

from dataclasses import dataclass

from leanrag.evaluation.report.numerals import NOTHING, count, percent, percent_range
from leanrag.evaluation.results import Estimate, PipelineRole

ROLE_ORDER: dict[PipelineRole, int] = {"leanrag": 0, "baseline": 1, "reference": 2, "control": 3}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; a ``hint`` explains its title."""

    title: str
    numeric: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A table cell: what is printed, what it is sorted by, and a second, smaller line."""

    text: str
    sort: float | str | None = None
    detail: str = ""
    tone: str = ""


EMPTY = Value(NOTHING)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns; the first column names the row."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


def text_value(text: str) -> Value:
    """A cell of words."""
    return Value(text, text.casefold())


def count_value(value: float | None, detail: str = "") -> Value:
    """A cell of a whole number."""
    return EMPTY if value is None else Value(count(value), value, detail)


def share_value(estimate: Estimate | None, *, with_n: bool = False) -> Value:
    """A cell of a share with its interval below it."""
    if estimate is None or not estimate.n:
        return EMPTY
    detail = percent_range(estimate) + (f", n={estimate.n}" if with_n else "")
    return Value(percent(estimate.value), estimate.value, detail)


def budget_value(budget: int | None) -> Value:
    """A cell of a budget."""
    return Value("fixed", -1.0) if budget is None else count_value(budget)
