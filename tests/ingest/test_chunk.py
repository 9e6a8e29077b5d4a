import pytest

from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker, chunk
from leanrag.types import Chunk, Document, Element, ParsedDocument


def count(text: str) -> int:
    """Words, and two special tokens."""
    return len(text.split()) + 2


def cut(*elements: Element, max_tokens: int = 40, title: str = "") -> tuple[str, list[Chunk]]:
    parsed = ParsedDocument(title, elements)
    text, blocks = assemble(parsed)
    document = Document("id", "source", title_of(parsed), text, "hash")
    return text, chunk(document, blocks, count=count, max_tokens=max_tokens)


def prose(size: int, name: str = "word", **more: int) -> Element:
    return Element("prose", " ".join([name] * (size - 1)) + f" {name}.", **more)


def test_small_blocks_of_a_section_share_a_chunk() -> None:
    _, chunks = cut(prose(10), prose(10), prose(10))
    assert [c.tokens for c in chunks] == [32]


def test_pieces_come_out_even_instead_of_leaving_a_tiny_one() -> None:
    _, chunks = cut(*[prose(9)] * 5)
    assert [c.tokens for c in chunks] == [20, 29] or [c.tokens for c in chunks] == [29, 20]


def test_a_list_stays_with_the_sentence_that_introduces_it() -> None:
    items = [Element("list_item", f"item {n} of the list") for n in range(4)]
    _, chunks = cut(prose(24), Element("prose", "The choices are:"), *items)
    assert [c.kind for c in chunks] == ["prose", "list"]
    assert chunks[1].body.startswith("The choices are:\n\nitem 0")


def test_the_rest_of_a_long_list_knows_its_introduction() -> None:
    items = [Element("list_item", f"item {n} of a long list of things") for n in range(10)]
    text, chunks = cut(Element("prose", "Some words. The choices are:"), *items)
    assert len(chunks) > 1
    assert {c.kind for c in chunks} == {"list"}
    assert {c.lead and text[slice(*c.lead)] for c in chunks} == {"The choices are:"}
    assert all(c.text.count("item") * 8 >= len(c.text.split()) - 6 for c in chunks)


def test_a_table_is_cut_between_rows_and_every_part_knows_the_head() -> None:
    rows = "\n".join(f"name {n} | a value of {n}" for n in range(20))
    text, chunks = cut(Element("table", f"Name | Value\n{rows}", head_rows=1))
    assert len(chunks) > 2
    assert {c.kind for c in chunks} == {"table"}
    assert {c.table_head and text[slice(*c.table_head)] for c in chunks} == {"Name | Value"}
    assert all(line.startswith("name") for c in chunks[1:] for line in c.text.split("\n"))
    assert all(text[a:b].count("|") == 1 for c in chunks for a, b in c.sentences)
    assert chunks[0].text.count("\n") > 1, "the head is not parted from the first row"


def test_code_is_cut_at_blank_lines_and_prompts() -> None:
    block = "\n".join(f"    call({n}) one two three four" for n in range(4))
    _text, chunks = cut(Element("code", "\n\n".join(f"def f{n}():\n{block}" for n in range(4))))
    assert [c.text.split(":")[0] for c in chunks] == [
        "def f0()",
        "def f1()",
        "def f2()",
        "def f3()",
    ]
    session = "\n".join(
        f">>> call {n} a b c d\nresult {n} e f g h\nand more of it" for n in range(6)
    )
    _, chunks = cut(Element("code", session))
    assert len(chunks) > 1
    assert all(c.text.startswith(">>>") for c in chunks)


def test_a_piece_of_code_keeps_the_indentation_of_its_first_line() -> None:
    lines = "\n".join(f"    step {n} of the same long function body" for n in range(12))
    _, chunks = cut(Element("code", "def f():\n" + lines))
    assert len(chunks) > 1
    assert all(c.text.startswith("    step") for c in chunks[1:])


def test_signatures_stay_with_their_descriptions() -> None:
    entries = []
    for n in range(4):
        entries += [Element("entry", f"call_{n}(a, b)"), prose(15, f"word{n}", depth=1)]
    _, chunks = cut(*entries)
    assert [c.kind for c in chunks] == ["entry"] * 2
    assert [c.text.count("call_") for c in chunks] == [2, 2]


