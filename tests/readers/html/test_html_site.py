"""What the pages of one folder share at their ends goes, and nothing of their content."""

from pathlib import Path

from leanrag.readers.formats import DocumentParser
from leanrag.types import ParsedDocument

TOP = """<div class="hd"><p>Acme Handbook for the whole team</p></div>
<div class="x"><ul><li><a href="a.html">Start</a></li><li><a href="b.html">Guide</a></li></ul>
</div><div class="y"><a href="a.html">Start</a> / <a href="p{n}.html">Part {n}</a></div>"""
NAMES = ("Cellar", "Roof", "Garden", "Door", "Lamp", "Gate", "Wall", "Stairs", "Well", "Barn")
NAMES += ("Path", "Attic", "Porch", "Shed")
BOTTOM = '<div class="z"><p>Written by the Acme documentation team, all rights kept.</p></div>'


def write(folder: Path, pages: int, body: str = "", top: str = TOP, bottom: str = BOTTOM) -> None:
    for n in range(pages):
        own = body or "<h1>{name}</h1><p>Here is what part {n} says, at length.</p>"
        page = f"<html><body>{top}{own}{bottom}</body></html>"
        page = page.replace("{n}", str(n)).replace("{name}", NAMES[n])
        (folder / f"p{n}.html").write_text(page)


def parsed(folder: Path, name: str = "p2.html") -> ParsedDocument:
    return DocumentParser().parse(folder / name, name)


def texts(document: ParsedDocument) -> list[str]:
    return [element.text for element in document.elements]


def test_the_frame_of_a_site_goes(tmp_path: Path) -> None:
    write(tmp_path, 6)
    assert texts(parsed(tmp_path)) == ["Garden", "Here is what part 2 says, at length."]


def test_few_pages_are_no_site(tmp_path: Path) -> None:
    write(tmp_path, 3)
    assert "Acme Handbook for the whole team" in texts(parsed(tmp_path))


def test_what_repeats_inside_the_content_stays(tmp_path: Path) -> None:
    body = """<h1>{name}</h1><p>Call {n} opens the door number {n}.</p><h2>Example</h2>
    <p>This call needs the right to open doors.</p><pre>call({n})</pre>
    <p>It gives {n} back to who asks for it.</p>"""
    write(tmp_path, 8, body)
    assert texts(parsed(tmp_path)) == [
        "Garden",
        "Call 2 opens the door number 2.",
        "Example",
        "This call needs the right to open doors.",
        "call(2)",
        "It gives 2 back to who asks for it.",
    ]


def test_versions_of_one_page_stay_whole(tmp_path: Path) -> None:
    body = """<h1>Rules of 202{n}</h1>
    <p>These rules bind everybody who works in the house, at all times.</p>
    <p>Nobody may enter the cellar without a lamp and a second person.</p>
    <p>In force since 202{n}-01-01.</p><p>They end when new ones are made by the council.</p>"""
    write(tmp_path, 8, body, top="", bottom="")
    assert len(texts(parsed(tmp_path))) == 5


def test_labels_and_headings_that_repeat_at_the_ends_stay(tmp_path: Path) -> None:
    body = """<h2>Name</h2><p>call{n}</p><p>Opens the door number {n} and leaves it so.</p>
    <h2>See also</h2><ul><li><a href="q{n}.html">close{n}</a></li></ul><p>Example:</p>"""
    write(tmp_path, 8, body, top="", bottom="")
    assert texts(parsed(tmp_path)) == [
        "Name",
        "call2",
        "Opens the door number 2 and leaves it so.",
        "See also",
        "close2",
        "Example:",
    ]


def test_a_page_gives_the_same_text_in_every_order(tmp_path: Path) -> None:
    write(tmp_path, 14)
    first = [texts(parsed(tmp_path, f"p{n}.html")) for n in range(14)]
    assert first == [texts(parsed(tmp_path, f"p{n}.html")) for n in range(14)]
    (tmp_path / "broken.html").write_bytes(b"\x00\xff" * 9)
    assert texts(parsed(tmp_path)) == first[2]
