"""Decodes damaged text of two bytes a character, so that a lost byte does not shift the rest.

UTF-8 finds its place again by itself. In GB 18030, EUC-JP and the like both bytes of a character
look alike, and everything up to the next ASCII character would be read from the wrong byte on.
"""

import re
from collections.abc import Iterator
from itertools import accumulate

_COMMON_LEADS = {
    "gb18030": frozenset((0xA1, 0xA3, *range(0xB0, 0xD8))),
    "euc_jp": frozenset((0xA1, 0xA4, 0xA5, *range(0xB0, 0xD0))),
    "cp949": frozenset((0xA1, *range(0xB0, 0xC9))),
}
"""First bytes of the common characters of each encoding."""
_FREQUENT = {
    "gb18030": "，。、的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发"
    "年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实",
    "euc_jp": "、。のにはをたがでとしてるいれなかられありこう",
    "cp949": "이다는을를에의가은로고하서기도지한",
}
"""The most frequent characters: one of them weighs as much as several that are merely common."""
_WEIGHT = 4
_RUN = re.compile(rb"[\xa1-\xfe]{3,}")
_MAX_RUN = 1 << 16
_MARKS = re.compile("\ufffd+")


def decode(data: bytes, encoding: str) -> str:
    """``data`` as text, each damaged place one replacement mark."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return _MARKS.sub("\ufffd", "".join(_parts(data, encoding)))


def _parts(data: bytes, encoding: str) -> Iterator[str]:
    leads = _COMMON_LEADS.get(encoding)
    done = 0
    for run in _RUN.finditer(data) if leads is not None else ():
        start, end = run.span()
        start += _taken(data, start, encoding)
        if (end - start) % 2 == 0 or end - start > _MAX_RUN:
            continue
        if "\ufffd" not in data[start : end + 1].decode(encoding, "replace"):
            continue  # the last character ends in a byte that is ASCII elsewhere
        lone = start + _lone_byte(data[start:end], encoding)
        yield data[done:lone].decode(encoding, "replace")
        yield "\ufffd"
        done = lone + 1
    yield data[done:].decode(encoding, "replace")


def _taken(data: bytes, start: int, encoding: str) -> int:
    """How many bytes of a run belong to a character that begins before it."""
    before = data[start - 1] if start else 0
    if encoding == "euc_jp":
        return {0x8E: 1, 0x8F: 2}.get(before, 0)
    return int(0x80 < before < 0xA1)


def _lone_byte(run: bytes, encoding: str) -> int:
    """Where in an odd number of bytes the one stands that has lost its other half.

    It is where most pairs before and after it are common characters.
    """
    leads = _COMMON_LEADS[encoding]
    frequent = {character.encode(encoding) for character in _FREQUENT[encoding]}

    def weights(first: int) -> Iterator[int]:
        for at in range(first, len(run) - 1, 2):
            yield _WEIGHT if run[at : at + 2] in frequent else run[at] in leads

    before = list(accumulate(weights(0), initial=0))
    after = list(accumulate(weights(1), initial=0))
    pairs = len(run) // 2
    gains = [before[n] + after[pairs] - after[n] for n in range(pairs + 1)]
    return 2 * max(range(pairs, -1, -1), key=gains.__getitem__)  # of equals the last: a cut end
