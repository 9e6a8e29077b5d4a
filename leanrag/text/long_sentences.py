"""Cutting one over-long sentence into pieces that fit, at the best places there are."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence

from leanrag.text.graphemes import grapheme_ends, is_extender
from leanrag.text.languages import HAN, KANA, WORD_MARKS
from leanrag.types import Span

_WIDE_CLAUSE = r"—+\s*|[；：、，､][”’」』）】》]*\s*"
_CLAUSE = re.compile(rf"[,;:][\"'”’)\]]*\s+|–\s+|{_WIDE_CLAUSE}")
_BREAK = re.compile(rf"\s+|{_WIDE_CLAUSE}")
# Numbers with their separators, words, single Chinese or Japanese characters, other characters;
# each with what closes it, so that no piece starts with a comma or a closing bracket.
_ATOM = re.compile(
    rf"(?:(?:[0-9]++(?:[.,][0-9]++)*+|[^\W0-9{HAN}{KANA}]|[{WORD_MARKS}])+|.)"
    r"[!%),.:;?\]}»’”、。，．：；？！）】」』》]*\s*",
    re.DOTALL,
)
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)+|[0-9]{2,}")
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CLAUSE_SHARE = 3
"""A clause is taken for a piece where it fills at least one part in this many of the room."""

_FIRST_GUESS = 32


def split_long(text: str, span: Span, fits: Callable[[str], bool]) -> list[Span]:
    """Spans that tile ``span`` and whose texts fit, as few as a greedy walk makes.

    A piece ends behind clause punctuation where that leaves it reasonably full, else at white
    space. Only a run without either that does not fit alone is cut further: between words and
    Chinese characters, then between graphemes outside numbers, then inside numbers, and last
    between code points. A single code point that does not fit is returned as it is, so the
    function ends on any input. ``fits`` is called a few times (the logarithm of the change in
    size) for each piece, on texts of about the size of a piece.
    """
    start, end = span
    if start >= end:
        return []
    if fits(text[start:end]):
        return [span]
    return _cut(text, span, fits, level=0)


def _cut(text: str, span: Span, fits: Callable[[str], bool], level: int) -> list[Span]:
    start, end = span
    cuts = _LEVELS[level](text, start, end)
    last_level = level + 1 == len(_LEVELS)
    clauses: list[int] = []
    if level == 0:
        allowed = set(cuts)
        clauses = [m.end() for m in _CLAUSE.finditer(text, start, end) if m.end() in allowed]
    pieces: list[Span] = []
    index, reach, position = 0, _FIRST_GUESS, start
    while position < end:
        best = _furthest(text, position, cuts, (index, reach), fits)
        if best is not None:
            stop = cuts[best]
            if stop < end and (clause := _clause_before(clauses, position, stop)) is not None:
                stop = clause if fits(text[position:clause]) else stop
            pieces.append((position, stop))
            following = bisect_right(cuts, stop)
            reach = max(1, best + 1 - index)
        else:
            stop = cuts[index]
            parts = [(position, stop)]
            if not last_level:
                parts = _cut(text, (position, stop), fits, level + 1)
            following, reach = index + 1, max(1, reach // 2)
            if len(parts) > 1 and stop < end:
                # The rest of the run may share a piece with what follows.
                stop = parts.pop()[0]
                following = index
            pieces.extend(parts)
        position, index = stop, following
    return pieces


def _furthest(
    text: str,
    position: int,
    cuts: Sequence[int],
    window: tuple[int, int],
    fits: Callable[[str], bool],
) -> int | None:
    """The index of the last cut up to which the text from ``position`` fits, by galloping.

    ``window`` is the first index allowed and the number of units that fitted last time. None if
    not even the first unit fits. Takes ``fits`` to hold for every part of a text that fits; where
    it does not, the result still fits, but may not be the last.
    """
    first, reach = window
    low, high = first - 1, len(cuts)  # fits at low, not at high
    step = max(1, reach)
    probe = min(first + step - 1, high - 1)
    while low < probe < high:
        if fits(text[position : cuts[probe]]):
            low = probe
            step = max(1, step // 4) if low == first + reach - 1 else step * 2
            probe = min(low + step, len(cuts) - 1)
        else:
            high = probe
            break
    while high - low > 1:
        probe = (low + high) // 2
        if fits(text[position : cuts[probe]]):
            low = probe
        else:
            high = probe
    return low if low >= first else None


def _clause_before(clauses: Sequence[int], position: int, stop: int) -> int | None:
    index = bisect_right(clauses, stop) - 1
    if index < 0:
        return None
    clause = clauses[index]
    return clause if (clause - position) * _CLAUSE_SHARE >= stop - position else None


def _runs(text: str, start: int, end: int) -> list[int]:
    """Ends of what stands between white space or wide clause punctuation."""
    ends = (match.end() for match in _BREAK.finditer(text, start, end))
    return [*(cut for cut in ends if cut < end and not is_extender(text[cut])), end]


def _atoms(text: str, start: int, end: int) -> list[int]:
    """Ends of words, numbers and single Chinese or Japanese characters."""
    whole = set(grapheme_ends(text, start, end))
    return [match.end() for match in _ATOM.finditer(text, start, end) if match.end() in whole]


def _graphemes_outside_numbers(text: str, start: int, end: int) -> list[int]:
    ends = grapheme_ends(text, start, end)
    inside: set[int] = set()
    for number in _NUMBER.finditer(text, start, end):
        inside.update(range(number.start() + 1, number.end()))
    return [cut for cut in ends if cut not in inside]


def _code_points(text: str, start: int, end: int) -> list[int]:
    """All positions but those inside a surrogate pair."""
    inside = (m.start() + 1 for m in _SURROGATE_PAIR.finditer(text, start, end))
    return sorted(set(range(start + 1, end + 1)).difference(inside))


_LEVELS: tuple[Callable[[str, int, int], list[int]], ...] = (
    _runs,
    _atoms,
    _graphemes_outside_numbers,
    grapheme_ends,
    _code_points,
)
