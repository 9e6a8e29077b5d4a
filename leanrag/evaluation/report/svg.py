"""Small pieces of SVG: escaped elements, scales, ticks and markers.

No element has a ``style`` attribute: the page's content security policy forbids them.

Why no plotting library draws this: two were tried on a run of 12 pipelines (75 points), whose page
has 533 kB and whose wide plot has 38. matplotlib's SVG has 316 ``style`` attributes and no titles:
under the page's policy it is a black box. Vega-Lite's static SVG keeps the policy, and dark mode
where colours are the page's variables, but it takes 72 kB and 2.5 s a plot and a package of 84 MB,
and loses the names at the ends of the curves with what each reaches, hollow controls, the ring at
95 %, the arrow keys between points and the narrow drawing; what brings them back is code as long as
this. Drawn in the browser, its scripts alone have 898 kB, and nothing shows without them.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Position = tuple[float, float]


def element(name: str, *children: str, **attributes: object) -> Markup:
    """An element with everything escaped that is not markup already.

    ``class_`` stands for ``class``, other underscores for hyphens; None leaves an attribute out.
    """
    shown = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _plain(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, shown, inner)


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)


# ── scales ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps ``low`` … ``high`` to ``start`` … ``end``, by logarithm where ``log``."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of ``value``; what lies outside is put on the nearer end."""
        bounded = min(max(value, self.low), self.high)
        change: Callable[[float], float] = math.log if self.log else float
        width = change(self.high) - change(self.low)
        part = (change(bounded) - change(self.low)) / width if width else 0.5
        return self.start + part * (self.end - self.start)


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers from ``low`` to ``high``: 1, 2 and 5 times powers of ten, or some more."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 3, 5, 7) if high < 100 * low else (1, 2, 5)
    steps = [factor * 10.0**power for power in powers for factor in factors]
    return [step for step in steps if low <= step <= high]


def linear_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from ``low`` to ``high``, at most ``most`` steps apart."""
    if high <= low:
        return [low]
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def spread(wanted: Sequence[float], low: float, high: float, gap: float) -> list[float]:
    """Places near the wanted ones, ``gap`` apart and inside the bounds where they fit.

    The order of ``wanted`` is kept, and it must ascend.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(1, len(wanted) - 1)) if len(wanted) > 1 else gap
    places = list(wanted)
    places[0] = max(places[0], low)
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + gap)
    places[-1] = min(places[-1], high)
    for i in range(len(places) - 2, -1, -1):
        places[i] = min(places[i], places[i + 1] - gap)
    return places


# ── markers and lines ───────────────────────────────────────────────────────────────────────────

_SHAPES = ("circle", "square", "up", "diamond", "down", "pentagon", "plus", "cross")


def marker(shape: int, at: Position, size: float = 5.0, **attributes: object) -> Markup:
    """A marker; shapes differ so that no reader depends on colour."""
    x, y = at
    kind = _SHAPES[shape % len(_SHAPES)]
    if kind == "circle":
        return element("circle", cx=x, cy=y, r=size, **attributes)
    return element("path", d=_outline(kind, x, y, size), **attributes)


def _outline(kind: str, x: float, y: float, size: float) -> str:
    if kind == "square":
        side = size * 0.9
        return polygon(
            [(x - side, y - side), (x + side, y - side), (x + side, y + side), (x - side, y + side)]
        )
    if kind in ("plus", "cross"):
        arm, thin = size * 1.1, size * 0.4
        corners = [
            (-thin, -arm), (thin, -arm), (thin, -thin), (arm, -thin), (arm, thin), (thin, thin),
            (thin, arm), (-thin, arm), (-thin, thin), (-arm, thin), (-arm, -thin), (-thin, -thin),
        ]  # fmt: skip
        turn = math.pi / 4 if kind == "cross" else 0.0
        return polygon([_turned(corner, turn, x, y) for corner in corners])
    number, first = {"up": (3, -90), "down": (3, 90), "diamond": (4, -90), "pentagon": (5, -90)}[
        kind
    ]
    reach = size * (1.3 if number == 3 else 1.2)
    angles = [math.radians(first + 360 / number * i) for i in range(number)]
    return polygon([(x + reach * math.cos(a), y + reach * math.sin(a)) for a in angles])


def _turned(corner: Position, angle: float, x: float, y: float) -> Position:
    a, b = corner
    return (
        x + a * math.cos(angle) - b * math.sin(angle),
        y + a * math.sin(angle) + b * math.cos(angle),
    )


def polygon(points: Sequence[Position]) -> str:
    """Path data of a closed line."""
    return polyline(points) + "Z"


def polyline(points: Sequence[Position]) -> str:
    """Path data of an open line."""
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
