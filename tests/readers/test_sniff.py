"""What a text is: by what it shows, in time that grows with its length and no faster."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leanrag.readers import sniff
from leanrag.readers.formats import DocumentParser
from leanrag.readers.sniff import Format
from leanrag.readers.text import source_code
from leanrag.types import ParsedDocument


def parse(folder: Path, name: str, text: str | bytes) -> ParsedDocument:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return DocumentParser().parse(path, name)


@pytest.mark.parametrize("name", ["a.txt", "a", "a.log", "a.md"])
@pytest.mark.parametrize(
    "text",
    [
        '["quoted" is a word] and the text goes on.',
        '{"a": 1,\n "b": 2,\n  oops',
        "[1] Smith, J. The gate. 1999.\n[2] Jones, K. The door. 2001.",
        '{"level": "info"}\n{"level": \nThe log was cut.',
        '[ "x" ]: see below',
        "{}\n",
        "<Smith> said that the gate is open </Smith>, and <b> left.",
    ],
)
def test_text_that_begins_like_data_is_text(tmp_path: Path, name: str, text: str) -> None:
    document = parse(tmp_path, name, f"{text}\n\nThe gate opens at six.\n")
    assert document.properties["format"] in ("text", "markdown")
    assert document.elements[-1].text.endswith("The gate opens at six.")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"a": [1, 2], "b": "x"}', "json"),
        ("[[1, 2], [3, 4]]", "json"),
        ('{"a": 1}\n{"a": 2}\n', "jsonl"),
    ],
)
def test_data_without_a_suffix_is_data(tmp_path: Path, text: str, kind: str) -> None:
    assert parse(tmp_path, "a.txt", text).properties["format"] == kind


FEED = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>'
    "<entry><title>Gate</title><summary>The gate opens at six.</summary></entry></feed>"
)


@pytest.mark.parametrize(
    "before", ["", "\n ", "<!-- made --> <!-- by hand -->\n", "<!DOCTYPE feed>\n"]
)
@pytest.mark.parametrize("name", ["a.xml", "a.txt", "a", "a.rss"])
def test_xml_needs_no_declaration(tmp_path: Path, name: str, before: str) -> None:
    declared = parse(tmp_path, "b.xml", f'<?xml version="1.0"?>{FEED}')
    bare = parse(tmp_path, name, before + FEED + "\n")
    assert (bare.title, bare.elements) == (declared.title, declared.elements)
    assert bare.properties["format"] == "xml"


def test_xml_in_another_encoding_needs_none_either(tmp_path: Path) -> None:
    data = "<note><to>Łódź</to><body>Die Straße ist gesperrt.</body></note>".encode("utf-16")
    assert [e.text for e in parse(tmp_path, "a.xml", data).elements] == [
        "to: Łódź", "body: Die Straße ist gesperrt.",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["<note>one & two</note>", "<a><b></a></b> and so on", "Words."])
def test_what_is_no_xml_is_read_all_the_same(tmp_path: Path, text: str) -> None:
    assert parse(tmp_path, "a.xml", text).elements


def test_parts_of_pages_are_no_xml() -> None:
    assert sniff.text_format("<p>One.</p>", ".txt") is Format.TEXT
    assert sniff.text_format("<ul><li>One.</li></ul>", ".html") is Format.HTML
    assert sniff.text_format("<html><body>x</body></html>", ".xml") is Format.HTML


@pytest.mark.parametrize(
    ("line", "is_rule"),
    [
        ("|---|---|", True), ("--- | ---", True), (":--|--:", False), ("| --- |", True),
        ("---|", True), ("|---", False), ("---", False), ("| -- | --- |", False), ("a|---|", False),
    ],
)  # fmt: skip
def test_the_rule_of_a_table_is_a_sign_of_markdown(line: str, is_rule: bool) -> None:
    kind = sniff.text_format(f"# Head\n\nText\n{line}\n", ".txt")
    assert (kind is Format.MARKDOWN) == is_rule


UNITS = [
    "-", "- ", "|-", ":-", "---|", " ", "\n", "[", "](", "[a](", "**", "**a", "#", "`", "<", "<a ",
    "<!--", "<!-- -->", "<?xml ", "<!A", "<!A[", "{", '{"', "{}", "[1,", '"', "a:", ".. ", ".. a:",
    "a: b\n", "\t", ",", "a,", "'", "\u3000", "+++\n", "---\n", "a: b: c\n", "<a>", "#!",
]  # fmt: skip
"""What a pattern may try again and again at each place of a long run."""


def seconds(work: Callable[[str], object], unit: str, length: int) -> float:
    """The least time that a text of a unit's repetitions takes."""
    text = (unit * length)[:length] + " end\n\nThe tower is here.\n"
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work(text)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("unit", UNITS)
def test_telling_a_format_takes_time_as_the_text_is_long(unit: str) -> None:
    """Eight times the text takes about eight times as long; squared growth would take 64."""

    def tell(text: str) -> None:
        for suffix in (".txt", ".xml", ".html"):
            sniff.text_format(text, suffix)

    assert seconds(tell, unit, 32_000) < 20 * (seconds(tell, unit, 4_000) + 0.002)


@pytest.mark.parametrize("unit", ["\n", "  \n", "a\n", "a\n\n", "  a\n\n", "}\n\n", "#\n"])
def test_parting_code_takes_time_as_it_is_long(unit: str) -> None:
    def part(text: str) -> None:
        source_code.read(text, "a.js")
        source_code.read_python(text, "a.py")

    assert seconds(part, unit, 32_000) < 20 * (seconds(part, unit, 4_000) + 0.002)
