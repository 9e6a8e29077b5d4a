"""Letters of glyphs that only the names in the font tell."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanrag.readers.pdf.glyph_names import letters

NAMES = ["uni0644.init", "uniFE8E", "uni06440627.rlig", "u1F600", "lam", "uniD800"]


def index(*entries: bytes) -> bytes:
    if not entries:
        return struct.pack(">H", 0)
    offsets = [1]
    for entry in entries:
        offsets.append(offsets[-1] + len(entry))
    return (
        struct.pack(">HB", len(entries), 2)
        + struct.pack(f">{len(offsets)}H", *offsets)
        + b"".join(entries)
    )


def number(value: int) -> bytes:
    return b"\x1d" + struct.pack(">i", value)


def opentype(kind: int, *, numbered: bool = False) -> bytes:
    """A font of which the glyphs from 1 have the names, and nothing else."""
    first = 391
    if kind == 0:
        charset = b"\0" + b"".join(struct.pack(">H", first + n) for n in range(len(NAMES)))
    else:
        charset = bytes([kind]) + struct.pack(">H", first) + (len(NAMES) - 1).to_bytes(kind, "big")
    strings = index(*(name.encode() for name in NAMES))
    start = b"\1\0\4\2" + index(b"Font")
    ros = number(0) * 3 + b"\x0c\x1e" if numbered else b""
    size = len(ros) + len(number(0)) + 1
    top = ros + number(len(start) + len(index(b"x" * size)) + len(strings) + 2) + b"\x0f"
    cff = start + index(top) + strings + index() + charset
    entry = b"CFF " + struct.pack(">III", 0, 28, len(cff))
    return b"OTTO" + struct.pack(">HHHH", 1, 0, 0, 0) + entry + cff


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_names_say_the_letter_and_its_form_does_not_matter(kind: int) -> None:
    assert letters(opentype(kind)) == {1: "ل", 2: "\ufe8e", 3: "لا", 4: "😀"}


def test_fonts_that_number_their_glyphs_name_none() -> None:
    assert letters(opentype(0, numbered=True)) == {}
    assert letters(b"\0\1\0\0" + bytes(400)) == letters(b"") == {}


@given(st.integers(0, 260), st.integers(0, 255), st.integers(1, 260))
def test_damaged_fonts_are_no_error(place: int, value: int, end: int) -> None:
    data = bytearray(opentype(2))
    data[min(place, len(data) - 1)] = value
    assert isinstance(letters(bytes(data[: max(end, 4)])), dict)
    assert isinstance(letters(bytes(data)), dict)