def test_the_rest_of_a_long_entry_carries_its_name() -> None:
    _, chunks = cut(
        Element("heading", "Calls", level=2),
        Element("entry", "class pool.Pool(size, *, name=None)"),
        prose(25, "alpha", depth=1),
        prose(25, "beta", depth=1),
        Element("entry", "close()", depth=1),
        prose(20, "gamma", depth=2),
        prose(20, "delta", depth=2),
        prose(25, "omega"),
    )
    assert [(c.headings, c.body.split()[0]) for c in chunks] == [
        (("Calls",), "class"),
        (("Calls", "class pool.Pool"), "beta"),
        (("Calls", "class pool.Pool"), "close()"),
        (("Calls", "class pool.Pool", "close"), "delta"),
        (("Calls",), "omega"),
    ]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    paragraph = " ".join(f"Sentence {n} says something about the matter." for n in range(12))
    _, chunks = cut(Element("prose", paragraph))
    assert len(chunks) > 1
    assert all(c.text.startswith("Sentence") and c.text.endswith(".") for c in chunks)


def test_a_sentence_over_the_limit_is_cut_at_white_space() -> None:
    _, chunks = cut(prose(100))
    assert len(chunks) == 3
    assert all(c.tokens <= 40 for c in chunks)


def test_a_run_without_white_space_is_limited_in_characters() -> None:
    text, chunks = cut(Element("prose", "x" * 5000))  # one word, so one token
    assert "".join(c.text for c in chunks) == text
    assert max(len(c.text) for c in chunks) <= 8 * 40


def test_the_first_chunk_of_a_section_holds_its_heading_lines() -> None:
    _text, chunks = cut(
        Element("heading", "Title", level=1),
        Element("heading", "Part", level=2),
        prose(30),
        prose(30),
        title="Title",
    )
    assert chunks[0].text.startswith("Title\n\nPart\n\nword")
    assert chunks[0].body.startswith("word")
    assert [c.headings for c in chunks] == [("Part",), ("Part",)]
    assert not chunks[1].text.startswith("Part")


def test_items_and_their_paragraphs_are_sentences() -> None:
    text, chunks = cut(
        Element("list_item", "Add MERGE (Ann)\nIt does this. It does that."),
        Element("list_item", "Remove it"),
    )
    assert [text[a:b].strip() for a, b in chunks[0].sentences] == [
        "Add MERGE (Ann)",
        "It does this.",
        "It does that.",
        "Remove it",
    ]


def test_embedded_with_title_and_path_from_the_inside_if_they_are_long() -> None:
    parsed = ParsedDocument(
        "A very long title of many words " * 3,
        (
            Element("heading", "Outer heading that is long as well", level=1),
            Element("heading", "Inner", level=2),
            prose(5),
        ),
    )
    text, blocks = assemble(parsed)
    document = Document("id", "source", title_of(parsed), text, "hash")
    chunker = Chunker(count, 40)
    (made,) = chunker.chunk(document, blocks)
    assert chunker.embedding_text(document.title, made) == (
        "Outer heading that is long as well > Inner\nword word word word word."
    )
    assert chunker.embedding_text("Short", made).startswith("Short > Outer heading")


def test_one_name_that_is_too_long_is_cut() -> None:
    chunker = Chunker(count, 40)
    made = cut(prose(5))[1][0]
    line = chunker.embedding_text("word " * 200, made).split("\n")[0]
    assert count(line) <= 40 // 3
    assert line


@pytest.mark.parametrize("page", [None, 3])
def test_a_chunk_has_the_page_of_its_first_block(page: int | None) -> None:
    _, chunks = cut(Element("prose", "One.", page=page), Element("prose", "Two.", page=4))
    assert chunks[0].page == page


def test_ids_depend_on_document_place_and_text() -> None:
    _, first = cut(prose(5))
    _, other = cut(prose(6))
    assert first[0].id != other[0].id
    assert first[0].document_id == "id"
