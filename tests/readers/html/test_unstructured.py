"""The parser, through the real unstructured, on the markup of real documentation."""

import os
import socket
from pathlib import Path

import pytest

from leanrag.errors import DocumentError
from leanrag.readers.formats import DocumentParser
from leanrag.types import Element, ParsedDocument

PARSER = DocumentParser()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the parser asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def parse(folder: Path, name: str, content: str | bytes) -> ParsedDocument:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return PARSER.parse(path, name)


def shape(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in document.elements]


def html(folder: Path, body: str, head: str = "") -> list[Element]:
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return list(parse(folder, "page.html", page).elements)


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────


def test_navigation_and_page_furniture_go(tmp_path: Path) -> None:
    body = """
    <div class="related" role="navigation">Prev Next</div><nav>Home</nav>
    <header><p>Site name</p></header><div class="navheader">Up</div>
    <ul class="breadcrumb"><li>Docs</li></ul><aside><a href="/x">Other posts here</a></aside>
    <script>var x = 1;</script><style>p {}</style><template><p>T</p></template>
    <div role="main"><h1>Title<a class="headerlink" href="#t">¶</a></h1>
      <p>The body, with a <button>Copy</button><span hidden>hidden</span>word.</p>
      <p style="display: none">unseen</p><footer class="footer">small print</footer></div>
    <div class="sphinxsidebar">Sidebar</div><div class="footer">Copyright</div>
    <footer>Imprint</footer>"""
    assert [(e.kind, e.text) for e in html(tmp_path, body)] == [
        ("heading", "Title"),
        ("prose", "The body, with a word."),
    ]


def test_headers_and_asides_of_the_content_stay(tmp_path: Path) -> None:
    body = """<article><header><h1>Post</h1><p>By Ann.</p></header><p>Text.</p>
    <aside class="footnote-list"><aside class="footnote"><span class="label">[1]</span>
    <p><a href="http://x">http://x/</a></p></aside></aside>
    <details><summary>More</summary><p>Folded text.</p></details>
    <figure><img src="a.png" alt="x"><figcaption>A caption.</figcaption></figure></article>"""
    assert [e.text for e in html(tmp_path, body)] == [
        "Post", "By Ann.", "Text.", "[1] http://x/", "More", "Folded text.", "A caption.",
    ]  # fmt: skip


def test_a_table_of_contents_goes_where_it_is_links_alone(tmp_path: Path) -> None:
    body = """<div class="toc"><a href="#a">A</a><a href="page.html#b">B</a></div>
    <div class="toc"><p>Table of Contents</p><dl><dt><a href="other.html">Other</a></dt></dl></div>
    <div class="toc"><p>Calls</p><dl><dt><a href="o.html">open</a> — opens the door</dt></dl></div>
    <p>See also:</p><ul><li><a href="#a">Link one</a></li><li><a href="#b">Two</a></li></ul>
    <h2>Contents</h2><ul><li><a href="#a">A</a></li></ul>"""
    assert [e.text for e in html(tmp_path, body)] == [
        "Calls",
        "open — opens the door",
        "See also:",
        "Link one",
        "Two",
    ]


LINKS = "".join(f'<li><a href="p{n}.html">name{n}</a></li>' for n in range(40))


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Pages</h1><ul>{LINKS}</ul>",
        f"<h1>Index</h1><table class='indextable genindextable'><tr><td>abort<ul>{LINKS}</ul>"
        "</td></tr></table>",
        "<h1>Part</h1><div class='toc'><a href='a.html'>Chapter 1</a></div>",
        "<h1>Search</h1><p>Enter your words. They are looked for.</p><div id='search-results'/>",
    ],
    ids=["links", "index", "contents", "search"],
)
def test_a_page_of_links_alone_has_no_elements(tmp_path: Path, body: str) -> None:
    assert html(tmp_path, body) == []


