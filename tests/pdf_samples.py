"""Small PDFs written by hand: pages of placed texts, with bookmarks, rotation and encryption."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

WIDTH, HEIGHT = 612, 792
_FONTS = {
    "regular": "Times-Roman",
    "bold": "Times-Bold",
    "italic": "Times-Italic",
    "mono": "Courier",
    "mono-bold": "Courier-Bold",
}
_WIDE = {"wide": "Identity-H", "blind": "Identity-H", "gbk": "GBK-EUC-H"}
"""Fonts of two bytes a letter that are not embedded. ``wide`` says what its letters are, in
Unicode; ``blind`` does not; ``gbk`` is a Chinese one of which the encoding says it."""

_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


class Text(NamedTuple):
    """A line of text from its lower left corner."""

    x: float
    y: float
    text: str
    font: str = "regular"
    size: float = 10
    turned: bool = False
    """Whether it runs from below to above."""


@dataclass
class Pdf:
    """What a sample holds."""

    pages: Sequence[Sequence[Text]]
    information: Mapping[str, str] = field(default_factory=dict)
    outline: Sequence[tuple[str, int, int]] = ()
    """Bookmarks: title, depth from 0, page from 1."""

    rotate: int = 0
    size: tuple[float, float] = (WIDTH, HEIGHT)
    password: str | None = None
    loop: bool = False
    """Whether the last bookmark is followed by the first one again."""

    def bytes(self) -> bytes:
        """The file."""
        objects: dict[int, bytes] = {}
        fonts = {name: number for number, name in enumerate(_FONTS, start=3)}
        first_page = 3 + len(fonts)
        used = {text.font for page in self.pages for text in page} & set(_WIDE)
        kids = [first_page + 2 * n for n in range(len(self.pages))]
        marks = first_page + 2 * len(self.pages)
        objects[2] = _dictionary(
            Type="/Pages", Count=len(kids), Kids=f"[{' '.join(f'{kid} 0 R' for kid in kids)}]"
        )
        for name, number in fonts.items():
            objects[number] = _dictionary(
                Type="/Font", Subtype="/Type1", BaseFont=f"/{_FONTS[name]}",
                Encoding="/WinAnsiEncoding",
            )  # fmt: skip
        after = marks + len(self.outline) + 1
        for number, name in enumerate(sorted(used), start=after):
            fonts[name] = number
            objects[number] = _wide_font(name, after + len(used))
        if "wide" in used:
            objects[after + len(used)] = _unicode_map()
        resources = " ".join(f"/{name} {number} 0 R" for name, number in fonts.items())
        for kid, texts in zip(kids, self.pages, strict=True):
            objects[kid] = _dictionary(
                Type="/Page", Parent="2 0 R", MediaBox=f"[0 0 {self.size[0]} {self.size[1]}]",
                Rotate=self.rotate, Contents=f"{kid + 1} 0 R",
                Resources=f"<< /Font << {resources} >> >>",
            )  # fmt: skip
            content = self._crypted(kid + 1, _content(texts))
            objects[kid + 1] = (
                f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"
            )
        catalog: dict[str, object] = {"Type": "/Catalog", "Pages": "2 0 R"}
        if self.outline:
            catalog["Outlines"] = f"{marks} 0 R"
            objects |= _outline(self.outline, marks, kids, self.loop)
        objects[1] = _dictionary(**catalog)
        information = max(objects) + 1
        objects[information] = _dictionary(
            **{name: f"({_escaped(value)})" for name, value in self.information.items()}
        )
        trailer: dict[str, object] = {"Root": "1 0 R", "Info": f"{information} 0 R"}
        if self.password is not None:
            objects[information] = b"<< >>"
            trailer |= {"Encrypt": self._encryption(), "ID": "[<00> <00>]"}
        return _file(objects, trailer)

    # The standard security handler, revision 2: RC4 with a key of 40 bits (ISO 32000-1, 7.6.3).

    def _encryption(self) -> str:
        owner, user = self._owner(), _rc4(self._key(), _PADDING)
        return f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{owner.hex()}> /U <{user.hex()}> >>"

    def _owner(self) -> bytes:
        padded = ((self.password or "").encode() + _PADDING)[:32]
        return _rc4(hashlib.md5(padded).digest()[:5], padded)

    def _key(self) -> bytes:
        padded = ((self.password or "").encode() + _PADDING)[:32]
        rights = (-4).to_bytes(4, "little", signed=True)
        return hashlib.md5(padded + self._owner() + rights + b"\0").digest()[:5]

    def _crypted(self, number: int, data: bytes) -> bytes:
        if self.password is None:
            return data
        key = self._key() + number.to_bytes(3, "little") + b"\0\0"
        return _rc4(hashlib.md5(key).digest()[:10], data)


def column(x: float, top: float, lines: Sequence[str], **look: object) -> list[Text]:
    """Lines one below the other."""
    return [Text(x, top - 12 * n, line, **look) for n, line in enumerate(lines)]  # type: ignore[arg-type]


def right(x: float, y: float, text: str, font: str = "mono") -> Text:
    """A text in Courier that ends at ``x``."""
    return Text(x - 6 * len(text), y, text, font)


def _content(texts: Sequence[Text]) -> bytes:
    lines = []
    for text in texts:
        turn = f"0 1 -1 0 {text.x} {text.y}" if text.turned else f"1 0 0 1 {text.x} {text.y}"
        shown = f"({_escaped(text.text)})"
        if text.font in _WIDE:
            shown = f"<{text.text.encode('gbk' if text.font == 'gbk' else 'utf-16-be').hex()}>"
        lines.append(f"BT /{text.font} {text.size} Tf {turn} Tm {shown} Tj ET")
    return "\n".join(lines).encode("cp1252")


def _wide_font(name: str, unicode_map: int) -> bytes:
    order = "GB1" if name == "gbk" else "Identity"
    descriptor = (
        f"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [0 -200 1000 800] "
        "/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>"
    )
    descendant = (
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /DW 500 /FontDescriptor "
        f"{descriptor} /CIDSystemInfo << /Registry (Adobe) /Ordering ({order}) /Supplement 0 >> >>"
    )
    entries = {
        "Type": "/Font", "Subtype": "/Type0", "BaseFont": f"/{name}",
        "Encoding": f"/{_WIDE[name]}", "DescendantFonts": f"[{descendant}]",
    }  # fmt: skip
    if name == "wide":
        entries["ToUnicode"] = f"{unicode_map} 0 R"
    return _dictionary(**entries)


def _unicode_map() -> bytes:
    """Every code is the letter of this number."""
    ranges = "\n".join(f"<{n:02x}00> <{n:02x}ff> <{n:02x}00>" for n in range(100))
    content = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap "
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"100 beginbfrange\n{ranges}\nendbfrange endcmap end end"
    ).encode()
    return f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _dictionary(**entries: object) -> bytes:
    inner = " ".join(f"/{name} {value}" for name, value in entries.items())
    return f"<< {inner} >>".encode("cp1252")


def _outline(
    marks: Sequence[tuple[str, int, int]], root: int, kids: Sequence[int], loop: bool
) -> dict[int, bytes]:
    numbers = [root + 1 + n for n in range(len(marks))]
    parents = [root] * len(marks)
    children: dict[int, list[int]] = {root: []}
    open_marks: list[int] = [root]
    for place, (_, depth, _) in enumerate(marks):
        parents[place] = open_marks[depth]
        del open_marks[depth + 1 :]
        open_marks.append(numbers[place])
        children.setdefault(parents[place], []).append(numbers[place])
    objects: dict[int, bytes] = {}
    for place, (title, _, page) in enumerate(marks):
        siblings = children[parents[place]]
        after = siblings.index(numbers[place]) + 1
        entries: dict[str, object] = {
            "Title": f"({_escaped(title)})",
            "Parent": f"{parents[place]} 0 R",
            "Dest": f"[{kids[page - 1]} 0 R /Fit]",
        }
        if after < len(siblings) or loop:
            entries["Next"] = f"{siblings[after % len(siblings)]} 0 R"
        if numbers[place] in children:
            entries["First"] = f"{children[numbers[place]][0]} 0 R"
            entries["Last"] = f"{children[numbers[place]][-1]} 0 R"
        objects[numbers[place]] = _dictionary(**entries)
    objects[root] = _dictionary(
        Type="/Outlines", First=f"{children[root][0]} 0 R", Last=f"{children[root][-1]} 0 R"
    )
    return objects


def _file(objects: Mapping[int, bytes], trailer: Mapping[str, object]) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    offsets: dict[int, int] = {}
    for number in sorted(objects):
        offsets[number] = len(out)
        out += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    start = len(out)
    size = max(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n".encode()
    for number in range(1, size):
        used = number in offsets
        entry = f"{offsets[number]:010d} 00000 n" if used else "0000000000 65535 f"
        out += f"{entry} \n".encode()
    out += b"trailer\n" + _dictionary(Size=size, **trailer)
    out += f"\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
