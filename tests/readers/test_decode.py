"""Bytes to text: labels, damage, and encodings that nothing states."""

from itertools import takewhile
from pathlib import Path

import pytest

from leanrag.readers import decode, labels
from leanrag.readers.formats import DocumentParser
from tests.readers.sentences import SENTENCES

EVERYTHING = ("utf-8", "utf-16-le", "utf-16-be")
NATIVE = {
    **dict.fromkeys(("de", "fr", "es", "pt", "sv"), "cp1252 iso8859-1 iso8859-15 mac_roman cp850"),
    **dict.fromkeys(("pl", "cs", "hu"), "cp1250 iso8859-2"),
    "tr": "cp1254 iso8859-9",
    "el": "cp1253 iso8859-7",
    "ru": "cp1251 iso8859-5 koi8-r cp866",
    "ar": "cp1256 iso8859-6",
    "ja": "shift_jis euc_jp iso2022_jp",
    "zh": "gb18030",
    "zh-Hant": "big5 gb18030",
    "ko": "euc_kr",
}
"""What people wrote each language in; a text that only happens to fit is none of these."""
TABLE = [
    (language, encoding)
    for language, native in NATIVE.items()
    for encoding in (*EVERYTHING, *native.split())
]


def text_of(data: bytes, **options: object) -> str:
    return decode.decode(data, "file", **options)  # type: ignore[arg-type]


