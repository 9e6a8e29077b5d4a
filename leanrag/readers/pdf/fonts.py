"""How a font looks: by its name, else by what the font file says of itself."""

import ctypes
import re
import struct
from dataclasses import dataclass, field
from typing import Any

from leanrag.readers.pdf.glyph_names import letters

_BOLD = re.compile(r"bold|black|heavy|demi(?!\w)|,b\b", re.IGNORECASE)
_ITALIC = re.compile(r"italic|oblique", re.IGNORECASE)
_MONO = re.compile(r"courier|mono|consol|menlo|typewriter|cmtt|cursor", re.IGNORECASE)
_FIXED_PITCH_FLAG = 1
_ITALIC_FLAG = 1 << 6
_BOLD_WEIGHT = range(600, 1001)
_MAX_BYTES = 16 << 20
_MAX_TABLES = 64
_WEIGHT = slice(4, 6)
"""Of ``usWeightClass`` in the OS/2 table of OpenType."""


@dataclass(slots=True)
class Font:
    """How a font looks, and what its characters are known to be. ``mono`` is that of a typewriter.

    ``is_drawn`` says that its characters are pictures (Type 3), ``is_mapped`` that the file says
    of all that were met which characters they are. ``file`` is the font file, where it is embedded.
    """

    bold: bool
    italic: bool
    mono: bool
    is_drawn: bool
    file: bytes = b""
    is_mapped: bool = True
    known: dict[int, str] = field(default_factory=dict)
    named: dict[int, str] | None = None

    def by_name(self, glyph: int) -> str:
        """The letter that the font file names a glyph after, "" where it does not."""
        if self.named is None:
            self.named = letters(self.file)
        return self.named.get(glyph, "")


def font(raw: Any, page: Any, place: int, name: bytes, flags: int) -> Font:
    """The font of a character.

    ``name`` and ``flags`` are those of the font. Programs that print to PDF number their fonts
    instead of naming them; there the weight in the embedded file decides.
    """
    text = name.decode("utf-8", "replace")
    file, embedded = _file(raw, page, place)
    italic = bool(_ITALIC.search(text)) or bool(flags & _ITALIC_FLAG)
    bold = bool(_BOLD.search(text)) or weight(file) in _BOLD_WEIGHT
    mono = bool(_MONO.search(text)) or bool(flags & _FIXED_PITCH_FLAG)
    return Font(bold, italic, mono, is_drawn=embedded and not file, file=file)


def weight(data: bytes) -> int:
    """The weight that an OpenType or TrueType file states, 0 where it states none."""
    if len(data) < 12 or data[:4] not in (b"\0\1\0\0", b"true", b"OTTO"):
        return 0
    (tables,) = struct.unpack(">H", data[4:6])
    for number in range(min(tables, _MAX_TABLES)):
        entry = data[12 + 16 * number : 28 + 16 * number]
        if len(entry) == 16 and entry[:4] == b"OS/2":
            offset, _ = struct.unpack(">II", entry[8:])
            field = data[offset:][_WEIGHT] if offset < len(data) else b""
            return int.from_bytes(field, "big") if len(field) == 2 else 0
    return 0


def _file(raw: Any, page: Any, place: int) -> tuple[bytes, bool]:
    """The font file embedded for a character, empty where there is none, and whether the font is
    in the PDF at all."""
    drawn = raw.FPDFText_GetTextObject(page, place)
    font = raw.FPDFTextObj_GetFont(drawn) if drawn else None
    if not font or raw.FPDFFont_GetIsEmbedded(font) != 1:
        return b"", False
    size = ctypes.c_size_t()
    known = raw.FPDFFont_GetFontData(font, None, 0, ctypes.byref(size))
    if not known or not 0 < size.value <= _MAX_BYTES:
        return b"", size.value == 0
    buffer = (ctypes.c_uint8 * size.value)()
    if not raw.FPDFFont_GetFontData(font, buffer, size.value, ctypes.byref(size)):
        return b"", True
    return bytes(buffer), True
