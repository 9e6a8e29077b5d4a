"""Where a text can be cut without tearing a character as a reader sees it."""

import unicodedata

_ZWJ = 0x200D
_ZWNJ = 0x200C


def is_extender(character: str) -> bool:
    """Whether the code point belongs to the one before it: marks, joiners, emoji modifiers."""
    code = ord(character)
    if code < 0x300:
        return False
    return (
        code in (_ZWJ, _ZWNJ, 0xFF9E, 0xFF9F)
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or unicodedata.category(character) in ("Mn", "Mc", "Me")
    )


def skip_extenders(text: str, position: int) -> int:
    """The first position from ``position`` on at which no extender stands."""
    while position < len(text) and is_extender(text[position]):
        position += 1
    return position


def grapheme_ends(text: str, start: int, end: int) -> list[int]:
    """The ends of the grapheme clusters of ``text[start:end]``, the last one being ``end``.

    Follows the rules of Unicode Standard Annex 29 (https://unicode.org/reports/tr29/) except
    that it also keeps together what stands around any zero-width joiner or Indic virama, and that
    it knows no prepended marks.
    """
    if start >= end:
        return []
    ends: list[int] = []
    flags = 1 if _is_flag(ord(text[start])) else 0
    for position in range(start + 1, end):
        before, after = ord(text[position - 1]), ord(text[position])
        if before < 0x300 and after < 0x300:
            glued = before == 0x0D and after == 0x0A
        elif _is_flag(after):
            glued = flags % 2 == 1
        else:
            glued = before == _ZWJ or _is_jamo_pair(before, after) or is_extender(text[position])
            glued = glued or (0xD800 <= before <= 0xDBFF and 0xDC00 <= after <= 0xDFFF)
            glued = glued or _is_conjunct(text[position - 1], after)
        flags = flags + 1 if _is_flag(after) else 0
        if not glued:
            ends.append(position)
    ends.append(end)
    return ends


def _is_flag(code: int) -> bool:
    return 0x1F1E6 <= code <= 0x1F1FF


def _is_conjunct(before: str, after: int) -> bool:
    return 0x900 <= after <= 0xDFF and unicodedata.combining(before) == 9


def _is_jamo_pair(before: int, after: int) -> bool:
    if 0x1160 <= after <= 0x11FF or 0xD7B0 <= after <= 0xD7FB:
        return 0x1100 <= before <= 0x11FF or 0xA960 <= before <= 0xD7FB
    leading = 0x1100 <= before <= 0x115F or 0xA960 <= before <= 0xA97C
    return leading and (
        0x1100 <= after <= 0x115F or 0xA960 <= after <= 0xA97C or 0xAC00 <= after <= 0xD7A3
    )
