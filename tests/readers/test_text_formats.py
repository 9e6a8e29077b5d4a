"""Mails, tables in text, JSON, XML, code and page metadata: what the simple samples do not show."""

import re
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanrag.errors import DocumentError
from leanrag.readers import properties
from leanrag.readers.formats import DocumentParser
from leanrag.readers.text import delimited, json_records, source_code
from leanrag.types import ParsedDocument

PARSER = DocumentParser()


def parse(folder: Path, name: str, content: str | bytes) -> ParsedDocument:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return PARSER.parse(path, name)


def shapes(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in document.elements]


# ── mails ───────────────────────────────────────────────────────────────────────────────────────


def mail(subject: str = "Hello", body: str = "The body.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", subject
    message.set_content(body)
    return message


def test_a_page_is_read_where_there_is_no_plain_body(tmp_path: Path) -> None:
    message = mail()
    message.set_content("<h1>News</h1><ul><li>One</li></ul>", subtype="html")
    assert shapes(parse(tmp_path, "a.eml", message.as_bytes()))[1:] == [
        ("heading", "News"), ("list_item", "One"),
    ]  # fmt: skip


def test_greetings_are_no_headings(tmp_path: Path) -> None:
    body = "Dear Bob\n\nthe pump that you asked for costs 900 euros.\n\nAnn Lee\n\nSales team\n"
    elements = shapes(parse(tmp_path, "a.eml", mail(body=body).as_bytes()))
    assert {kind for kind, _ in elements} == {"prose"}


def test_bodies_keep_their_own_encodings(tmp_path: Path) -> None:
    message = mail("Größe")
    message.set_content("Die Größe: 5 €.", charset="iso-8859-15")
    message.add_attachment("数据库系统", subtype="plain", charset="gb18030", filename="报告.txt")
    document = parse(tmp_path, "mail.txt", message.as_bytes())
    assert document.title == "Größe"
    assert [text for _, text in shapes(document)][1:] == [
        "Die Größe: 5 €.", "Attachment: 报告.txt", "数据库系统",
    ]  # fmt: skip
    assert document.properties["attachments"] == ["报告.txt"]


def test_a_mail_in_a_mail(tmp_path: Path) -> None:
    inner, outer = mail("Inner", "Inner body."), mail("Outer", "Outer body.")
    outer.add_attachment(inner)
    texts = [text for _, text in shapes(parse(tmp_path, "a.eml", outer.as_bytes()))]
    assert "Outer body." in texts
    assert "Inner body." in texts


def test_a_mail_with_a_stray_null_and_unix_from_line(tmp_path: Path) -> None:
    data = b"From x Mon May  6 10:00:00 2024\n" + mail(body="Before after.").as_bytes()
    document = parse(tmp_path, "box", data.replace(b"Before ", b"Before\0 "))
    assert document.properties["format"] == "eml"
    assert "after." in document.elements[-1].text


@pytest.mark.parametrize(
    "text",
    ["Note: this is text.\nFrom: nobody\n\nMore.", "To: a\nSubject: b\n\nText", "x = From: y"],
)
def test_what_only_resembles_a_mail_is_none(tmp_path: Path, text: str) -> None:
    assert parse(tmp_path, "a.txt", text).properties["format"] == "text"


# ── tables in text ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str) -> None:
    rows = [("name", "note"), ("a", "x"), ("b", "y")]
    text = "\n".join(delimiter.join(row) for row in rows)
    (table,) = delimited.read(text, "t").elements
    assert (table.text, table.head_rows) == ("name | note\na | x\nb | y", 1)


@pytest.mark.parametrize(
    ("text", "rows", "heads"),
    [
        ("1,2\n3,4\n", "1 | 2\n3 | 4", 0),
        ('a,b\n"x, y","line\nend"\n', "a | b\nx, y | line end", 1),
        ("sep=;\na;b\n1,5;2\n", "a | b\n1,5 | 2", 1),
        ("a;b\n1,5;2,5\n3,5;4,5\n", "a | b\n1,5 | 2,5\n3,5 | 4,5", 1),
        ("\n\na,b\n,\n1,2\n", "a | b\n1 | 2", 1),
        ("a,a\n1,2\n", "a | a\n1 | 2", 0),
        ("only\nwords\n", "only\nwords", 0),
    ],
)
def test_rows_and_heads(text: str, rows: str, heads: int) -> None:
    (table,) = delimited.read(text, "t").elements
    assert (table.text, table.head_rows) == (rows, heads)


@pytest.mark.parametrize(
    ("text", "is_table"),
    [
        ("a,b,c\n1,2,3\n4,5,6\n", True),
        ("x\ty\n1\t2\n3\t4\n", True),
        ("One, two, three.\nFour, five, six.\nSeven, eight, nine.\n", False),
        ("A line, with a comma\nand another\nand the last, too\n", False),
        ("def f(a,b,c):\n    return a\n", False),
    ],
)
def test_prose_is_no_table(text: str, is_table: bool) -> None:
    assert delimited.is_table(text) is is_table


def test_drawn_tables_and_directives(tmp_path: Path) -> None:
    text = """Sizes
=====

+------+-------+
| Name | Value |
+======+=======+
| a    | 1     |
|      | or 2  |
+------+-------+
| b            |
+------+-------+

====  ====
 x     y
====  ====
one   1
more
two   2
====  ====

.. csv-table:: Costs
   :header: "Item", "Price"

   "Nut, small", 3

.. list-table::
   :header-rows: 1

   * - City
     - Size
   * - Bonn
     - 141

====  ====
too long for its column
====  ====
"""
    tables = [e for e in parse(tmp_path, "a.rst", text).elements if e.kind in ("table", "code")]
    assert [(e.kind, e.head_rows, e.text) for e in tables] == [
        ("table", 1, "Name | Value\na | 1 or 2\nb"),
        ("table", 1, "x | y\none | 1\nmore\ntwo | 2"),
        ("table", 1, "Item | Price\nNut, small | 3"),
        ("table", 1, "City | Size\nBonn | 141"),
        ("code", 0, "====  ====\ntoo long for its column\n====  ===="),
    ]


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


def test_members_with_sections_of_their_own_come_last() -> None:
    text = '{"big": {"a": 1, "b": 2, "c": 3, "d": [4, 5, 6]}, "small": null, "name": "Tool"}'
    document = json_records.read(text, "s", "stem")
    assert document.title == "Tool"
    assert shapes(document) == [
        ("list_item", "small: null"), ("list_item", "name: Tool"), ("heading", "big"),
        ("list_item", "big.a: 1"), ("list_item", "big.b: 2"), ("list_item", "big.c: 3"),
        ("list_item", "big.d: 4, 5, 6"),
    ]  # fmt: skip


def test_records_that_are_alike_are_a_table_and_others_entries() -> None:
    text = """[{"id": 1, "a": true}, {"id": 2, "a": 0.5, "b": "x"}]"""
    (table,) = json_records.read(text, "s", "stem").elements
    assert (table.text, table.head_rows) == ("id | a | b\n1 | true\n2 | 0.5 | x", 1)
    text = """[{"name": "Go", "in": {"x": [1, [2]]}}, {"name": "Stop", "in": {}}]"""
    assert shapes(json_records.read(text, "s", "stem")) == [
        ("entry", "[0] Go"), ("prose", "name: Go\nin.x[0]: 1\nin.x[1]: 2"),
        ("entry", "[1] Stop"), ("prose", "name: Stop\nin:"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.json", '{"a": 1,}', "not valid JSON: line 1, column"),
        ("a.jsonl", '{"a": 1}\n\n{"b": ', "not valid JSON: line 3: column"),
        ("a.json", "[" + "9" * 5000 + "]", "not valid JSON"),
        ("a.json", "{}", "holds no text"),
    ],
)
def test_broken_json_is_named(tmp_path: Path, name: str, text: str, problem: str) -> None:
    with pytest.raises(DocumentError, match=problem):
        parse(tmp_path, name, text)


# ── XML and code ────────────────────────────────────────────────────────────────────────────────


def test_xml_of_any_kind(tmp_path: Path) -> None:
    text = """<?xml version="1.0"?><book><title>Guide</title><chapter><title>Start</title>
    <para>Press the <b>blue</b> key.</para><programlisting>a = 1
  b = 2</programlisting><list><item><p>one</p></item></list><port>80</port></chapter></book>"""
    document = parse(tmp_path, "a.xml", text)
    assert document.title == "Guide"
    assert [(e.kind, e.level, e.text) for e in document.elements] == [
        ("heading", 1, "Guide"), ("heading", 2, "Start"), ("prose", 0, "Press the blue key."),
        ("code", 0, "a = 1\n  b = 2"), ("list_item", 0, "one"), ("list_item", 0, "port: 80"),
    ]  # fmt: skip


def test_every_line_of_a_python_file_is_kept() -> None:
    text = Path(source_code.__file__).read_text()
    document = source_code.read_python(text, "source_code.py")
    kept = "\n".join(element.text for element in document.elements)
    for line in text.splitlines():
        words = line.strip().strip('"').removesuffix('"""').strip()
        assert words in kept
    names = [e.text for e in document.elements if e.kind == "entry"]
    assert "class _PythonReader:" in names
    assert any(name.startswith("def read_python(") for name in names)


def test_python_that_does_not_parse_is_code(tmp_path: Path) -> None:
    document = parse(tmp_path, "a.py", "print 'old'\n\n\ndef f():\n    return 1\n")
    assert {element.kind for element in document.elements} == {"code"}


def test_short_definitions_and_signatures_over_lines() -> None:
    text = "class E(Exception): pass\n\ndef f(\n    a,\n):  # note\n    # why\n    return a\n"
    found = [(e.kind, e.text, e.depth) for e in source_code.read_python(text, "m").elements]
    assert found[0] == ("entry", "class E(Exception): pass", 0)
    assert found[1][:2] == ("entry", "def f(")
    assert found[2] == ("code", "    a,\n):  # note\n    # why\n    return a", 1)


# ── what pages and properties state ─────────────────────────────────────────────────────────────


def test_page_metadata_of_every_vocabulary(tmp_path: Path) -> None:
    page = """<html><head><meta name="DCTERMS.creator" content="Ann"><meta name="DC.creator"
    content="Ann"><meta property="og:site_name" content="Site"><meta name="citation_keywords"
    content="one"><meta name="citation_keywords" content="two"><meta itemprop="dateModified"
    content="2024-05-06"><meta name="description" content="A   page."><meta name="date"
    content="yesterday"><script type="application/ld+json">{"@graph": [{"@type": "Article",
    "datePublished": "2023-01-02", "author": [{"name": "Bob"}]}]}</script></head>
    <body><p>Text.</p></body></html>"""
    assert parse(tmp_path, "a.html", page).properties == {
        "format": "html", "author": "Ann", "publisher": "Site", "keywords": ["one", "two"],
        "modified": "2024-05-06", "description": "A page.",
    }  # fmt: skip


def test_linked_data_stands_in_where_there_are_no_tags(tmp_path: Path) -> None:
    page = """<script type="application/ld+json">[{"datePublished": "2023-01-02",
    "author": {"name": "Bob"}, "publisher": "https://x.example"}]</script>
    <script type="application/ld+json">{broken</script><p>Text.</p>"""
    assert parse(tmp_path, "a.html", page).properties == {
        "format": "html", "author": "Bob", "date": "2023-01-02",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-06", "2024-05-06"),
        ("2024-05-06T10:00:00Z", "2024-05-06T10:00:00Z"),
        ("2024-05-06T10:00:00.1234567Z", "2024-05-06T10:00:00.123456Z"),
        ("2024/5/6", "2024-05-06"),
        ("D:20240506101112+02'00'", "2024-05-06T10:11:12"),
        ("20240506", "2024-05-06"),
        ("1911", "1911-01-01"),
        ("2024-05", "2024-05-01"),
        ("Mon, 06 May 2024 10:11:12 +0200", "2024-05-06T08:11:12+00:00"),
        ("2024-13-45", None),
        ("last week", None),
        ("", None),
        (None, None),
    ],
)
def test_dates_in_the_notations_of_documents(text: str | None, expected: str | None) -> None:
    assert properties.date_of(text) == expected


def test_properties_are_short_and_each_once() -> None:
    found = properties.collect(
        author=["Ann", " ann ", "Ann"], keywords="a; b,a、c", description="x " * 400, subject=""
    )
    assert found["author"] == ["Ann", "ann"]
    assert found["keywords"] == ["a", "b", "c"]
    assert len(str(found["description"])) <= 300
    assert "subject" not in found


@given(st.text(st.sampled_from("\n\n\n\n  \t})]ab#\f"), max_size=60))
def test_code_is_parted_at_blank_lines_above_the_margin(text: str) -> None:
    expected = re.split(r"\n(?:[ \t]*\n)+(?=[^\s})\]])", text)
    got = list(source_code._parts(text))
    assert [part for part in got if part.strip()] == [part for part in expected if part.strip()]
