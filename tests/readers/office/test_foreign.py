"""Formats that are converted, and Outlook messages: each read, safely, or refused with advice."""

import os
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path

import pytest

from leanrag.errors import DocumentError, MissingDependencyError
from leanrag.readers.formats import DocumentParser
from leanrag.readers.office import convert, foreign
from leanrag.types import ParsedDocument
from tests import format_samples as samples
from tests.outlook_sample import message

ORG = """#+TITLE: The harbour
* Dues
The dues are set by the council once a year.
| Good | Dues |
|------+------|
| Salt | 12   |
"""
RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl\f0 Times;}\f0\pard The dues are nine \'80 a ship.\par "
    rb"\pard Wool is free.\par}"
)
CONTENT = """<?xml version="1.0" encoding="UTF-8"?><office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" office:version="1.3">
<office:body><office:text><text:h text:outline-level="1">Dues</text:h>
<text:p>The dues are nine a ship.</text:p></office:text></office:body></office:document-content>"""
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

needs_pandoc = pytest.mark.skipif(not convert.pandoc(), reason="pandoc is not installed")
needs_soffice = pytest.mark.skipif(not convert.soffice(), reason="LibreOffice is not installed")


SAMPLE = Path(__file__).parent / "samples" / "dues.odt"


def odt() -> bytes:
    return samples.zipped(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": CONTENT[:300]}
    )


def parse(folder: Path, name: str, content: bytes) -> ParsedDocument:
    (folder / name).write_bytes(content)
    return DocumentParser().parse(folder / name, name)


def texts(document: ParsedDocument) -> list[str]:
    return [element.text for element in document.elements]


# ── with pandoc ─────────────────────────────────────────────────────────────────────────────────


@needs_pandoc
def test_org_files_keep_title_headings_and_tables(tmp_path: Path) -> None:
    found = parse(tmp_path, "a.org", ORG.encode())

    assert (found.title, found.properties["format"]) == ("The harbour", "org")
    assert [(e.kind, e.text, e.head_rows) for e in found.elements] == [
        ("heading", "Dues", 0),
        ("prose", "The dues are set by the council once a year.", 0),
        ("table", "Good | Dues\nSalt | 12", 1),
    ]


@needs_pandoc
def test_rich_text_is_read_whatever_its_name(tmp_path: Path) -> None:
    for name in ("a.rtf", "a.doc", "a.txt"):
        assert texts(parse(tmp_path, name, RTF)) == ["The dues are nine € a ship.", "Wool is free."]


@needs_pandoc
def test_an_opendocument_text_is_read(tmp_path: Path) -> None:
    found = parse(tmp_path, "a.odt", SAMPLE.read_bytes())

    assert [(e.kind, e.text) for e in found.elements] == [
        ("heading", "Dues"),
        ("prose", "The dues are nine a ship."),
        ("table", "Good | Dues\nSalt | 12"),
        ("list_item", "one"),
        ("list_item", "two"),
    ]


@needs_pandoc
def test_a_converted_document_includes_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the key is under the mat")
    ways = ('#+INCLUDE: "{0}"', '#+INCLUDE: "{0}" src text', "[[file:{0}]]", "#+SETUPFILE: {0}")
    hostile = "\n\n".join(way.format(tmp_path / "secret.txt") for way in ways)

    found = parse(tmp_path, "a.org", f"{ORG}\n{hostile}\n".encode())

    assert "under the mat" not in " ".join(texts(found))


@needs_pandoc
def test_a_damaged_file_is_one_failure(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="OpenDocument text that cannot be converted: pandoc"):
        parse(tmp_path, "a.odt", odt())


# ── with LibreOffice ────────────────────────────────────────────────────────────────────────────


@needs_soffice
@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "name"),
    [("odt", "a.doc"), ("pptx", "a.ppt"), ("xlsx", "a.xls"), ("xlsx", "a.ods"), ("pptx", "a.odp")],
)
def test_old_and_open_office_files_say_what_the_new_ones_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str, name: str
) -> None:
    new = SAMPLE.read_bytes() if made == "odt" else getattr(samples, made)()
    kind = name.split(".")[1]
    with monkeypatch.context() as patch:
        patch.setitem(convert._SOFFICE, made, kind)
        patch.setitem(convert._NAMES, made, "a new file")
        patch.setattr(convert, "pandoc", lambda: "")
        old, _ = convert.convert(new, made, "a")

    found = parse(tmp_path, name, old)

    assert found.properties["format"] == kind
    wanted = " ".join(texts(parse(tmp_path, f"b.{made}", new))).split()
    words = " ".join(texts(found)).split()
    assert len(set(words) & set(wanted)) > 0.8 * len(set(wanted))


