"""The order of the evidence, and that marks follow it."""

import pytest

from leanrag.pack.order import Order, reading_order
from leanrag.pack.render import Candidate, Layout, Style, render_context
from tests.builders import hit

SOURCES = ("d.txt", "b.txt", "a.txt", "b.txt", "c.txt")


def hits() -> list[Candidate]:
    """Of four documents, best first; the second and the fourth are of one document."""
    return [
        Candidate(hit(f"Text {n}.", source=source, title=source, ordinal=9 - n))
        for n, source in enumerate(SOURCES)
    ]


ALL = {n: [0] for n in range(len(SOURCES))}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("best_first", [0, 3, 1, 2, 4]),
        ("best_last", [4, 2, 3, 1, 0]),
        ("both_ends", [0, 2, 4, 3, 1]),
        ("document", [2, 3, 1, 4, 0]),
    ],
)
def test_orders(order: Order, expected: list[int]) -> None:
    found = [candidate.hit for candidate in hits()]

    assert reading_order(found, ALL, order) == expected
    assert reading_order(found, {0: [0], 2: []}, order) == [0]


@pytest.mark.parametrize("order", ["best_first", "best_last", "both_ends", "document"])
def test_marks_number_the_sources_as_they_stand(order: Order) -> None:
    context, sources = render_context(hits(), ALL, Layout("", "===="), style=Style(order=order))

    places = [context.index(source.text) for source in sources]
    marks = [context.index(f"[{number}]") for number in range(1, len(sources) + 1)]
    assert places == sorted(places)
    assert marks == sorted(marks)
    assert all(mark < place for mark, place in zip(marks, places, strict=True))
    assert sorted(source.id for source in sources) == sorted(c.hit.id for c in hits())


def test_what_is_masked_is_the_prompt_not_the_source() -> None:
    style = Style(mask=lambda text: text.replace("Text", "<WORD_1>"))
    found = [Candidate(hit("Text 0.", title="On Text"))]

    context, (source,) = render_context(found, {0: [0]}, Layout("", "===="), style=style)

    assert "Text" not in context
    assert "[1] On <WORD_1>" in context
    assert source.text == "Text 0."
