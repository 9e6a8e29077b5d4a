"""Sentences and lines as spans that tile a text.

Cuts are looked for at marks only (full stops and their kin, line ends) and each is judged by the
few characters around it, so the work is linear and a wrong abbreviation costs one sentence.
"""

import re
from dataclasses import dataclass

from leanrag.text import abbreviations
from leanrag.text.graphemes import skip_extenders
from leanrag.text.languages import HAN, KANA
from leanrag.text.long_sentences import split_long
from leanrag.text.stop_words import STOP_WORDS
from leanrag.types import Span

__all__ = ["split_lines", "split_long", "split_sentences"]

_WIDE = "。！？；｡"
_PLAIN = ".!?…؟۔।॥"
_OPENERS = "\"'“‘«»„‚‹›「『（《〈【［([{*_`¿¡"
_CLOSERS = "\"'”’»«›‹“)\\]}*_`」』）》〉】］"

_MARK = re.compile(f"[\n{_WIDE}{_PLAIN}]")
_END = re.compile(
    rf"(?P<marks>[{_WIDE}{_PLAIN}]+)"
    rf"(?P<closers>(?:[{_CLOSERS}]|\[\d{{1,3}}(?:[,–-]\d{{1,3}})*\]|[{_WIDE}{_PLAIN}])*)"
    rf"(?P<space>\s*)"
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_END = re.compile(r"\n[^\S\n]*")
_MARKER = re.compile(r"[^\S\n]*(?:[-*+•‣◦▪–—][^\S\n]|\d{1,2}[.)][^\S\n]|#{1,6}[^\S\n]|\||>|```)")
_NEXT = re.compile(rf"[{_OPENERS}—–-]*[^\S\n]?[{_OPENERS}]*")
_NEXT_WORD = re.compile(r"[^\W\d_]+")
_IDENTIFIER = re.compile(r"[a-z]+(?:[_.(:/]\w|[A-Z0-9_(])")
_EAST_ASIAN = re.compile(f"[{HAN}{KANA}]")
_QUOTE_PARTICLE = re.compile("と|って|など|という|の")
_LIST_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})*|[ivxlcIVXLC]{1,5}|[^\W\d_])\Z")
_LINE = re.compile(r"[^\n]*\n(?:[^\S\n]*\n)*")
_WORD_REACH = 32


def split_sentences(text: str, language: str = "en") -> list[Span]:
    """Spans of the sentences of ``text``; they tile it.

    The first starts at 0, each runs up to the start of the next (white space belongs to the
    sentence before it) and the last ends at ``len(text)``. An empty text has none. A blank line
    always ends a sentence; a single line end does so only around lines that are no prose: list
    items, table rows, headings. No cut falls into a word, a number or a grapheme.
    """
    if not text:
        return []
    judge = _Judge.of(text, language)
    starts = [0]
    position = 0
    while (mark := _MARK.search(text, position)) is not None:
        at = mark.start()
        if text[at] == "\n":
            cut = _cut_at_line_end(text, at)
            position = cut if cut is not None else at + 1
        else:
            found = _END.match(text, at)
            assert found is not None  # _END matches wherever _MARK finds a full stop
            position = found.end()
            cut = position if judge.ends_sentence(found, starts[-1]) else None
        if cut is not None:
            position = cut = skip_extenders(text, cut)
            if starts[-1] < cut < len(text) and not text[starts[-1] : cut].isspace():
                starts.append(cut)
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def split_lines(text: str) -> list[Span]:
    """Spans of the lines of ``text``; they tile it. Blank lines belong to the line before."""
    spans: list[Span] = []
    start = 0
    for line in _LINE.finditer(text):
        # Blank lines at the very start have no line before: they belong to the first.
        if not text[start : line.end()].isspace():
            spans.append((start, line.end()))
            start = line.end()
    if start < len(text):
        spans.append((start, len(text)))
    return spans


def _cut_at_line_end(text: str, at: int) -> int | None:
    """Where the next sentence starts if the line end at ``at`` ends one."""
    if paragraph := _PARAGRAPH.match(text, at):
        return paragraph.end()
    line_start = text.rfind("\n", 0, at) + 1
    if _MARKER.match(text, at + 1) or text.startswith(("#", "|"), line_start):
        line_end = _LINE_END.match(text, at)
        return line_end.end() if line_end else None
    return None


