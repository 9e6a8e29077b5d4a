"""The drawing of tokens by stage: from what was found to what is sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from leanrag.evaluation.report.breakdown_tables import dropped_text
from leanrag.evaluation.report.numerals import MINUS, NARROW, count
from leanrag.evaluation.report.svg import Scale, element
from leanrag.evaluation.results import Cell

_DONE = {
    "retrieve": "retrieved",
    "rerank": "reranked",
    "prune": "pruned",
    "squeeze": "squeezed",
    "pack": "sent",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Tokens after a stage, and before it."""

    label: str
    tokens: float
    before: float
    note: str = ""


def steps(cell: Cell) -> list[Step]:
    """What came in, then what each stage left."""
    if not cell.stages:
        return []
    first = cell.stages[0]
    found = []
    if first.tokens_in != first.tokens_out:
        found.append(Step("at hand", first.tokens_in, first.tokens_in))
    before = first.tokens_in
    for stage in cell.stages:
        label = _DONE.get(stage.stage, stage.stage)
        found.append(Step(label, stage.tokens_out, before, dropped_text(stage)))
        before = stage.tokens_out
    return found


def waterfall(items: Sequence[Step], *, wide: bool) -> Markup:
    """Bars under each other, what a stage removed hatched behind what it left."""
    if not items:
        return Markup()
    width, left, right, row = (1100.0, 130.0, 150.0, 54.0) if wide else (400.0, 0.0, 0.0, 74.0)
    most = max(max(item.tokens, item.before) for item in items) or 1.0
    scale = Scale(0, most, left, width - right)
    parts = [
        part
        for number, item in enumerate(items)
        for part in _row(item, scale, number * row, width, wide=wide)
    ]
    label = "; ".join(f"{item.label} {count(item.tokens)} tokens" for item in items)
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {width:g} {len(items) * row:g}",
        class_=f"plot {'wide' if wide else 'narrow'}",
        role="img",
        aria_label=label,
    )


def _row(item: Step, scale: Scale, top: float, width: float, *, wide: bool) -> Iterator[Markup]:
    bar = top + (4 if wide else 26)
    height = 20
    left, end = scale(0), scale(item.tokens)
    if item.before > item.tokens:
        yield element(
            "rect", x=end, y=bar, width=scale(item.before) - end, height=height, class_="removed"
        )
    yield element("rect", x=left, y=bar, width=max(1.5, end - left), height=height, class_="left")
    base = bar + 15 if wide else top + 18
    yield element("text", item.label, x=0, y=base, class_="name")
    share = ""
    if item.before > item.tokens:
        share = f"{MINUS}{100 * (1 - item.tokens / item.before):.0f}{NARROW}%"
    number_end = width - 66
    yield element("text", count(item.tokens), x=number_end, y=base, class_="number end")
    yield element("text", share, x=width, y=base, class_="summary end")
    if item.note:
        yield element("text", f"dropped {item.note}", x=left, y=bar + 34, class_="summary")
