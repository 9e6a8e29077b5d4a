"""The plot of tokens against quality: a static SVG that needs no script to be read.

It is drawn twice, wide and narrow, since text in a scaled drawing would become too small to read;
the page shows the one that fits.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from leanrag.evaluation.report.numerals import NARROW, count
from leanrag.evaluation.report.series import Series
from leanrag.evaluation.report.svg import (
    Scale,
    element,
    linear_ticks,
    log_ticks,
    marker,
    polygon,
    polyline,
    spread,
)
from leanrag.evaluation.results import PipelineRole
from leanrag.evaluation.tokens_at import SHARE

LOG_FROM = 8.0
"""Largest over smallest number of tokens from which the axis is logarithmic."""
_KEY_GAP = 38.0
_LETTER = 7.5
_DEPTH: dict[PipelineRole, int] = {"control": 0, "reference": 1, "baseline": 2, "leanrag": 3}


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a drawing and its margins; ``key`` is the room for names beside the curves."""

    kind: str
    width: float
    height: float
    left: float
    right: float
    top: float = 34
    bottom: float = 48
    key: bool = True


WIDE = Frame("wide", 1100, 520, left=56, right=290)
NARROW_FRAME = Frame("narrow", 400, 380, left=44, right=14, key=False)


def pareto(series: Sequence[Series], what: str, frame: Frame = WIDE) -> Markup:
    """The plot of all curves; empty where there is none."""
    if not series:
        return Markup()
    x, y = _scales(series, frame)
    # What matters most is drawn last, so that nothing covers it; the arrow keys start there too.
    ordered = sorted(series, key=lambda item: (_DEPTH[item.role], -item.shape))
    drawn = [
        *_grid(x, y, frame, what),
        *(part for item in ordered for part in _spread(item, x, y)),
        *(_line(item, x, y) for item in ordered if item.connected),
        *_crossing(series[0], x, y),
        *(_dots(item, x, y) for item in ordered),
    ]
    if frame.key:
        drawn += _key(series, x, y, frame)
    return element(
        "svg",
        *drawn,
        viewBox=f"0 0 {frame.width:g} {frame.height:g}",
        class_=f"plot {frame.kind}",
        role="group",
        aria_label=f"Plot of mean tokens used against {what} kept, one curve a pipeline. "
        "Arrow keys move between points.",
        data_plot="points",
    )


def _scales(series: Sequence[Series], frame: Frame) -> tuple[Scale, Scale]:
    tokens = [max(1.0, point.tokens) for item in series for point in item.points]
    values = [point.value.value for item in series for point in item.points]
    low, high = min(tokens), max(tokens)
    log = high / low >= LOG_FROM
    across = (
        Scale(low / 1.12, high * 1.12, frame.left, frame.width - frame.right, log=True)
        if log
        else Scale(max(0.0, low - 0.05 * high), high * 1.05, frame.left, frame.width - frame.right)
    )
    bottom = 0.0 if min(values) < 0.3 else int(10 * min(values) - 0.5) / 10
    return across, Scale(bottom, max(1.0, *values), frame.height - frame.bottom, frame.top)


def _grid(x: Scale, y: Scale, frame: Frame, what: str) -> Iterator[Markup]:
    right = frame.width - frame.right
    for value in linear_ticks(y.low, y.high, most=5):
        yield element(
            "path", d=polyline([(frame.left, y(value)), (right, y(value))]), class_="grid"
        )
        label = f"{100 * value:.0f}{NARROW}%"
        yield element("text", label, x=frame.left - 8, y=y(value) + 4, class_="tick end")
    ticks = log_ticks(x.low, x.high) if x.log else linear_ticks(x.low, x.high)
    floor = frame.height - frame.bottom
    last = -100.0
    for value in ticks:
        if x(value) - last < (46 if frame.key else 40):
            continue
        last = x(value)
        yield element("path", d=polyline([(last, floor), (last, floor + 5)]), class_="axis")
        yield element("text", count(value), x=last, y=floor + 20, class_="tick middle")
    yield element("path", d=polyline([(frame.left, floor), (right, floor)]), class_="axis")
    scale = ", logarithmic" if x.log else ""
    yield element(
        "text", f"mean tokens used{scale}", x=right, y=frame.height - 8, class_="title end"
    )
    yield element("text", f"{what} kept, of the full context's", x=4, y=14, class_="title")
    if y.low < SHARE <= y.high:
        yield element(
            "path", d=polyline([(frame.left, y(SHARE)), (right, y(SHARE))]), class_="goal"
        )
        yield element("text", f"95{NARROW}%", x=frame.left + 6, y=y(SHARE) + 15, class_="goal-text")


