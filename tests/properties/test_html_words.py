"""However a page is nested, each of its words is in its elements once and in order."""

import re
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.readers.html import clean as html_clean
from leanrag.readers.html import walk as html_walk

INLINE = ["span", "b", "code", "em", "a", "font", "my-tag"]
BLOCKS = ["p", "div", "section", "blockquote", "h2", "h4", "pre", "details", "figure", "center",
          "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "td", "th", "thead", "caption",
          "form", "summary"]  # fmt: skip
CLASSES = ["", "", "", ' class="note"', ' class="admonition-title"', ' class="line"',
           ' class="footnote"']  # fmt: skip

tags = st.tuples(st.sampled_from(INLINE + BLOCKS), st.sampled_from(CLASSES))
trees = st.recursive(
    st.sampled_from(["word", "word", " ", "<br>", "<img>", "<hr>", "\n", "<wbr>"]),
    lambda inner: st.tuples(tags, st.lists(inner, max_size=5)),
    max_leaves=30,
)


def markup(tree: object, numbers: "count[int]") -> str:
    if isinstance(tree, str):
        return f"w{next(numbers)} " if tree == "word" else tree
    (tag, attributes), inner = tree  # type: ignore[misc]
    return f"<{tag}{attributes}>{''.join(markup(part, numbers) for part in inner)}</{tag}>"


@settings(max_examples=120, deadline=None)
@given(st.lists(trees, min_size=1, max_size=6))
def test_every_word_is_in_the_elements_once_and_in_order(parts: list[object]) -> None:
    numbers = count()
    page = "".join(markup(part, numbers) for part in parts) + "<p>end</p>"
    content = html_clean.clean(html_clean.parse(page, "page")).content
    words = re.findall(r"w\d+|end", " ".join(content.itertext()))
    elements = html_walk.walk(content)
    assert re.findall(r"w\d+|end", "\n".join(e.text for e in elements)) == words
    assert len(words) == next(numbers) + 1
    assert all(e.text.strip() for e in elements)
    assert all(e.depth >= 0 for e in elements)
