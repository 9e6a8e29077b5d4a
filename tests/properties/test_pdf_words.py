"""Whatever stands where on a page: no word is lost or made up, and bad bytes are an error."""

import re
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leanrag.errors import DocumentError
from leanrag.readers.pdf import document as pdf
from tests.pdf_samples import Pdf, Text

WORDS = st.sampled_from(
    ["harbour", "1,544", "(12)", "$", "%", "2018", "—", "Net income", "wall and quay", "a-b", "NM"]
)
PLACES = st.tuples(st.integers(0, 11), st.integers(0, 15))
PAGES = st.lists(
    st.dictionaries(PLACES, st.tuples(WORDS, st.sampled_from(["regular", "bold"])), max_size=40),
    min_size=1,
    max_size=2,
)
SOME = Pdf(
    [[Text(72, 700 - 12 * n, f"line {n} of the harbour book") for n in range(9)]],
    outline=[("The book", 0, 1)],
).bytes()


def words(texts: list[str]) -> Counter[str]:
    """The words, without the marks between cells and between joined lines of a heading."""
    return Counter(re.findall(r"[^\W_]+", " ".join(texts)))


@given(PAGES)
@settings(max_examples=60, deadline=None)
@example([{(0, 0): ("harbour", "bold"), (1, 0): ("1,544", "bold"), (0, 1): ("$", "regular")}])
def test_no_word_is_lost(pages: list[dict[tuple[int, int], tuple[str, str]]]) -> None:
    texts = [
        [Text(40 + 48 * x, 740 - 13 * y, text, font, 6) for (x, y), (text, font) in page.items()]
        for page in pages
    ]
    placed = words([text.text for page in texts for text in page])
    try:
        found = pdf.read(Pdf(texts).bytes(), "a.pdf", "a")
    except DocumentError:
        assert not any(texts)
        return
    assert words([element.text for element in found.elements]) == placed
    numbers = [element.page for element in found.elements]
    assert numbers == sorted(number or 0 for number in numbers)


@given(st.lists(st.tuples(st.integers(0, len(SOME) - 1), st.integers(0, 255)), max_size=12))
@settings(max_examples=100, deadline=None)
def test_changed_bytes_are_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SOME)
    for place, value in changes:
        data[place] = value
    try:
        found = pdf.read(bytes(data), "a.pdf", "a")
    except DocumentError:
        return
    assert all(element.page == 1 for element in found.elements)
