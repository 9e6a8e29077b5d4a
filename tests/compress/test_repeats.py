"""What is said twice is worth sending once."""

import numpy as np

from leanrag.compress.repeats import discount_repeats
from leanrag.types import Passage


def passage(name: str, *sentences: str) -> Passage:
    text, spans = "", []
    for sentence in sentences:
        spans.append((len(text), len(text) + len(sentence)))
        text += sentence
    return Passage(name, text, tuple(spans))


def test_a_repetition_loses_its_value_and_the_better_one_stays() -> None:
    first = passage("a", "The server restarts the worker process every night. ", "It logs it. ")
    second = passage("b", "Every night the server restarts the worker process. ")
    values = discount_repeats([np.array([0.5, 0.4]), np.array([0.9])], [first, second])
    assert values[1][0] == 0.9
    assert values[0][0] < 0.1
    assert values[0][1] == 0.4


def test_other_numbers_are_no_repetition() -> None:
    common = "of all segments in North America, Europe and Asia after taxes, interest and fees "
    first = passage("a", f"Net income {common}was 1,544 million dollars. ")
    second = passage("b", f"Net income {common}was 1,721 million dollars. ")
    values = discount_repeats([np.array([0.5]), np.array([0.4])], [first, second])
    assert [row.tolist() for row in values] == [[0.5], [0.4]]


def test_the_given_values_are_not_changed() -> None:
    given = [np.array([0.5]), np.array([0.4])]
    texts = [passage(name, "The worker process restarts the server nightly. ") for name in "ab"]
    assert discount_repeats(given, texts)[1][0] < 0.1
    assert given[1][0] == 0.4
