from leanrag.ingest.canonical import assemble
from leanrag.ingest.sections import Section, split_sections
from leanrag.types import Block, Element, ParsedDocument


def sections(*elements: Element, title: str = "") -> tuple[str, list[Section]]:
    text, blocks = assemble(ParsedDocument(title, elements))
    return text, split_sections(blocks)


def heading(text: str, level: int) -> Element:
    return Element("heading", text, level=level)


def test_a_heading_without_a_body_goes_to_its_first_subsection() -> None:
    text, found = sections(heading("A", 1), heading("B", 2), Element("prose", "Body."))
    assert [(s.headings, text[s.start :]) for s in found] == [(("A", "B"), "A\n\nB\n\nBody.")]


def test_the_title_goes_to_the_first_section_whatever_its_level() -> None:
    _text, found = sections(
        heading("SELECT", 2), heading("Synopsis", 2), Element("code", "SELECT 1"), title="SELECT"
    )
    assert [(s.headings, s.start) for s in found] == [(("Synopsis",), 0)]


def test_a_bare_heading_that_nothing_below_can_take_is_its_own_section() -> None:
    text, found = sections(heading("A", 1), heading("B", 1), Element("prose", "Body."))
    assert [s.headings for s in found] == [(), ("B",)]
    assert text[slice(*found[0].body[0].span)] == "A"


def test_a_trailing_bare_heading_is_its_own_section_with_those_above_it() -> None:
    text, found = sections(
        heading("A", 1), Element("prose", "Body."), heading("B", 2), heading("C", 3)
    )
    assert [s.headings for s in found] == [("A",), ("A", "B")]
    assert text[found[1].start :] == "B\n\nC"
    assert text[slice(*found[1].body[0].span)] == "C"


def test_blocks_under_other_headings_are_parted_without_a_heading_line() -> None:
    blocks = [Block("prose", (0, 3), ("A",)), Block("prose", (5, 8), ("B",))]
    assert [s.headings for s in split_sections(blocks)] == [("A",), ("B",)]


def test_no_blocks_no_sections() -> None:
    assert split_sections([]) == []