@dataclass(frozen=True, slots=True)
class _Judge:
    """Decides at each mark whether a sentence ends there."""

    text: str
    german: bool
    caseless: bool
    never: frozenset[str]
    maybe: frozenset[str]
    before_number: frozenset[str]
    starters: frozenset[str]

    @classmethod
    def of(cls, text: str, language: str) -> "_Judge":
        code = language if language in abbreviations.NEVER else "en"
        return cls(
            text=text,
            german=language == "de",
            caseless=text.islower(),
            never=abbreviations.NEVER[code],
            maybe=abbreviations.MAYBE[code],
            before_number=abbreviations.BEFORE_NUMBER[code],
            starters=abbreviations.STARTERS[code] | STOP_WORDS[code],
        )

    def ends_sentence(self, found: re.Match[str], sentence_start: int) -> bool:
        """Whether the marks, closing quotes and white space of ``found`` end a sentence."""
        text = self.text
        marks, closers, space = found.group("marks", "closers", "space")
        after = found.end()
        if after >= len(text):
            return False
        if "\n" in space and (_BLANK_LINE.search(space) or _MARKER.match(text, after)):
            return not self._is_list_number(found, sentence_start)
        if any(mark in _WIDE for mark in marks + closers):
            return self._ends_wide(closers, after)
        if not space:
            east_asian = _EAST_ASIAN.match(text, after) is not None
            return east_asian and marks != "." and not _QUOTE_PARTICLE.match(text, after)
        return self._ends_plain(found, sentence_start)

    def _ends_wide(self, closers: str, after: int) -> bool:
        if self.text[after] in "，、,;；:：。）」』】":
            return False
        return not (closers and _QUOTE_PARTICLE.match(self.text, after))

    def _ends_plain(self, found: re.Match[str], sentence_start: int) -> bool:
        text = self.text
        marks, closers = found.group("marks", "closers")
        after = found.end()
        if text[after] in ",;:)]}”%!?.…":
            return False
        lead = _NEXT.match(text, after)
        head = lead.end() if lead else after
        first = text[head] if head < len(text) else ""
        full_stop = marks == "."
        word = self._word_before(found.start(), sentence_start) if full_stop else ""
        if first.islower() and not self.caseless:
            named = full_stop and len(word) > 1 and _IDENTIFIER.match(text, head) is not None
            return named and word.lower() not in self.never | self.maybe
        if not full_stop:
            # "(sic!) Then": the bracket opened inside the sentence, so its mark ends nothing.
            aside = ")" in closers and text.rfind("(", sentence_start, found.start())
            return not (aside and aside > sentence_start and marks[0] in "!?")
        if not word:
            return any(c.isalnum() for c in text[sentence_start : found.start()])
        if self._is_list_number(found, sentence_start):
            return False
        return self._ends_after_word(word, head)

    def _ends_after_word(self, word: str, head: int) -> bool:
        """Whether the full stop behind ``word`` ends a sentence that could go on at ``head``."""
        lower = word.lower()
        digit_next = self.text[head : head + 1].isdigit()
        if lower in self.never:
            return False
        if lower in self.before_number and digit_next:
            return False
        if word[-1].isdigit():
            if digit_next and word.isdigit() and len(word) <= 2:
                return False
            ordinal = self.german and word.isdigit() and len(word) <= 2
            return not ordinal or self._starter_at(head)
        initials = len(word) == 1 or (
            "." in word and all(len(part) == 1 for part in word.split("."))
        )
        if initials or lower in self.maybe:
            return self._starter_at(head)
        return True

    def _starter_at(self, head: int) -> bool:
        found = _NEXT_WORD.match(self.text, head)
        return found is not None and found.group().lower() in self.starters

    def _word_before(self, at: int, sentence_start: int) -> str:
        words = self.text[max(sentence_start, at - _WORD_REACH) : at].split()
        return words[-1].lstrip(_OPENERS + "—–-/").rstrip(_CLOSERS) if words else ""

    def _is_list_number(self, found: re.Match[str], sentence_start: int) -> bool:
        """Whether the full stop stands behind a number or letter that opens the line."""
        at = found.start()
        if found.group("marks") != ".":
            return False
        line_start = self.text.rfind("\n", max(sentence_start, at - _WORD_REACH), at) + 1
        opening = self.text[max(sentence_start, line_start) : at].strip(_OPENERS + " \t-•")
        return _LIST_NUMBER.match(opening) is not None