def fake_office(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """A program named soffice that runs ``body``; ``$OUT`` and ``$FROM`` are the folders given."""
    path = folder / "bin" / "soffice"
    path.parent.mkdir()
    path.write_text(
        '#!/bin/bash\nwhile [ $# -gt 0 ]; do case "$1" in --outdir) OUT="$2"; shift;;\n'
        '-env:*) PROFILE="${1#*file://}";; esac; FROM="$1"; shift; done\n' + body
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")


def old_doc() -> bytes:
    return OLE + bytes(600) + "WordDocument".encode("utf-16-le")


def test_libreoffice_runs_in_a_profile_of_its_own_without_macros_or_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "made.docx").write_bytes(samples.docx())
    monkeypatch.setenv("SECRET_KEY", "hidden")
    fake_office(
        tmp_path,
        monkeypatch,
        f'mkdir -p "$OUT"; cp {tmp_path}/made.docx "$OUT/document.docx"; env > {tmp_path}/env\n'
        f'cp "$PROFILE/user/registrymodifications.xcu" {tmp_path}/profile; pwd > {tmp_path}/pwd\n',
    )

    found = parse(tmp_path, "a.doc", old_doc())

    assert found.properties["format"] == "doc"
    assert texts(found) == texts(parse(tmp_path, "b.docx", samples.docx()))
    environment = (tmp_path / "env").read_text()
    assert "SECRET_KEY" not in environment
    assert "http_proxy=http://127.0.0.1:9" in environment
    profile = (tmp_path / "profile").read_text()
    assert 'name="DisableMacrosExecution" oor:op="fuse"><value>true' in profile
    assert 'name="MacroSecurityLevel" oor:op="fuse"><value>3' in profile
    assert not Path((tmp_path / "pwd").read_text().strip()).exists(), "the folder is gone"


def test_a_converter_that_hangs_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convert, "_TIMEOUT_S", 0.5)
    fake_office(tmp_path, monkeypatch, f"sleep 60 & echo $! > {tmp_path}/child; wait\n")

    with pytest.raises(DocumentError, match=r"more than 0\.5 s"):
        parse(tmp_path, "a.doc", old_doc())

    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        if " Z " in Path(f"/proc/{child}/stat").read_text():
            break
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child}").exists()


@pytest.mark.parametrize("body", ["exit 0\n", "echo broken >&2; exit 3\n"])
def test_a_converter_that_makes_nothing_is_one_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    fake_office(tmp_path, monkeypatch, body)

    with pytest.raises(DocumentError, match=r"LibreOffice cannot open|soffice: broken"):
        parse(tmp_path, "a.doc", old_doc())


# ── without them ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert, "pandoc", lambda: "")
    monkeypatch.setattr(convert, "soffice", lambda: "")
    monkeypatch.setattr(convert, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)


@pytest.mark.usefixtures("bare")
def test_without_the_programs_the_advice_names_them(tmp_path: Path) -> None:
    with pytest.raises(
        DocumentError, match=r"leanrag\[office\].*LibreOffice.*save it as .docx"
    ) as of:
        parse(tmp_path, "a.odt", odt())
    assert isinstance(of.value.__cause__, MissingDependencyError)
    with pytest.raises(DocumentError, match=r"old Word document; install LibreOffice .* \.docx"):
        parse(tmp_path, "a.doc", old_doc())
    with pytest.raises(DocumentError, match=r"rich text"):
        parse(tmp_path, "a.rtf", RTF)
    assert "Dues" in " ".join(texts(parse(tmp_path, "a.org", ORG.encode()))), "text all the same"


@pytest.mark.usefixtures("bare")
def test_folders_give_what_can_be_read_here() -> None:
    assert foreign.suffixes() == {".msg"}
    assert ".doc" not in DocumentParser().suffixes
    assert ".msg" in DocumentParser().suffixes


def test_encrypted_files_are_refused_as_such(tmp_path: Path) -> None:
    locked = OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    for name in ("a.doc", "a.docx"):
        with pytest.raises(DocumentError, match="encrypted"):
            parse(tmp_path, name, locked)


# ── Outlook ─────────────────────────────────────────────────────────────────────────────────────

SUBJECT, BODY, ADDRESS, SENDER = 0x0037, 0x1000, 0x0C1F, 0x0C1A
HEADERS = 0x007D


def test_an_outlook_message_is_read_like_a_mail(tmp_path: Path) -> None:
    data = message(
        {
            SUBJECT: "The dues of May", BODY: "Dear Ann,\r\n\r\nthe dues are nine – as before.\r\n",
            ADDRESS: "bob@example.org", SENDER: "Bob",
        },
        recipients=(("Ann", "ann@example.org"),),
        attachments={"dues.csv": b"good,dues\nsalt,12\nwool,7\n", "odd.bin": bytes(range(256))},
    )  # fmt: skip

    found = parse(tmp_path, "a.msg", data)

    assert found.title == "The dues of May"
    assert found.properties["format"] == "msg"
    assert found.properties["from"] == "bob@example.org"
    assert found.properties["attachments"] == ["dues.csv", "odd.bin"]
    assert "the dues are nine – as before." in texts(found)
    assert "good | dues\nsalt | 12\nwool | 7" in texts(found)


def test_headers_of_the_internet_are_kept(tmp_path: Path) -> None:
    headers = (
        "Date: Mon, 4 May 2026 10:00:00 +0200\r\nTo: Ann <ann@example.org>\r\nSubject: x\r\n\r\n"
    )

    found = parse(
        tmp_path, "a.msg", message({SUBJECT: "Dues", BODY: "They are nine.", HEADERS: headers})
    )

    assert str(found.properties["date"]).startswith("2026-05-04")
    assert found.properties["to"] in ("ann@example.org", ["ann@example.org"])


@pytest.mark.parametrize("cut", [600, 1500, 3000])
def test_a_damaged_message_is_one_failure_or_is_read(tmp_path: Path, cut: int) -> None:
    data = message({SUBJECT: "Dues", BODY: "They are nine. " * 400})
    with suppress(DocumentError):
        assert parse(tmp_path, "a.msg", data[:cut]).elements