@pytest.mark.parametrize(
    "more",
    [
        "<p>These are the modules that come with the program.</p>",
        "".join(f"<p>word{n} is a word</p>" for n in range(9)),
        "".join(f'<p><a href="https://example.org/{n}">Site number {n}</a></p>' for n in range(9)),
    ],
    ids=["sentence", "words", "outer links"],
)
def test_links_with_something_said_stay(tmp_path: Path, more: str) -> None:
    assert len(html(tmp_path, f"<h1>Pages</h1><ul>{LINKS}</ul>{more}")) > 40


def test_inline_markup_neither_adds_nor_takes_blanks(tmp_path: Path) -> None:
    body = """<p>Call <code>json.<span>dumps</span>(<em>obj</em>)</code>, then
    <b>wa</b>it;<br>2<sup>64</sup> bytes, 1<sup>st</sup> try <sup><a href="#f">[1]</a></sup></p>
    <p>*args and **kwargs are kept</p><p>-f is an option</p><p>x</p>"""
    assert [(e.kind, e.text) for e in html(tmp_path, body)] == [
        ("prose", "Call json.dumps(obj), then wait;\n2^64 bytes, 1st try [1]"),
        ("prose", "*args and **kwargs are kept"),
        ("prose", "-f is an option"),
        ("prose", "x"),
    ]


def test_bulleted_paragraphs_are_list_items(tmp_path: Path) -> None:
    elements = html(tmp_path, "<p>• first point</p><p>• second point</p>")
    assert [(e.kind, e.text) for e in elements] == [
        ("list_item", "first point"),
        ("list_item", "second point"),
    ]


def test_hyphens_are_bullets_in_a_row_alone(tmp_path: Path) -> None:
    listed = html(tmp_path, "<p>We sell:</p><p>- salt</p><p>- wool</p>")
    assert [(e.kind, e.text) for e in listed[1:]] == [("list_item", "salt"), ("list_item", "wool")]
    spoken = ("– „Wo warst du?“", "– „Weg.“", "— Je ne sais pas.", "- 5 °C were measured.", "x")
    elements = html(tmp_path, "".join(f"<p>{text}</p>" for text in spoken))
    assert [(e.kind, e.text) for e in elements] == [("prose", text) for text in spoken]


def test_lists_keep_numbers_levels_and_paragraphs(tmp_path: Path) -> None:
    body = """<ol start="3"><li>three<ul><li><p>inner</p><p>more</p></li></ul></li>
    <li value="7"><p>seven</p><pre>code</pre><p>after</p></li></ol>"""
    assert [(e.kind, e.level, e.text) for e in html(tmp_path, body)] == [
        ("list_item", 0, "3. three"),
        ("list_item", 1, "inner\nmore"),
        ("list_item", 0, "7. seven"),
        ("code", 0, "code"),
        ("prose", 0, "after"),
    ]


def test_definitions_are_entries_around_their_descriptions(tmp_path: Path) -> None:
    body = """<dl class="py class"><dt class="sig">class <b>a.B</b>(<em>x</em>)</dt>
    <dd><p>A class.</p><dl class="py method"><dt>go()</dt><dt>run()</dt><dd>It goes.</dd></dl></dd>
    </dl><p>Outside.</p><dl><dt><a href="x.html">Index term</a></dt></dl>"""
    assert [(e.kind, e.depth, e.text) for e in html(tmp_path, body)] == [
        ("entry", 0, "class a.B(x)"),
        ("prose", 1, "A class."),
        ("entry", 1, "go()\nrun()"),
        ("prose", 2, "It goes."),
        ("prose", 0, "Outside."),
        ("list_item", 0, "Index term"),
    ]


def test_code_is_verbatim(tmp_path: Path) -> None:
    body = "<pre>\n<span>def</span> f():\n    <b>return</b>  1\n\n\n</pre><pre>   </pre>"
    assert [(e.kind, e.text) for e in html(tmp_path, body)] == [("code", "def f():\n    return  1")]


