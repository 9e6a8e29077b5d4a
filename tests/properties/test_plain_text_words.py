"""However a plain text is laid out, each of its words is in its elements once and in order."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.readers.text import plain_text

starts = st.sampled_from(["", "", "", "  ", "   ", "      ", "\t", "- ", "* ", "1. ", "  - ",
                          "(a) ", ".. ", ".. note:: ", ">>> ", "class ", "Note:"])  # fmt: skip
rules = st.sampled_from(
    ["=====", "-----", "~~~~~", "```", "===  ===", "+---+---+", "| a | b |", ""]
)
ends = st.sampled_from(["", "", ".", ":", "::", "()", " = 1", ";"])
lines = st.one_of(
    st.tuples(starts, st.lists(st.just("word"), min_size=1, max_size=12), ends), rules, st.just("")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, max_size=24))
def test_every_word_is_in_the_elements_once_and_in_order(
    parts: list[str | tuple[str, list[str], str]],
) -> None:
    number, text = 0, []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
            continue
        start, words, end = part
        names = [f"w{number + n}" for n in range(len(words))]
        number += len(words)
        text.append(start + " ".join(names) + end)
    elements = plain_text.read("\n".join(text))
    found = re.findall(r"w\d+", "\n".join(e.text for e in elements).lower())
    assert found == [f"w{n}" for n in range(number)]
    assert all(e.text.strip() and e.depth >= 0 for e in elements)
