"""What glyphs are by their names in the font: "uni0644.init" is a lam, whatever the PDF says of it.

Fonts of Arabic have several glyphs for a letter, and programs forget to say which letter some of
them are. The names stand in the charset of CFF fonts (Adobe Technical Note 5176).
"""

import re
import struct
from collections.abc import Sequence
from itertools import pairwise

_NAME = re.compile(r"(?:uni((?:[0-9A-F]{4})+)|u([0-9A-F]{4,6}))(?:\..*)?")
_STANDARD_STRINGS = 391
_CHARSET, _ROS = 15, 1230
_MAX_GLYPHS = 65_536


def letters(data: bytes) -> dict[int, str]:
    """The letters of the glyphs of an OpenType font with CFF outlines that are named by them, by
    glyph number; nothing for any other font, or a damaged one."""
    try:
        names = _names(data)
    except (struct.error, IndexError, ValueError):
        return {}
    return {number: text for number, name in enumerate(names) if (text := _text(name))}


def _text(name: str) -> str:
    match = _NAME.fullmatch(name)
    if match is None:
        return ""
    digits = match[1] or match[2]
    size = 4 if match[1] else len(digits)
    codes = [int(digits[n : n + size], 16) for n in range(0, len(digits), size)]
    if any(0xD800 <= code < 0xE000 or code > 0x10FFFF for code in codes):
        return ""
    return "".join(map(chr, codes))


def _names(data: bytes) -> list[str]:
    """The names of the glyphs, "" for those that have a standard one."""
    cff = _table(data, b"CFF ")
    if not cff:
        return []
    _, end = _index(cff, cff[2])
    tops, end = _index(cff, end)
    strings, _ = _index(cff, end)
    top = _dictionary(tops[0])
    if _ROS in top or top.get(_CHARSET, 0) < 3:  # numbered instead of named, or a standard set
        return []
    return [
        strings[number - _STANDARD_STRINGS].decode("latin-1")
        if _STANDARD_STRINGS <= number < _STANDARD_STRINGS + len(strings)
        else ""
        for number in _charset(cff, top[_CHARSET])
    ]


def _table(data: bytes, tag: bytes) -> bytes:
    if data[:4] != b"OTTO":
        return b""
    (count,) = struct.unpack(">H", data[4:6])
    for number in range(min(count, 64)):
        entry = data[12 + 16 * number : 28 + 16 * number]
        if entry[:4] == tag:
            offset, length = struct.unpack(">II", entry[8:])
            return data[offset : offset + length]
    return b""


def _index(cff: bytes, at: int) -> tuple[list[bytes], int]:
    """The entries of an INDEX, and where it ends."""
    (count,) = struct.unpack(">H", cff[at : at + 2])
    if not count:
        return [], at + 2
    size = cff[at + 2]
    first = at + 3
    offsets = [
        int.from_bytes(cff[first + n * size : first + (n + 1) * size], "big")
        for n in range(count + 1)
    ]
    base = first + (count + 1) * size - 1
    return [cff[base + a : base + b] for a, b in pairwise(offsets)], (base + offsets[-1])


def _dictionary(data: bytes) -> dict[int, int]:
    """The first operands of the operators that have whole numbers; two-byte ones from 1200."""
    found: dict[int, int] = {}
    operands: list[int] = []
    at = 0
    while at < len(data):
        byte = data[at]
        at += 1
        if byte <= 21:
            operator = byte
            if byte == 12:
                operator, at = 1200 + data[at], at + 1
            found[operator] = operands[-1] if operands else 0
            operands = []
        elif byte == 28:
            operands.append(struct.unpack(">h", data[at : at + 2])[0])
            at += 2
        elif byte == 29:
            operands.append(struct.unpack(">i", data[at : at + 4])[0])
            at += 4
        elif byte == 30:  # a decimal number, of which nothing here is made
            while data[at] & 0xF != 0xF:
                at += 1
            at += 1
            operands.append(0)
        elif byte <= 246:
            operands.append(byte - 139)
        elif byte <= 250:
            operands.append((byte - 247) * 256 + data[at] + 108)
            at += 1
        else:
            operands.append(-(byte - 251) * 256 - data[at] - 108)
            at += 1
    return found


def _charset(cff: bytes, at: int) -> Sequence[int]:
    """The numbers of the names, glyph by glyph, the first of which has none."""
    numbers = [0]
    kind = cff[at]
    at += 1
    if kind == 0:
        rest = cff[at : at + 2 * _MAX_GLYPHS]
        return [0, *(n for (n,) in struct.iter_unpack(">H", rest[: len(rest) // 2 * 2]))]
    width = 1 if kind == 1 else 2
    while len(numbers) < _MAX_GLYPHS and at + 2 + width <= len(cff):
        (first,) = struct.unpack(">H", cff[at : at + 2])
        left = int.from_bytes(cff[at + 2 : at + 2 + width], "big")
        numbers.extend(range(first, first + left + 1))
        at += 2 + width
    return numbers[:_MAX_GLYPHS]
