"""Each kind of document is recognised, and cut where its units begin."""

import pytest

from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker
from leanrag.ingest.strategies import Rule, choose, ruled
from leanrag.types import Chunk, Document, Element, ParsedDocument


def count(text: str) -> int:
    """Words, and two special tokens."""
    return len(text.split()) + 2


def cut(
    *elements: Element,
    max_tokens: int = 64,
    source: str = "page.html",
    rules: tuple[Rule, ...] = (),
) -> list[Chunk]:
    parsed = ParsedDocument("", elements)
    text, blocks = assemble(parsed)
    document = Document("id", source, title_of(parsed), text, "hash")
    return Chunker(count, max_tokens, rules=rules).chunk(document, blocks)


def chosen(*elements: Element) -> str:
    return choose(*assemble(ParsedDocument("", elements)))


def prose(size: int, name: str = "word", *, depth: int = 0) -> Element:
    return Element("prose", " ".join([name] * (size - 1)) + f" {name}.", depth=depth)


def entries(number: int, size: int) -> list[Element]:
    return [
        element
        for n in range(number)
        for element in (Element("entry", f"call_{n}(a, b)"), prose(size, f"described{n}", depth=1))
    ]


TALK = [
    Element("prose", f"{name}: {text}")
    for name, text in [
        ("Ann", "Shall we begin with the budget of the next year?"),
        ("Bob Miller", "Yes."),
        ("Ann", "It grows by five per cent. " + "The reasons are many and they are known. " * 3),
        (
            "Bob Miller",
            "I would like to hear them again. " + "They were not clear to me then. " * 4,
        ),
        ("Dr. Cole", "So would I."),
        ("Ann", "Then let me start with the wages and go on to the rooms after that."),
        ("Dr. Cole", "Please do."),
    ]
]
QUESTIONS = [
    Element("prose", "How do I stop a query that runs (too) long?"),
    prose(12, "cancel"),
    Element("code", "select pg_cancel_backend(1)"),
    Element("prose", "Where are the logs?"),
    prose(9, "logs"),
    Element("prose", "Q: Can it run twice"),
    Element("prose", "A: No, it cannot."),
]


@pytest.mark.parametrize(
    ("elements", "strategy"),
    [
        ([prose(40), prose(40)], "narrative"),
        ([*entries(4, 60), prose(20)], "reference"),
        (entries(9, 5), "narrative"),
        (QUESTIONS, "faq"),
        ([*QUESTIONS, prose(200)], "faq"),
        ([prose(200), *QUESTIONS], "narrative"),
        (TALK, "transcript"),
        ([Element("table", "a | b\n1 | 2\n3 | 4"), prose(2)], "tabular"),
        ([Element("code", "def f():\n    return 1"), Element("prose", "Short.")], "code"),
        ([], "narrative"),
    ],
)
def test_the_structure_tells_the_strategy(elements: list[Element], strategy: str) -> None:
    assert chosen(*elements) == strategy


def test_terms_with_colons_are_no_talk() -> None:
    terms = [Element("prose", f"Term{n}: what it means in one line.") for n in range(9)]
    assert chosen(*terms) == "narrative"


def test_one_entry_is_one_chunk() -> None:
    chunks = cut(*entries(4, 30), prose(20, "after"), max_tokens=200)
    assert [c.text.split("(")[0] for c in chunks[:4]] == ["call_0", "call_1", "call_2", "call_3"]
    assert all(c.kind == "entry" for c in chunks[:4])
    assert chunks[4].text.startswith("after")


def test_names_without_description_share_a_chunk_and_the_introduction_joins_the_first() -> None:
    bare = [Element("entry", f"FLAG_{n}") for n in range(5)]
    lead = Element("prose", "The module has these calls:")
    chunks = cut(lead, *entries(3, 40), *bare, prose(30, "flags", depth=1), max_tokens=200)
    assert [c.text.count("call_") for c in chunks] == [1, 1, 1, 0]
    assert chunks[0].text.startswith("The module has")
    assert chunks[3].text.count("FLAG_") == 5


def test_a_question_stays_with_its_answer_and_apart_from_the_next() -> None:
    chunks = cut(*QUESTIONS, max_tokens=200)
    assert [c.text.split("\n")[0] for c in chunks] == [
        "How do I stop a query that runs (too) long?",
        "Where are the logs?",
        "Q: Can it run twice",
    ]
    assert "pg_cancel_backend" in chunks[0].text
    assert chunks[2].text.endswith("A: No, it cannot.")


def test_the_rest_of_a_long_answer_carries_its_question() -> None:
    answers = [prose(25, f"part{n}") for n in range(4)]
    chunks = cut(QUESTIONS[0], *answers, *QUESTIONS[3:])
    rest = [c for c in chunks if c.text.startswith("part")]
    assert rest
    assert {c.headings for c in rest} == {("How do I stop a query that runs (too) long?",)}


def test_turns_are_cut_between_speakers_and_the_rest_of_a_long_one_names_its_speaker() -> None:
    chunks = cut(*TALK, max_tokens=34)
    assert {c.kind for c in chunks} == {"turn"}
    starts = [c.text.split(":")[0] for c in chunks if not c.headings]
    assert set(starts) <= {"Ann", "Bob Miller", "Dr. Cole"}
    rest = [c for c in chunks if c.headings]
    assert rest
    assert all(c.headings[-1] in ("Ann", "Bob Miller") for c in rest)
    assert chunks[0].text.startswith("Ann: Shall we begin")
    assert "Bob Miller: Yes." in chunks[0].text, "a short reply stays with its question"


def test_a_table_does_not_run_into_the_text_behind_it() -> None:
    rows = "\n".join(f"row {n} | {n}" for n in range(9))
    table = Element("table", f"Name | Value\n{rows}", head_rows=1)
    chunks = cut(Element("prose", "Figures of the year"), table, prose(8), max_tokens=200)
    assert [c.kind for c in chunks] == ["table", "prose"]
    assert chunks[0].text.startswith("Figures of the year\n\nName | Value")


def test_code_ends_where_prose_begins() -> None:
    code = Element("code", "\n".join(f"step({n})" for n in range(12)))
    chunks = cut(prose(4, "intro"), code, prose(4, "then"), code, max_tokens=200)
    assert [c.text.split()[0] for c in chunks] == ["intro", "then"]
    assert all(c.text.endswith("step(11)") for c in chunks)


def test_a_rule_of_the_settings_goes_before_the_structure() -> None:
    rules = (Rule("faq/*.md", "faq"),)
    elements = (prose(90, "filler"), *QUESTIONS[:5])
    plain = cut(*elements, max_tokens=200)
    ruled_chunks = cut(*elements, max_tokens=200, source="docs/faq/sql/a.md", rules=rules)
    assert len(plain) == 1
    assert [c.text.split()[0] for c in ruled_chunks] == ["filler", "How", "Where"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("faq/a.md", "faq"),
        ("docs/faq/sql/a.md", "faq"),
        ("myfaq/a.md", None),
        ("notes/2024.txt", "transcript"),
        ("faq/a.html", None),
    ],
)
def test_patterns_match_the_source_or_its_end(source: str, expected: str | None) -> None:
    rules = (Rule("faq/*.md", "faq"), Rule("notes/*", "transcript"), Rule("*.md", "code"))
    assert ruled(rules[:2], source) == expected