def _spread(item: Series, x: Scale, y: Scale) -> Iterator[Markup]:
    """Intervals: a band around leanrag's curves, a bar at every other point."""
    if item.role == "leanrag" and item.connected:
        upper = [(x(point.tokens), y(point.value.high)) for point in item.points]
        lower = [(x(point.tokens), y(point.value.low)) for point in reversed(item.points)]
        yield element("path", d=polygon([*upper, *lower]), class_=f"band {item.look}")
        return
    for point in item.points:
        ends = [(x(point.tokens), y(point.value.low)), (x(point.tokens), y(point.value.high))]
        yield element("path", d=polyline(ends), class_=f"whisker {item.look}")


def _line(item: Series, x: Scale, y: Scale) -> Markup:
    points = [(x(point.tokens), y(point.value.value)) for point in item.points]
    return element("path", d=polyline(points), class_=f"curve {item.look} {item.role}")


def _crossing(item: Series, x: Scale, y: Scale) -> Iterator[Markup]:
    """The subject's tokens at 95, dropped to the axis."""
    if item.at_95 is None:
        return
    place = x(item.at_95[0])
    yield element("path", d=polyline([(place, y(item.at_95[1])), (place, y.start)]), class_="drop")
    yield element("circle", cx=place, cy=y(item.at_95[1]), r=10, class_=f"ring {item.look}")


def _dots(item: Series, x: Scale, y: Scale) -> Markup:
    size = 3.6 if item.role == "control" else 4.6
    dots = [
        element(
            "g",
            element("title", point.label),
            marker(item.shape, (x(point.tokens), y(point.value.value)), size),
            class_="point",
            role="img",
            aria_label=point.label.replace("\n", ". "),
        )
        for point in item.points
    ]
    return element("g", *dots, class_=f"dots {item.look} {item.role}", data_series=item.name)


def _key(series: Sequence[Series], x: Scale, y: Scale, frame: Frame) -> list[Markup]:
    """Names at the right, in the order of the curves' ends, each with a line to its end."""
    ends = sorted(series, key=lambda item: (y(item.points[-1].value.value), item.points[-1].tokens))
    wanted = [y(item.points[-1].value.value) for item in ends]
    places = spread(wanted, frame.top, frame.height - frame.bottom - 10, _KEY_GAP)
    start = frame.width - frame.right + 26
    parts = []
    for item, place in zip(ends, places, strict=True):
        end = item.points[-1]
        bend = frame.width - frame.right + 10
        line = [
            (x(end.tokens) + 8, y(end.value.value)),
            (bend, y(end.value.value)),
            (start - 4, place),
        ]
        if line[0][0] < bend:
            parts.append(element("path", d=polyline(line), class_=f"leader {item.look}"))
        room = frame.right - 26 - 22
        parts.append(
            element(
                "g",
                element("title", item.title),
                marker(item.shape, (start + 6, place), 5.5),
                element("text", fitted(item.title, room), x=start + 20, y=place + 1, class_="name"),
                element("text", item.summary, x=start + 20, y=place + 16, class_="summary"),
                class_=f"key {item.look} {item.role}",
            )
        )
    return parts


def fitted(text: str, room: float) -> str:
    """``text`` cut with an ellipsis so that it fits into ``room`` pixels, by a safe estimate."""
    width = 0.0
    for place, letter in enumerate(text):
        width += _LETTER * (2 if unicodedata.east_asian_width(letter) in "WF" else 1)
        if width > room:
            return text[: max(1, place - 1)].rstrip() + "…"
    return text


def key_marker(item: Series) -> Markup:
    """The marker of a series as a drawing of its own, for the list under the narrow plot."""
    return element(
        "svg",
        marker(item.shape, (9, 9), 5.5),
        viewBox="0 0 18 18",
        class_=f"glyph {item.look} {item.role}",
        aria_hidden="true",
    )
