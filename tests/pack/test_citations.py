"""Citation marks as models write them, resolved or reported, never invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanrag.pack.citations import resolve
from leanrag.types import Source

SOURCES = [
    Source(f"id{n}", f"{n}.txt", "T", (), n, 0.5, f"Text {n}.", ((n, n + 7),)) for n in range(1, 6)
]


def cited(text: str, prefix: str = "") -> tuple[list[int], tuple[str, ...]]:
    citations, unknown = resolve(text, SOURCES, mark_prefix=prefix)
    return [citation.number for citation in citations], unknown


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It is so [1].", [1]),
        ("It is so[1].", [1]),
        ("[1][2] both", [1, 2]),
        ("both [1, 2]", [1, 2]),
        ("both [1,2; 4]", [1, 2, 4]),
        ("all [1-3]", [1, 2, 3]),
        ("all [1–3, 5]", [1, 2, 3, 5]),
        ("是这样【1】。", [1]),
        ("是这样［1］。", [1]),
        ("两者【1、2】", [1, 2]),
        ("两者【1，2和3】", [1, 2, 3]),
        ("of a file 【3†source】", [3]),
        ("lines 【3:0†notes.pdf】", [3]),
        ("[Source 2] says", [2]),
        ("[Sources: 2, 3] say", [2, 3]),
        ("[source 2, source 3]", [2, 3]),
        ("【来源1】", [1]),
        ("a footnote [^4]", [4]),
        ("a link [2](#2)", [2]),
        ("twice [2, 2] in one", [2]),
        ("again [2] and [2]", [2, 2]),
        ("[ 1 ]", [1]),
    ],
)
def test_forms_of_marks(text: str, numbers: list[int]) -> None:
    assert cited(text) == (numbers, ())


@pytest.mark.parametrize(
    ("text", "numbers", "unknown"),
    [
        ("no such [9].", [], ("[9]",)),
        ("one of [2, 9].", [2], ("[2, 9]",)),
        ("some of [4-9].", [4, 5], ("[4-9]",)),
        ("most of [1-999999].", [1, 2, 3, 4, 5], ("[1-999999]",)),
        ("backwards [3-1].", [], ("[3-1]",)),
        ("zero [0].", [], ("[0]",)),
        ("in [2019] and [2019]", [], ("[2019]",)),
        ("another family [S1]", [], ("[S1]",)),
    ],
)
def test_what_the_prompt_has_not_is_reported(
    text: str, numbers: list[int], unknown: tuple[str, ...]
) -> None:
    assert cited(text) == (numbers, unknown)


@pytest.mark.parametrize(
    "text",
    [
        "Use `items[1]` here.",
        "```python\nitems[1]\n```",
        "```\nitems[1] in a block that never ends",
        "~~~\nitems[1]\n~~~",
        "[a list of 3]",
        "[1.5]",
        "[]",
        "(1)",
        "[see 1]",
        "[fig3]",
        "1",
    ],
)
def test_what_is_no_mark(text: str) -> None:
    assert cited(text) == ([], ())


def test_marks_of_another_family() -> None:
    assert cited("so [S1] and [S2, S3], [S4-S5], [s1-3]", "S") == ([1, 2, 3, 4, 5, 1, 2, 3], ())
    assert cited("so [S2, 3]", "S") == ([2], ("[S2, 3]",))
    assert cited("quoted [1]", "S") == ([], ("[1]",))
    assert cited("so [B1], [b2] and [SSSSSS1]", "B") == ([1, 2], ("[SSSSSS1]",))
    assert cited("so [SSSSSS1]", "SSSSSS") == ([1], ())


def test_a_citation_says_where_it_stands_and_what_it_quotes() -> None:
    text = "It is so [2]."
    ((citation,), _) = resolve(text, SOURCES)

    assert text[slice(*citation.span)] == "[2]"
    assert (citation.source.source, citation.source.page) == ("2.txt", 2)
    assert citation.source.text == "Text 2."


@given(
    st.lists(
        st.one_of(
            st.sampled_from("[]【】［］1234567890,-–;†^# `~\nS"), st.sampled_from(["source ", "和"])
        ),
        max_size=40,
    ).map("".join)
)
def test_no_source_is_invented(text: str) -> None:
    citations, unknown = resolve(text, SOURCES)

    for citation in citations:
        assert citation.source is SOURCES[citation.number - 1]
        mark = text[slice(*citation.span)]
        assert mark[0] in "[【［"
        assert mark[-1] in "]】］"
    assert all(mark in text for mark in unknown)


def test_a_long_hostile_answer_is_read_quickly() -> None:
    for piece in ("[1, ", "`", "`a", "~~", "[", "1,", "[source ", "[1-", "[1†", "`a`[1]"):
        assert cited(piece * 20_000)[1] == ()