def common(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def test_the_table_has_fifteen_languages_and_twenty_five_encodings() -> None:
    assert len(NATIVE) >= 15
    assert len({encoding for _, encoding in TABLE}) >= 25


@pytest.mark.parametrize(("language", "encoding"), TABLE)
def test_unlabelled_sentences_are_read_right(language: str, encoding: str) -> None:
    text = SENTENCES[language]
    assert text_of(text.encode(encoding)) == text


def test_single_sentences_are_read_right_or_warned_of() -> None:
    right = warned = total = 0
    for language, encoding in TABLE:
        for sentence in SENTENCES[language].replace("。", "。\n").replace(". ", ".\n").split("\n"):
            if len(sentence) < 12 or (sentence.isascii() and encoding in ("utf-8", "iso2022_jp")):
                continue
            read = decode.read(sentence.encode(encoding), "file")
            total += 1
            right += read.text == sentence
            warned += read.text != sentence and bool(read.warnings)
    assert right >= 0.98 * total
    assert right + warned == total


# ── Damage ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("de", "utf-8"), ("ru", "utf-8"), ("zh", "utf-8"), ("ja", "utf-8"), ("zh", "gb18030"),
     ("zh-Hant", "big5"), ("ja", "shift_jis"), ("ja", "euc_jp"), ("ko", "euc_kr")],
)  # fmt: skip
def test_a_cut_byte_costs_one_mark(language: str, encoding: str) -> None:
    text = SENTENCES[language] + SENTENCES[language].rstrip(".。") + "é" * (language == "de")
    data = text.encode(encoding)[:-1]
    for label in ("", encoding):
        read = decode.read(data, "file", label=label)
        assert read.text == text[:-1] + "\ufffd"
        assert len(read.warnings) == 1
        assert "1 place that is no valid" in read.warnings[0]


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("zh", "utf-8"), ("zh", "gb18030"), ("ja", "euc_jp"), ("ko", "euc_kr"), ("fr", "utf-8")],
)
def test_a_bad_or_a_lost_byte_costs_the_characters_around_it(language: str, encoding: str) -> None:
    text = SENTENCES[language] * 3
    data = text.encode(encoding)
    high = [at for at, byte in enumerate(data) if byte > 0x7F]
    for at in high[len(high) // 2 : len(high) // 2 + 6]:
        for bad in (data[:at] + b"\xff" + data[at:], data[:at] + b"\xff" + data[at + 1 :],
                    data[:at] + data[at + 1 :]):  # fmt: skip
            read = text_of(bad)
            assert len(text) - common(text, read) - common(text[::-1], read[::-1]) <= 5, (at, read)
            assert read.count("\ufffd") <= 2


def test_one_bad_byte_of_a_page_is_no_reason_to_read_it_otherwise(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    head = "<html><head><meta charset='utf-8'></head><body><p>Größe, caf".encode()
    page.write_bytes(head + b"\xe9 und B\xc3\xbcro.</p></body></html>")
    parsed = DocumentParser().parse(page, "page.html")
    assert [element.text for element in parsed.elements] == ["Größe, caf\ufffd und Büro."]
    assert parsed.warnings == ("1 place that is no valid utf-8 reads \ufffd",)


def test_bytes_that_are_latin_are_no_damaged_utf8() -> None:
    for text in ("caf\xe9", "Gr\xfc\xdfe aus K\xf6ln", "CAF\xc9\xbb, dit-il \xe0 l'\xe9t\xe9"):
        assert text_of(text.encode("cp1252")) == text
        assert text_of(text.encode("cp1252"), label="utf-8") == text


def test_marks_that_a_text_holds_itself_are_no_damage() -> None:
    assert decode.read("a \ufffd\ufffd b".encode(), "file").warnings == ()


# ── Labels ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("label", "codec"),
    [("ISO-8859-1", "cp1252"), ("latin-1", "cp1252"), ("gb2312", "gb18030"), ("cp936", "gb18030"),
     ("shift_jis", "cp932"), ("ks_c_5601-1987", "cp949"), ("iso-8859-9", "cp1254"),
     ("TIS-620", "cp874"), ("x-mac-cyrillic", "mac-cyrillic"), ("cp850", "cp850"),
     (' "utf8" ', "utf-8"), ("utf-7", ""), ("idna", ""), ("unicode_escape", ""), ("base64", ""),
     ("x-user-defined", ""), ("nonsense", ""), ("hz-gb-2312", "hz")],
)  # fmt: skip
def test_labels_mean_what_browsers_take_them_for(label: str, codec: str) -> None:
    assert labels.codec(label) == codec


def test_a_label_of_latin1_means_windows_1252() -> None:
    text = "We’re open – it costs €5 “daily”. Déjà vu."
    page = b"<meta charset=iso-8859-1><p>" + text.encode("cp1252")
    assert text_of(page, markup=True).endswith(text)
    assert text_of(text.encode("cp1252"), label="ISO-8859-1") == text


def test_a_label_that_valid_utf8_disproves_is_ignored() -> None:
    page = "<meta charset=iso-8859-1><p>Größe – déjà"
    assert text_of(page.encode(), markup=True) == page


def test_a_label_that_the_bytes_disprove_is_ignored() -> None:
    text = SENTENCES["ja"]
    assert text_of(text.encode("euc_jp"), label="utf-8") == text


def test_sparse_signs_of_english_texts() -> None:
    for text in (
        "It’s £5, or €6.",
        "20 °C outside",
        "a “quoted” word – and a dash",
        "naïve résumé",
    ):
        assert text_of(text.encode("cp1252")) == text


def mail(headers: str, body: bytes, charset: str, kind: str = "plain") -> bytes:
    top = f"MIME-Version: 1.0\nContent-Type: text/{kind}; charset={charset}\n\n"
    return headers.encode("cp1252") + top.encode() + body


@pytest.mark.parametrize(
    ("data", "subject", "text"),
    [
        (mail("From: a@x.org\nSubject: =?iso-8859-1?Q?We=92re_open?=\n", b"It costs \x805.",
              "iso-8859-1"), "We’re open", "It costs €5."),
        (mail("From: a@x.org\nSubject: Füße\n", "Größe – déjà".encode(), "iso-8859-1"),
         "Füße", "Größe – déjà"),
        (mail("From: a@x.org\nSubject: s\n", b"D\xe9j\xe0 vu.", "us-ascii"), "s", "Déjà vu."),
        (mail("From: a@x.org\nSubject: s\n", "<p>Größe</p>".encode(), "iso-8859-1", "html"),
         "s", "Größe"),
        (mail("From: a@x.org\nSubject: s\n", SENTENCES["ja"].encode("euc_jp"), "unknown-8bit"),
         "s", SENTENCES["ja"]),
    ],
)  # fmt: skip
def test_mails(tmp_path: Path, data: bytes, subject: str, text: str) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(data)
    parsed = DocumentParser().parse(path, "a.eml")
    assert parsed.title == subject
    assert parsed.elements[-1].text == text


def test_a_mail_warns_of_what_it_could_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail("From: a@x.org\n", SENTENCES["zh"].encode("gb18030")[:-1], "gb2312"))
    (warning,) = DocumentParser().parse(path, "a.eml").warnings
    assert "no valid gb18030" in warning
