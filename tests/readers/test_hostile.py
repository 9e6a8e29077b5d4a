"""Documents made to harm: each is one failure with a reason, or is read without harm.

All go through one parser process with limits, as in a real ingest: a crash, a hang or too much
memory would show as a failure of another kind than the one that is expected.
"""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from leanrag.errors import DocumentError
from leanrag.ingest.load import SourceFile
from leanrag.ingest.parse_pool import Limits, parse_in_order
from leanrag.readers import archive
from leanrag.readers.formats import DocumentParser
from leanrag.types import ParsedDocument
from tests import format_samples as samples

LIMITS = Limits(timeout_s=60, memory_mb=1024)
LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>{}]>".format(
    "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
)
OUTSIDE = "<!DOCTYPE x [<!ENTITY a9 SYSTEM 'file:///etc/passwd'>]>"
SHEET = (
    "<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>{}</worksheet>"
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def changed(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """An archive with one part changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    assert part in parts
    return samples.zipped({**parts, part: change(parts[part])})


def with_dtd(dtd: str) -> Callable[[bytes], bytes]:
    return lambda xml: dtd.encode() + xml[xml.index(b"?>") + 2 :] if b"?>" in xml else dtd.encode()


def encrypted_zip(data: bytes) -> bytes:
    """An archive of which every part claims to be encrypted."""
    marked = bytearray(data)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = marked.find(signature)
        while place >= 0:
            marked[place + offset] |= 1
            place = marked.find(signature, place + 4)
    return bytes(marked)


def wide_sheet() -> bytes:
    rows = "".join(f"<row r='{n}'><c r='XFD{n}'><v>1</v></c></row>" for n in range(1, 300))
    return changed(
        samples.xlsx(),
        "xl/worksheets/sheet1.xml",
        lambda _: SHEET.format(f"<sheetData>{rows}</sheetData>").encode(),
    )


def far_row(row: int) -> bytes:
    rows = f"<row r='1'><c r='A1'><v>1</v></c></row><row r='{row}'><c r='A{row}'><v>2</v></c></row>"
    size = "<dimension ref='A1:XFD1048576'/>"
    return changed(
        samples.xlsx(),
        "xl/worksheets/sheet1.xml",
        lambda _: SHEET.format(f"{size}<sheetData>{rows}</sheetData>").encode(),
    )


def many_cells() -> bytes:
    """A sheet of 50,000 cells."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("s")
    for row in range(1000):
        sheet.append([row * column for column in range(50)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def deep_docx() -> bytes:
    start, end = b"<w:sdt><w:sdtContent>" * 110, b"</w:sdtContent></w:sdt>" * 110
    return changed(
        samples.docx(),
        "word/document.xml",
        lambda xml: xml.replace(b"<w:body>", b"<w:body>" + start).replace(
            b"</w:body>", end + b"</w:body>"
        ),
    )


REFUSED: dict[str, tuple[bytes, str]] = {
    "laughs.docx": (
        changed(samples.docx(), "word/document.xml", with_dtd(LAUGHS)), "document type"),
    "outside.docx": (
        changed(samples.docx(), "word/styles.xml", with_dtd(OUTSIDE)), "document type"),
    "laughs.pptx": (
        changed(samples.pptx(), "ppt/slides/slide1.xml", with_dtd(LAUGHS)), "document type"),
    "laughs.xlsx": (
        changed(samples.xlsx(), "xl/worksheets/sheet1.xml", with_dtd(LAUGHS)), "document type"),
    "laughs.epub": (
        changed(samples.epub(), "OEBPS/book.opf", lambda xml: LAUGHS.encode() + xml),
        "document type"),
    "laughs.svg": (f"<?xml version='1.0'?>{LAUGHS}<svg><text>&a9;</text></svg>".encode(),
                   "document type"),
    "outside.xml": (f"<?xml version='1.0'?>{OUTSIDE}<r>&a9;</r>".encode(), "document type"),
    "wide.xml": (
        f"<?xml version='1.0' encoding='utf-16'?>{OUTSIDE}<r>&a9;</r>".encode("utf-16"),
        "document type"),
    "bomb.docx": (samples.zipped({"word/document.xml": b" " * 40_000_000}), "ZIP bomb"),
    "bomb.epub": (
        samples.zipped({f"{n}.xhtml": b" " * 20_000_000 for n in range(3)}), "ZIP bomb"),
    "archive.docx": (samples.zipped({"a.txt": "x"}), "unpack it"),
    "open.odt": (
        samples.zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "OpenDocument"),
    "locked.docx": (encrypted_zip(samples.docx()), "encrypted"),
    "locked.xlsx": (OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
    "old.doc": (OLE + bytes(600) + "WordDocument".encode("utf-16-le"), "old Word document"),
    "cut.docx": (samples.docx()[: len(samples.docx()) // 2], "damaged"),
    "cut.pptx": (samples.pptx()[:-300], "damaged"),
    "noise.docx": (bytes(range(256)) * 20, "is not the docx document that its name says"),
    "noise.epub": (b"just text" + bytes(9), "is not the epub document that its name says"),
    "empty.xlsx": (b"", "empty"),
    "nulls.txt": (b"some text \0 and more", "NUL byte at offset 10"),
    "zeros.txt": (bytes(100_000), "empty|binary"),
    "deep.html": (b"<div>" * 50_000 + b"x", "nested too deep"),
    "deep.json": (b"[" * 200_000, "nested too deep"),
    "deep.eml": (
        b"From: a@b\nTo: c@d\nMIME-Version: 1.0\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000)
        ), "nested too deep"),
    "wide.xlsx": (wide_sheet(), "over 3,000,000 cells"),
    "far.xlsx": (far_row(10**11), "row numbers"),
    "long.txt": (b"word " * 900_000, "over the limit of 4,000,000"),
}  # fmt: skip

READ: dict[str, tuple[bytes, str]] = {
    "cells.xlsx": (many_cells(), "999 | 1998"),
    "chapter.epub": (
        changed(samples.epub(), "OEBPS/text/one.xhtml",
                lambda _: LAUGHS.encode() + b"<html><body><p>&a9; calm text</p></body></html>"),
        "calm text"),
    "named.svg": (
        b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' "
        b"'http://127.0.0.1:9/svg11.dtd'><svg xmlns='http://www.w3.org/2000/svg'>"
        b"<text>Inlet valve</text></svg>", "Inlet valve"),
    "sparse.xlsx": (far_row(1_048_576), "2"),
    "deep.docx": (deep_docx(), "Trips need an approval"),
    "deep.xml": (b"<?xml version='1.0'?>" + b"<a>" * 200 + b"text" + b"</a>" * 200, "text"),
    "nested.json": (b'{"a":[1,2,3,4,5,6],"b":' * 200 + b"1" + b"}" * 200, "1, 2, 3, 4, 5, 6"),
    "line.txt": (b"word " * 400_000, "word word"),
    "line.json": (b'{"a": "' + b"x y " * 400_000 + b'"}', "x y"),
    "quote.csv": (b'a,b\n"' + b"x,y\n" * 60_000, "x"),
    "brackets.md": (b"[" * 20_000 + b" text", "text"),
    "nested.rst": (b"* " * 20_000 + b"text", "text"),
    "nested.py": (b"(" * 50_000 + b"text", "text"),
    "headers.eml": (
        b"From: a@b\nSubject: x\nTo: " + b"x@y, " * 200_000 + b"\nMIME-Version: 1.0\n\ntext",
        "text"),
    "signs.html": (b"<" * 100_000 + b"<p>text", "text"),
}  # fmt: skip

Result = ParsedDocument | DocumentError


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    folder = tmp_path_factory.mktemp("hostile")
    files = []
    for name, (data, _) in {**REFUSED, **READ}.items():
        (folder / name).write_bytes(data)
        files.append(SourceFile(folder / name, name))
    parser = DocumentParser(max_bytes=4_000_000)
    found = parse_in_order(files, parser, workers=1, limits=LIMITS)
    return dict(zip((file.source for file in files), found, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_what_harms_is_refused_with_a_reason(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert isinstance(result, DocumentError)
    assert result.source == name
    with pytest.raises(DocumentError, match=REFUSED[name][1]):
        raise result


@pytest.mark.parametrize("name", READ)
def test_what_only_looks_odd_is_read(results: dict[str, Result], name: str) -> None:
    result = results[name]
    assert isinstance(result, ParsedDocument), result
    text = "\n".join(element.text for element in result.elements)
    assert READ[name][1] in text
    assert "root:" not in text, "a file from outside was read"
    assert "hahaha" not in text, "an entity was expanded"


def test_sizes_are_checked_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("unpacked")

    data = samples.zipped({"word/document.xml": b"x" * 40_000_000})
    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    with pytest.raises(DocumentError, match="ZIP bomb"):
        archive.open_archive(data, "a.docx")


def test_many_parts_are_refused() -> None:
    data = samples.zipped({str(number): b"" for number in range(archive.MAX_PARTS + 1)})
    with pytest.raises(DocumentError, match="parts, over the limit"):
        archive.open_archive(data, "a.docx")


def test_a_part_that_declares_another_size_is_damaged() -> None:
    data = samples.zipped({"word/document.xml": b"x" * 5000})
    place = data.index(b"PK\x01\x02")
    lying = data[: place + 24] + (10).to_bytes(4, "little") + data[place + 28 :]
    opened = archive.open_archive(lying, "a.docx")
    with pytest.raises(DocumentError, match="is damaged: its part"):
        opened.read("word/document.xml")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    with pytest.raises(DocumentError, match=r"209,715,200 bytes are over the limit of 67,108,864"):
        DocumentParser().parse(path, "a.txt")
