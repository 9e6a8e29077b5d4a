"""A question is foreign where neither the selector nor the vectors find anything like it."""

from dataclasses import replace

import numpy as np
import pytest

from leanrag.retrieve.nothing import UNLIKE, UNSURE, foreign
from leanrag.types import Hit, Judged
from tests.builders import hit


def found(*pairs: tuple[float | None, float | None]) -> list[Hit]:
    """Hits with the cosine and the selector's logit given."""
    return [
        replace(
            hit(f"Text {n}.", dense=cosine),
            judged=None if logit is None else Judged(logit, np.array([logit])),
        )
        for n, (cosine, logit) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(UNLIKE - 0.01, UNSURE - 0.1), (0.1, -9.0)], True),
        ([(UNLIKE - 0.01, UNSURE - 0.1), (0.1, UNSURE + 0.1)], False),
        ([(UNLIKE + 0.01, UNSURE - 0.1), (0.1, -9.0)], False),
        ([(0.1, None)], False),
        ([(None, -9.0)], False),
        ([(0.1, -9.0), (None, -9.0), (0.2, None)], True),
        ([], False),
    ],
    ids=["both", "one sure", "one alike", "unread", "no cosine", "some of each", "no hits"],
)
def test_both_must_find_nothing(
    pairs: list[tuple[float | None, float | None]], expected: bool
) -> None:
    assert foreign(found(*pairs)) is expected
