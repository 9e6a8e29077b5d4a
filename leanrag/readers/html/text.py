"""What the modules that read HTML share: the text of elements, its length, and where links are."""

from typing import Any

LINE_MARK = "\u2028"
"""Stands for a line break in the text of a cleaned page."""
BLOCK_MARK = "\u2029"
"""Stands for a paragraph break where a text is taken as one."""


def names(text: str) -> frozenset[str]:
    """The words of ``text`` as a set."""
    return frozenset(text.split())


HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = names(
    "address article aside blockquote body caption center dd details dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu "
    "ol p pre section summary table tbody td tfoot th thead tr ul"
)
"""The elements that begin a line of their own."""


def has_block(element: Any) -> bool:
    """Whether a block stands inside the element."""
    return any(inner.tag in BLOCKS for inner in element.iterdescendants())


def length(element: Any) -> int:
    """The characters of an element's text, without the white space around each piece."""
    return sum(map(len, map(str.strip, element.itertext())))


def linked(element: Any) -> int:
    """The characters of an element's text that stand in links."""
    return sum(map(length, element.iter("a")))


def flat(text: str) -> str:
    """``text`` on one line, white space collapsed as a browser does."""
    return " ".join(text.replace(LINE_MARK, " ").split())
