"""What must not be dropped from a text word by word, since a reader would be misled without it.

Every pattern is linear in the length of the text, or bounded in its reach: hostile documents
cannot make it slow. For the same reason the patterns of a user are no regular expressions.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import Literal, TypeAlias

from leanrag.compress.protected_words import (
    HAN_MEASURES,
    HAN_NEGATIONS,
    HAN_NUMERALS,
    LIMITS,
    MONTHS,
    NEGATIONS,
    NUMBER_WORDS,
    UNITS,
    VERBS_AND_MONTHS,
)
from leanrag.text.languages import HAN
from leanrag.text.stop_words import STOP_WORDS
from leanrag.text.words import split_words
from leanrag.types import Span

Kind: TypeAlias = Literal[
    "number",
    "date",
    "identifier",
    "url",
    "code",
    "quote",
    "negation",
    "limit",
    "citation",
    "custom",
]
HARD: frozenset[Kind] = frozenset({"number", "date", "identifier", "url", "citation"})
"""Kinds that dropping the words between two others could forge."""

_NEGATED_WORDS = 3
_LONGEST_QUOTE = 300
_DATE_REACH = 3

_URL = re.compile(
    r"(?:https?|ftp|file)://[^\s<>\"'“”「」（）]+|(?<![\w.])www\.[^\s<>\"'“”「」（）]+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"
)
_CODE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]{1,400}`|(?<![\w-])--?[A-Za-z][\w-]*(?:=[^\s]{1,80})?"
    r"|(?<![\w.])[A-Za-z_][\w.]{0,80}\([^()\n]{0,80}\)",
    re.DOTALL,
)
_QUOTE = re.compile(
    "|".join(
        rf"{opening}[^{closing}\n]{{1,{_LONGEST_QUOTE}}}[{closing}]"
        for opening, closing in (
            ('"', '"'), ("“", "”“"), ("„", "“”\""), ("«", "»"), ("»", "«"),
            ("「", "」"), ("『", "』"), ("《", "》"), ("〈", "〉"),
        )
    )
    + r"|‘(?:[^’\n]|’(?=\w)){1,300}’(?!\w)|(?<!\w)'(?:[^'\n]|'(?=\w)){1,100}'(?!\w)"
)  # fmt: skip
_CITATION = re.compile(
    r"\[[^\[\]\n]{1,30}\]|\[[^\[\]\n]{0,40}\d[^\[\]\n]{0,40}\]|\([^()\n]{2,80}\b(?:19|20)\d\d[a-z]?\)"
    "|[⁰¹²³⁴-⁹]+|[†‡]"
)
_NUMBER = re.compile(
    r"(?:(?<!\w)[-−+±]|[<>≤≥~≈]=?\s?|[€$£¥₹#№§]\s?)?"
    r"\d+(?:[.,:'’/]\d+|[ \u00a0\u202f]\d{3}(?!\d))*"
    r"(?:\s?[-–—−×x*/^=:]\s?\d+(?:[.,]\d+)*)*"
    r"(?:\s?[%‰°€$£¥])?"
)
_HAN_NUMBER = re.compile(
    rf"第[{HAN_NUMERALS}\d]+[{HAN}]?|[{HAN_NUMERALS}]{{2,}}[{HAN_MEASURES}]?"
    rf"|[{HAN_NUMERALS.replace('一', '')}][{HAN_MEASURES}]"
    rf"|(?<![\d.,])\d[\d.,]{{0,30}}\s?[{HAN_NUMERALS}{HAN_MEASURES}％]+"
)
_HAN_NEGATION = re.compile(rf"[{HAN_NEGATIONS}][{HAN}]{{0,2}}")
_CAMEL = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}")
_CODE_MARKS = "{}()[];=<>|\\$&"
_FEWEST_CODE_MARKS = 3
_CODE_SHARE = 0.12
_FUNCTION_WORDS = frozenset().union(*(STOP_WORDS[code] for code in ("en", "de", "es", "ru")))


@dataclass(frozen=True, slots=True)
class Protected:
    """A stretch of a text that stays as it is, ``text[start:end]``."""

    start: int
    end: int
    kind: Kind


def protect(text: str, patterns: Sequence[str] = ()) -> list[Protected]:
    """What of ``text`` is protected, in order of start; the stretches may overlap.

    Numbers with their sign, unit and scale, dates, identifiers, URLs and addresses, code and
    lines of tables, quoted strings, citation marks, and negations with what they negate, in
    English, German, Spanish, Russian and Chinese at once, since texts mix languages.

    Args:
        text: the text.
        patterns: what else to protect: words as they stand in the text, in which ``*`` stands
            for any characters of a word and ``?`` for one. A blank stands for any white space.
    """
    words = split_words(text)
    found = [
        Protected(match.start(), match.end(), kind)
        for pattern, kind in _PATTERNS
        for match in pattern.finditer(text)
    ]
    found.extend(_code_lines(text))
    found.extend(_identifiers(text, words))
    found.extend(_word_items(text, words))
    for given in patterns:
        found.extend(_custom(text, words, given))
    return sorted(found, key=lambda item: (item.start, item.end, item.kind))


def lost(items: Iterable[Protected], spans: Sequence[Span]) -> list[Protected]:
    """The protected stretches that the kept ``spans`` (in order, apart) do not hold whole."""
    starts = [start for start, _ in spans]
    missing = []
    for item in items:
        at = bisect_left(starts, item.start + 1) - 1
        if at < 0 or item.end > spans[at][1]:
            missing.append(item)
    return missing


def hard_strings(text: str) -> Counter[str]:
    """Numbers, dates, identifiers, URLs and citation marks as they read, with their count."""
    return Counter(
        "".join(text[item.start : item.end].split()) for item in protect(text) if item.kind in HARD
    )


def _identifiers(text: str, words: Sequence[Span]) -> Iterator[Protected]:
    for start, end in words:
        word = text[start:end]
        if any(map(str.isdigit, word)):
            yield Protected(start, end, "number" if word[0].isdigit() else "identifier")
        elif _is_identifier(word):
            yield Protected(start, end, "identifier")


def _is_identifier(word: str) -> bool:
    if len(word) < 3:
        return False
    if "_" in word or "::" in word or "@" in word or "/" in word or _CAMEL.search(word):
        return True
    parts = word.split(".")
    return len(parts) > 1 and all(len(part) > 1 for part in parts)


def _word_items(text: str, words: Sequence[Span]) -> Iterator[Protected]:
    """Negations, written numbers, units behind a number, and months beside one."""
    lower = [text[start:end].casefold() for start, end in words]
    numeric = [word[:1].isdigit() or word in NUMBER_WORDS for word in lower]
    for index, word in enumerate(lower):
        start, end = words[index]
        if word in NEGATIONS or word.endswith(("n't", "n’t")):
            yield Protected(start, words[_negated(lower, index)][1], "negation")
        elif word in LIMITS:
            yield Protected(start, end, "limit")
        elif word in NUMBER_WORDS:
            yield Protected(start, end, "number")
        elif word in MONTHS and (text[start].isupper() or word not in VERBS_AND_MONTHS):
            yield from _date(text, words, index)
        if index and numeric[index - 1] and _close(words, index) and text[start:end] in UNITS:
            yield Protected(words[index - 1][0], end, "number")


def _negated(lower: Sequence[str], index: int) -> int:
    """The word at which what is negated ends: the first that is no function word."""
    last = index
    for step in range(1, _NEGATED_WORDS + 1):
        if index + step >= len(lower) or not lower[index + step][0].isalnum():
            break
        last = index + step
        if lower[last] not in _FUNCTION_WORDS:
            break
    return last


def _date(text: str, words: Sequence[Span], index: int) -> Iterator[Protected]:
    """A month with the numbers beside it; a month alone may be a name (May) and is none."""
    reach = range(max(0, index - _DATE_REACH), min(len(words), index + _DATE_REACH + 1))
    near = [at for at in reach if text[words[at][0]].isdigit()]
    if near:
        yield Protected(words[min(index, *near)][0], words[max(index, *near)][1], "date")


def _close(words: Sequence[Span], index: int) -> bool:
    return words[index][0] - words[index - 1][1] <= 1


def _code_lines(text: str) -> Iterator[Protected]:
    """Lines full of code's marks, rows of tables among them."""
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        marks = sum(map(line.count, _CODE_MARKS))
        if marks >= _FEWEST_CODE_MARKS and marks >= _CODE_SHARE * len("".join(line.split())):
            body = line.strip()
            first = start + line.index(body)
            yield Protected(first, first + len(body), "code")
        start = end


