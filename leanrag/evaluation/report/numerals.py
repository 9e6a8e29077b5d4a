"""Numbers as the report prints them: grouped thousands, no false precision."""

import math

from leanrag.evaluation.results import Estimate

NARROW = "\u202f"
"""A narrow space that does not break, between a number and its unit."""
MINUS = "\u2212"
RANGE = "\u2013"
NOTHING = "\u2013"
"""What stands where there is no value."""


def count(value: float) -> str:
    """A whole number with grouped thousands."""
    return f"{value:,.0f}".replace("-", MINUS)


def number_of(value: int, one: str, many: str = "") -> str:
    """A number with its noun in singular or plural."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def times(value: float) -> str:
    """A number of items that may be a mean: one decimal below 100, none where it is whole."""
    if value >= 100 or abs(value - round(value)) < 0.05:
        return count(value)
    return f"{value:.1f}"


def percent(share: float, digits: int = 1) -> str:
    """A share as a percentage. What is short of 100 is never rounded up to it."""
    value = 100 * share
    shown = f"{value:.{digits}f}"
    if share < 1 and float(shown) >= 100:
        shown = f"{100 - 10**-digits:.{digits}f}" if digits else "> 99"
    return f"{shown}{NARROW}%".replace("-", MINUS)


def percent_range(estimate: Estimate, digits: int = 1) -> str:
    """The interval of a share, in per cent without the sign."""
    return f"{100 * estimate.low:.{digits}f}{RANGE}{100 * estimate.high:.{digits}f}"


def count_range(estimate: Estimate, most: float = math.inf) -> str:
    """The interval of a count; a plus where it ends at ``most``, beyond which nothing is known."""
    more = "+" if estimate.high >= most else ""
    return f"{count(estimate.low)}{RANGE}{count(estimate.high)}{more}"


def points(difference: float) -> str:
    """A difference of shares in percentage points, signed."""
    value = 100 * difference
    return f"{value:+.1f}".replace("-", MINUS) if abs(value) >= 0.05 else "0.0"


def dollars(value: float) -> str:
    """An amount of money: cents from ten cents on, two digits that matter below."""
    if value == 0 or value >= 0.1:
        return f"${value:,.2f}"
    return f"${value:.3f}" if value >= 0.01 else f"${value:.2g}"


def duration(seconds: float) -> str:
    """A time in the unit in which it reads best."""
    if seconds >= 1:
        return f"{seconds:.1f}{NARROW}s"
    milliseconds = 1000 * seconds
    return (
        f"{milliseconds:.0f}{NARROW}ms" if milliseconds >= 10 else f"{milliseconds:.1f}{NARROW}ms"
    )
