"""Finds the citation marks in an answer and resolves them against the prompt's sources.

Models write marks in more forms than they are shown: ``[1]``, ``[1, 2]``, ``[1-3]``, ``【1】``,
``[Source 1]``. What is in none of these forms, stands in code, or has a number that the prompt
does not have, is no citation; a number that the prompt does not have is reported.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from leanrag.types import Citation, Source, Span

_WORD = r"(?:(?:sources?|refs?|来源|资料|文献)\s*+[:.：]?\s*+)?"
_NUMBER = r"\^?\#?(?:[A-Z]|S{2,20})?\d{1,6}"
_BETWEEN = r"\s*+(?:[,;，、；&]|and|und|和|-|–|—|~|～)\s*+"
_MARK = re.compile(
    rf"(?P<open>[\[【［〔])\s*+{_WORD}(?P<list>{_NUMBER}(?:{_BETWEEN}{_WORD}{_NUMBER})*)"
    # What OpenAI's models put behind the number of a file that they searched.
    r"\s*+(?:[†:‡][^\]】］〕\n]{0,80})?[\]】］〕]",
    re.IGNORECASE,
)
_ITEM = re.compile(
    rf"\^?\#?(?P<prefix>[A-Za-z]*)(?P<first>\d+)"
    rf"(?:\s*+[-–—~～]\s*+{_WORD}\^?\#?(?P<prefix2>[A-Za-z]*)(?P<last>\d+))?",
    re.IGNORECASE,
)
_ANY_MARK = re.compile(r"[\[【［〔]\s*+([A-Za-z]*+)\s*+\d[^\]】］〕\n]{0,4000}+[\]】］〕]")
_SOURCE_WORD = re.compile(r"(?:sources?|refs?)(?=[\W\d])", re.IGNORECASE)
_CODE = re.compile(
    r"(?P<fence>```+|~~~+)[\s\S]*?(?:(?P=fence)|\Z)|(?<!`)(?P<tick>`++)[^`]+(?P=tick)"
)


def resolve(
    text: str, sources: Sequence[Source], *, mark_prefix: str = ""
) -> tuple[tuple[Citation, ...], tuple[str, ...]]:
    """The citations in an answer, and the marks for which there is no source.

    Args:
        text: what the model answered.
        sources: the prompt's, in the order of their marks.
        mark_prefix: what stands in front of the number in the prompt's marks.

    Returns:
        One citation for each source that a mark names, in the order of the text; and each unknown
        mark once, as it stands in the text.
    """
    citations: list[Citation] = []
    unknown: dict[str, None] = {}
    for match in _marks(text):
        numbers, odd = _numbers(match["list"], mark_prefix, len(sources))
        citations += (Citation(number, match.span(), sources[number - 1]) for number in numbers)
        if odd:
            unknown[match.group()] = None
    return tuple(citations), tuple(unknown)


def families(text: str) -> set[str]:
    """What stands in front of the numbers of everything in a text that may be read as a mark."""
    found = {match.group(1).casefold() for match in _ANY_MARK.finditer(text)}
    for match in _MARK.finditer(text):
        for item in _items(match["list"]):
            found |= {item["prefix"].casefold(), (item["prefix2"] or "").casefold()}
    return found


def _items(listed: str) -> Iterator[re.Match[str]]:
    return _ITEM.finditer(_SOURCE_WORD.sub("", listed))


def _marks(text: str) -> Iterator[re.Match[str]]:
    code: list[Span] = [match.span() for match in _CODE.finditer(text)]
    starts = [start for start, _ in code]
    for match in _MARK.finditer(text):
        before = bisect_right(starts, match.start()) - 1
        if before < 0 or code[before][1] <= match.start():
            yield match


def _numbers(listed: str, prefix: str, count: int) -> tuple[list[int], bool]:
    """The known numbers of a mark in order, each once, and whether it has others."""
    numbers: dict[int, None] = {}
    odd = False
    for item in _items(listed):
        first, last = int(item["first"]), int(item["last"] or item["first"])
        prefixes = {item["prefix"].casefold(), (item["prefix2"] or item["prefix"]).casefold()}
        if not prefixes <= {prefix.casefold(), ""} or prefix.casefold() not in prefixes:
            odd = True
            continue
        known = range(max(first, 1), min(last, count) + 1)
        numbers.update(dict.fromkeys(known))
        odd = odd or len(known) != last - first + 1
    return list(numbers), odd