def _custom(text: str, words: Sequence[Span], pattern: str) -> Iterator[Protected]:
    if "*" not in pattern and "?" not in pattern:
        for start, end in _literal(text, pattern):
            yield Protected(start, end, "custom")
        return
    tokens = [match.span() for match in re.finditer(r"\S+", text)]
    globs = _globs(pattern)
    for at in range(len(tokens) - len(globs) + 1):
        span = _matching(text, tokens[at : at + len(globs)], globs)
        if span:
            yield Protected(*span, "custom")


def _literal(text: str, pattern: str) -> Iterator[Span]:
    """Places of the words of ``pattern`` with any white space between them."""
    parts = pattern.split()
    wanted = re.compile(r"\s+".join(map(re.escape, parts)))
    for match in wanted.finditer(text):
        yield match.span()


@lru_cache(maxsize=64)
def _globs(pattern: str) -> tuple[re.Pattern[str], ...]:
    # fnmatch makes expressions that never go back behind a matched part
    return tuple(re.compile(translate(part.replace("[", "[[]"))) for part in pattern.split())


def _matching(text: str, tokens: Sequence[Span], globs: Sequence[re.Pattern[str]]) -> Span | None:
    """The span of the tokens where each fits its glob, with or without the marks around it."""
    start = end = -1
    for (first, last), glob in zip(tokens, globs, strict=True):
        token = text[first:last]
        bare = token.strip(".,;:!?()[]{}\"'“”‘’«»„")
        if bare and glob.match(bare):
            first += token.index(bare)
            last = first + len(bare)
        elif not glob.match(token):
            return None
        start = first if start < 0 else start
        end = last
    return start, end


_PATTERNS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (_URL, "url"),
    (_CODE, "code"),
    (_QUOTE, "quote"),
    (_CITATION, "citation"),
    (_NUMBER, "number"),
    (_HAN_NUMBER, "number"),
    (_HAN_NEGATION, "negation"),
)