def test_tables_have_a_row_a_line_and_their_heads_counted(tmp_path: Path) -> None:
    body = """<table><caption>Limits</caption><thead><tr><th>Name</th><th>Value</th></tr></thead>
    <tbody><tr><td>a <code>|</code></td><td><p>1</p><p>or <i>2</i></p></td></tr>
    <tr><td rowspan="2">b</td><td></td></tr><tr><td>3</td></tr>
    <tr><td colspan="2">whole</td></tr><tr><td> </td></tr></tbody></table>"""
    caption, table = html(tmp_path, body)
    assert (caption.kind, caption.text) == ("prose", "Limits")
    assert (table.kind, table.head_rows) == ("table", 1)
    assert table.text == "Name | Value\na | | 1 or 2\nb\n | 3\nwhole"


def test_paragraphs_are_the_columns_of_a_table_of_one_column(tmp_path: Path) -> None:
    body = """<table><thead><tr><th><p>Function</p><p>Example</p></th></tr></thead>
    <tr><td><p>lower ( text )</p><p>lower('A') → a</p></td></tr></table>
    <table class="simplelist"><tr><td>one</td></tr><tr><td>two</td></tr></table>"""
    table, *items = html(tmp_path, body)
    assert table.text == "Function | Example\nlower ( text ) | lower('A') → a"
    assert [(e.kind, e.text) for e in items] == [("list_item", "one"), ("list_item", "two")]


def test_a_table_that_places_content_is_no_table(tmp_path: Path) -> None:
    body = """<table><tr><td><h2>Left</h2><p>Text.</p></td>
    <td><table><tr><th>k</th></tr><tr><td>v</td></tr></table></td></tr></table>"""
    assert [(e.kind, e.text) for e in html(tmp_path, body)] == [
        ("heading", "Left"),
        ("prose", "Text."),
        ("table", "k\nv"),
    ]


def test_boxes_are_paragraphs_and_their_titles_no_headings(tmp_path: Path) -> None:
    body = """<div class="note"><h3 class="title">Note</h3><p>Take care.</p></div>
    <div class="admonition warning"><p class="admonition-title">Warning</p><ul><li>x</li></ul></div>
    """
    assert [(e.kind, e.text) for e in html(tmp_path, body)] == [
        ("prose", "Note: Take care."),
        ("prose", "Warning"),
        ("list_item", "x"),
    ]


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<h1>Heading one</h1><p>x</p>", "Heading one"),
        ("<h2>Heading</h2><p>x</p>", "Heading"),
        ("<h2>Other</h2><p>x</p>", "Heading - Site"),
    ],
)
def test_the_title_is_the_first_heading_without_the_site(
    tmp_path: Path, body: str, title: str
) -> None:
    page = f"<title>Heading - Site</title>{body}"
    assert parse(tmp_path, "page.html", page).title == title


def test_a_page_without_any_title_is_called_by_its_file(tmp_path: Path) -> None:
    assert parse(tmp_path, "page.html", "<p>text</p>").title == "page"


def test_formulas_are_their_source(tmp_path: Path) -> None:
    body = """<p>Here <math alttext="a^2"><mi>a</mi></math> and <math><semantics><mi>b</mi>
    <annotation encoding="application/x-tex">b_1</annotation></semantics></math>.</p>"""
    assert [e.text for e in html(tmp_path, body)] == ["Here a^2 and b_1."]


# ── Markdown and plain text ─────────────────────────────────────────────────────────────────────


