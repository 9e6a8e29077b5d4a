import itertools
import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from leanrag.evaluation.report.breakdown_tables import staged_cells
from leanrag.evaluation.report.focus import find_focus
from leanrag.evaluation.report.pareto import NARROW_FRAME, WIDE, fitted, pareto
from leanrag.evaluation.report.series import Series, curves
from leanrag.evaluation.report.svg import (
    Scale,
    element,
    linear_ticks,
    log_ticks,
    marker,
    spread,
)
from leanrag.evaluation.report.waterfall import steps, waterfall
from leanrag.evaluation.results import Results
from tests.evaluation import report_demo as demo


@pytest.fixture(scope="module")
def series(results: Results) -> tuple[Series, ...]:
    return curves(find_focus(results))


def test_elements_escape_text_and_attributes() -> None:
    drawn = element("text", "<b>&", x=1.26, class_='a"b')
    assert drawn == '<text x="1.3" class="a&#34;b">&lt;b&gt;&amp;</text>'
    assert element("g", drawn) == Markup(f"<g>{drawn}</g>"), "markup is not escaped twice"


def test_every_pipeline_has_its_own_look_or_shape(series: tuple[Series, ...]) -> None:
    assert series[0].role == "leanrag"
    assert len({(item.look, item.shape) for item in series}) == len(series)
    shapes = [str(marker(item.shape, (0, 0))) for item in series if item.role == "baseline"]
    assert len(set(shapes)) == len(shapes), "told apart without colour"


@pytest.mark.parametrize("frame", [WIDE, NARROW_FRAME])
def test_plot_shows_every_point_inside_its_frame(series: tuple[Series, ...], frame) -> None:
    root = ElementTree.fromstring(str(pareto(series, "answers", frame)))
    points = [node for node in root.iter("g") if node.get("class") == "point"]
    assert len(points) == sum(len(item.points) for item in series)
    assert all(node.find("title") is not None and node.get("aria-label") for node in points)
    for circle in root.iter("circle"):
        assert 0 <= float(circle.get("cx", "nan")) <= frame.width
        assert 0 <= float(circle.get("cy", "nan")) <= frame.height
    assert not any(node.get("style") for node in root.iter()), "the page's policy forbids styles"


def test_plot_marks_controls_and_the_goal(series: tuple[Series, ...]) -> None:
    drawn = pareto(series, "answers")
    assert "k-control control" in drawn
    assert 'class="goal"' in drawn
    assert 'class="ring' in drawn


def test_tokens_at_95_stands_on_the_curve(results: Results, series: tuple[Series, ...]) -> None:
    own = series[0]
    assert own.at_95 is not None
    tokens, share = own.at_95
    assert own.points[0].tokens <= tokens <= own.points[-1].tokens
    assert share == pytest.approx(0.95, abs=0.02)


def test_plot_of_one_point_and_of_none(series: tuple[Series, ...]) -> None:
    assert pareto([], "answers") == ""
    alone = [item for item in series if not item.connected][:1]
    ElementTree.fromstring(str(pareto(alone, "answers")))


def test_hostile_title_stays_text(series: tuple[Series, ...]) -> None:
    hostile = Series(**{**_fields(series[0]), "title": demo.HOSTILE, "name": demo.HOSTILE})
    drawn = str(pareto([hostile], demo.HOSTILE))
    assert "<img" not in drawn
    ElementTree.fromstring(drawn)


def _fields(item: Series) -> dict[str, object]:
    return {name: getattr(item, name) for name in Series.__slots__}


def test_waterfall_falls(results: Results) -> None:
    cell = staged_cells(find_focus(results))[0]
    items = steps(cell)
    assert [item.label for item in items] == ["retrieved", "reranked", "pruned", "sent"]
    assert all(after.before == before.tokens for before, after in itertools.pairwise(items))
    for wide in (True, False):
        root = ElementTree.fromstring(str(waterfall(items, wide=wide)))
        assert len([node for node in root.iter("rect") if node.get("class") == "left"]) == 4
    assert waterfall([], wide=True) == ""


@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=30).map(sorted),
    st.floats(5, 50),
)
def test_labels_keep_apart_and_inside(wanted: list[float], gap: float) -> None:
    places = spread(wanted, 0, 400, gap)
    room = min(gap, 400 / max(1, len(wanted) - 1))
    assert all(b - a >= room - 1e-6 for a, b in itertools.pairwise(places))
    assert places[0] >= -1e-6
    assert places[-1] <= 400 + 1e-6


@given(st.floats(0.01, 1e6), st.floats(1.2, 1e4))
def test_ticks_lie_on_the_axis(low: float, width: float) -> None:
    high = low * width
    for ticks in (log_ticks(low, high), linear_ticks(low, high)):
        assert ticks == sorted(ticks)
        assert all(low - 1e-9 * high <= tick <= high + 1e-6 * high for tick in ticks)
        assert len(ticks) <= 60


@given(st.floats(1, 1e5), st.booleans())
def test_scales_keep_order_and_ends(value: float, log: bool) -> None:
    scale = Scale(1, 1e5, 10, 110, log=log)
    assert scale(1) == 10
    assert math.isclose(scale(1e5), 110)
    assert scale(value) <= scale(min(1e5, value * 1.5))
    assert scale(0) == 10


def test_long_names_are_cut_by_their_width() -> None:
    assert fitted("short", 200) == "short"
    assert fitted("x" * 100, 70).endswith("…")
    assert len(fitted("漢" * 100, 70)) < len(fitted("x" * 100, 70))
