from leanrag.ingest.canonical import assemble, title_of
from leanrag.types import Element, ParsedDocument


def text_of(*elements: Element, title: str = "") -> str:
    return assemble(ParsedDocument(title, elements))[0]


def test_elements_are_joined_by_blank_lines_and_items_by_line_ends() -> None:
    assert (
        text_of(
            Element("prose", "Options:"),
            Element("list_item", "one"),
            Element("list_item", "inner", level=1),
            Element("list_item", "two\nits second paragraph"),
            Element("prose", "End."),
        )
        == "Options:\n\none\n  inner\ntwo\n  its second paragraph\n\nEnd."
    )


def test_an_entry_stands_on_top_of_its_description() -> None:
    assert (
        text_of(
            Element("entry", "fsync (boolean)"),
            Element("prose", "Forces writes.", depth=1),
            Element("prose", "Outside."),
        )
        == "fsync (boolean)\nForces writes.\n\nOutside."
    )


def test_code_keeps_its_indentation_and_inner_blank_lines() -> None:
    code = "    if x:  \n\n        y\n"
    assert text_of(Element("code", "\n" + code)) == "    if x:\n\n        y"


def test_heading_paths_leave_out_the_title_and_close_at_equal_levels() -> None:
    _, blocks = assemble(
        ParsedDocument(
            "The Title",
            (
                Element("heading", "The title", level=1),
                Element("prose", "a"),
                Element("heading", "One", level=2),
                Element("heading", "Deep", level=4),
                Element("prose", "b"),
                Element("heading", "Two", level=2),
                Element("prose", "c"),
            ),
        )
    )
    paths = [block.headings for block in blocks]
    assert paths == [(), (), ("One",), ("One", "Deep"), ("One", "Deep"), ("Two",), ("Two",)]


def test_a_later_heading_equal_to_the_title_stays_in_the_path() -> None:
    _, blocks = assemble(
        ParsedDocument("T", (Element("heading", "A", level=1), Element("heading", "T", level=2)))
    )
    assert blocks[1].headings == ("A", "T")


def test_a_paragraph_marked_up_as_a_heading_is_a_paragraph() -> None:
    _, blocks = assemble(ParsedDocument("", (Element("heading", "word " * 100, level=2),)))
    assert (blocks[0].kind, blocks[0].headings) == ("prose", ())


def test_empty_elements_and_empty_table_rows_leave_nothing() -> None:
    text, blocks = assemble(
        ParsedDocument(
            "",
            (
                Element("prose", " \u200b\n"),
                Element("table", "Name | Value\n\na | 1\n\u00ad", head_rows=1),
            ),
        )
    )
    assert text == "Name | Value\na | 1"
    assert [block.head_rows for block in blocks] == [1]


def test_a_table_that_is_all_head_has_no_head() -> None:
    _, blocks = assemble(ParsedDocument("", (Element("table", "Name | Value", head_rows=1),)))
    assert blocks[0].head_rows == 0


def test_the_title_is_one_line_of_normal_text() -> None:
    assert title_of(ParsedDocument("  A\n\u00a0B\u00ad ", ())) == "A B"