def test_markdown_structure_and_front_matter(tmp_path: Path) -> None:
    document = parse(
        tmp_path,
        "a.md",
        "---\ntitle: The Title\nlang: en-GB\ndate: 2024-05-01\ntags: [x, y]\nempty:\n---\n"
        "[![badge](b.svg)](https://ci)\n<p align=center><img src=l.png></p><!-- c -->\n\n"
        "# Head\nText with `code`:\n- one\n  - inner\n- two\n\n  ```py\n  x  =  1\n  ```\n\n"
        "> [!NOTE]\n> Careful.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    )
    assert (document.title, document.language) == ("The Title", "en")
    assert document.metadata == {"lang": "en-GB", "date": "2024-05-01", "tags": ["x", "y"]}
    assert shape(document) == [
        ("heading", "Head"),
        ("prose", "Text with code:"),
        ("list_item", "one"),
        ("list_item", "inner"),
        ("list_item", "two"),
        ("code", "x  =  1"),
        ("prose", "Note: Careful."),
        ("table", "a | b\n1 | 2"),
    ]
    assert document.elements[-1].head_rows == 1


def test_rules_are_no_front_matter(tmp_path: Path) -> None:
    assert shape(parse(tmp_path, "a.md", "---\nSome text.\n\n---\nMore.\n"))[-1][1] == "More."


def test_plain_text_structure(tmp_path: Path) -> None:
    document = parse(
        tmp_path,
        "a.rst",
        """===========
Main title
===========

Wrapped paragraphs are joined where the line was full, and only the blank
lines count::

    code = 1
      indented

Part
----

* one point
  that goes on
* two

  1. inner

open(file, mode='r')

   Opens the file and returns a stream. See the notes on modes and
   encodings below.

.. note:: Take care.

.. code-block:: python
   :linenos:

   print()

========  =====
Name      Value
========  =====
a         1
========  =====
""",
    )
    assert document.title == "Main title"
    assert [(e.kind, e.level, e.depth, e.text) for e in document.elements] == [
        ("heading", 1, 0, "Main title"),
        ("prose", 0, 0, "Wrapped paragraphs are joined where the line was full, and only the "
         "blank lines count:"),
        ("code", 0, 0, "code = 1\n  indented"),
        ("heading", 2, 0, "Part"),
        ("list_item", 0, 0, "one point\nthat goes on"),
        ("list_item", 0, 0, "two"),
        ("list_item", 1, 0, "1. inner"),
        ("entry", 0, 0, "open(file, mode='r')"),
        ("prose", 0, 1, "Opens the file and returns a stream. See the notes on modes and "
         "encodings below."),
        ("prose", 0, 0, "Note: Take care."),
        ("code", 0, 0, "print()"),
        ("table", 0, 0, "Name | Value\na | 1"),
    ]  # fmt: skip


def test_short_lines_above_paragraphs_are_headings_where_nothing_is_underlined(
    tmp_path: Path,
) -> None:
    text = (
        "1. Introduction\n\nThis paragraph says what the report is about.\n\n"
        "1.2 Scope\n\nIt covers the last year and nothing else.\n\nsigned, Ann\n"
    )
    document = PARSER.parse_text(text, "report")
    assert [(e.kind, e.level) for e in document.elements if e.kind == "heading"] == [("heading", 2)]


def test_text_without_a_heading_is_called_by_its_name() -> None:
    assert PARSER.parse_text("Just a sentence.", "note-1").title == "note-1"


# ── encodings and bad input ─────────────────────────────────────────────────────────────────────

JAPANESE = "日本語のデータベースは、検索を速くするために索引を使います。"
RUSSIAN = "Оптимизатор запросов выбирает самый дешёвый план выполнения."
CHINESE = "数据库系统概论：查询优化器选择最便宜的执行计划，然后执行它。"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", "\ufeffNaïve text.".encode(), "Naïve text."),
        ("a.txt", "\ufeffNaïve text.".encode("utf-16-le"), "Naïve text."),
        ("a.txt", "\ufeffNaïve text.".encode("utf-16-be"), "Naïve text."),
        ("a.txt", "Naïve café, déjà vu.".encode("latin-1"), "Naïve café, déjà vu."),
        ("a.txt", CHINESE.encode("gb18030"), CHINESE),
        ("a.txt", CHINESE.encode("utf-16-le"), CHINESE),
        ("a.txt", "Naïve text.".encode("utf-16-be"), "Naïve text."),
        ("a.txt", JAPANESE.encode("shift_jis"), JAPANESE),
        ("a.txt", JAPANESE.encode("euc_jp"), JAPANESE),
        ("a.txt", JAPANESE.encode("iso2022_jp"), JAPANESE),
        ("a.txt", RUSSIAN.encode("cp1251"), RUSSIAN),
        ("a.txt", "“Quoted” – 5 €".encode("cp1252"), "“Quoted” – 5 €"),
        ("a.html", f'<meta charset="gb2312"><p>{CHINESE}</p>'.encode("gb18030"), CHINESE),
        ("a.html", '<meta charset="iso-8859-2"><p>Łódź.</p>'.encode("iso-8859-2"), "Łódź."),
        ("a.html", '<meta charset="iso-8859-1"><p>Łódź.</p>'.encode(), "Łódź."),
        ("a.md", b"\r\nLine one\r\nline two.\r\n", "Line one line two."),
    ],
)
def test_encodings(tmp_path: Path, name: str, data: bytes, expected: str) -> None:
    assert [e.text for e in parse(tmp_path, name, data).elements] == [expected]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", b"", "empty"),
        ("a.html", b" \n ", "empty"),
        ("a.html", b"<html><nav>only this</nav></html>", "no text"),
        ("a.txt", b"abc\0def", "NUL byte at offset 3"),
        ("a.html", b"%PDF-1.7 ...", "PDF"),
        ("a.txt", b"PK\x03\x04zip", "ZIP"),
        ("a.txt", bytes(range(1, 30)) * 9, "control characters"),
        ("a.gz", b"\x1f\x8b\x08\0", "gzip archive"),
        ("a.html", b"<div>" * 5000 + b"deep", "nested too deep"),
        ("a.md", b"- " * 3000 + b"deep", "nested too deep"),
        ("a.md", b"> " * 3000 + b"deep", "nested too deep"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        parse(tmp_path, name, data)
    assert caught.value.source == name


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    path.chmod(0)
    with pytest.raises(DocumentError, match="cannot be read"):
        PARSER.parse(path, "a.txt")


def test_a_folder_and_a_file_that_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        PARSER.parse(tmp_path, "folder")
    path = tmp_path / "a.txt"
    path.write_text("text")
    with pytest.raises(DocumentError, match="over the limit of 3"):
        DocumentParser(max_bytes=3).parse(path, "a.txt")


@pytest.mark.parametrize(
    "page",
    [
        '<!DOCTYPE html [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><p>&b; text</p>',
        '<!DOCTYPE html SYSTEM "http://example.invalid/x.dtd"><p>text</p>',
        '<?xml version="1.0" encoding="utf-16"?><html><p>text</p></html>',
        "<p>text" + "<b>" * 1500,
        "<ul><li>" * 400 + "text",
        "<table><tr><td colspan=999999999 rowspan=x>text</td></tr></table>",
        "<p>\ud800text".encode("utf-8", "surrogatepass"),
        "<p>" + "text " * 200_000,
    ],
)
def test_hostile_pages_are_read(tmp_path: Path, page: str | bytes) -> None:
    document = parse(tmp_path, "a.html", page)
    assert "text" in document.elements[-1].text
    assert "haha" not in document.elements[0].text
    assert all(len(element.text) < 1_100_000 for element in document.elements)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(" " * n + "text" for n in range(500)),
        "\n".join(" " * n + "- text" for n in range(40)),
        "- " * 30 + "text",
        "> " * 30 + "text",
        "text\n" + "=" * 100_000,
        ".. " + "a:" * 50_000 + "text",
        "x" * 3_000_000 + " text",
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_hostile_texts_are_read(tmp_path: Path, name: str, text: str) -> None:
    assert parse(tmp_path, name, text).elements


def test_a_text_is_read_whatever_its_suffix_promises(tmp_path: Path) -> None:
    for suffix in PARSER.suffixes - {".json", ".jsonl", ".ndjson", ".geojson"}:
        assert parse(tmp_path, f"name{suffix}", "Some text.").elements
