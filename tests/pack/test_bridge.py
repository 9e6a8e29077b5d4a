"""Silent lines come along where both sides are kept, and nowhere else."""

from leanrag.pack.bridge import bridge
from tests.builders import chunk

CODE = chunk("start | a\n| ---\n| }\nend | b\nlast | c")


def test_silent_lines_between_kept_ones_come_along() -> None:
    assert bridge([CODE], {0: [3, 0]}) == {0: [0, 1, 2, 3]}


def test_a_gap_that_says_something_stays_a_gap() -> None:
    assert bridge([CODE], {0: [0, 4]}) == {0: [0, 4]}


def test_silent_lines_at_the_edge_stay_out() -> None:
    assert bridge([CODE], {0: [3]}) == {0: [3]}
    assert bridge([CODE], {0: []}) == {0: []}
