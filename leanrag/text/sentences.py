"""Sentences and lines as spans that tile a text.

Cuts are looked for at marks only (full stops and their kin, line ends) and each is judged by the
few characters around it, so the work is linear and a wrong abbreviation costs one sentence.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

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

# A full stop before a letter or digit, as in names and numbers, ends nothing.
_MARK = re.compile(f"[\n{_WIDE}]|[{_PLAIN}](?![A-Za-z0-9])")
_END = re.compile(
    rf"(?P<marks>[{_WIDE}{_PLAIN}]+)"
    rf"(?P<closers>(?:[{_CLOSERS}]|\[\d{{1,3}}(?:[,–-]\d{{1,3}})*\]|[{_WIDE}{_PLAIN}]"
    # Closers that stand alone, as in tokenised text and in French: . '' and ! »
    r"|[^\S\n]+(?:''|[”»)\]]|'(?=[^\S\n]+''))(?=\s|\Z))*)"
    rf"(?P<space>\s*)"
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_LINE_END = re.compile(r"\n[^\S\n]*")
_MARKER = re.compile(r"[^\S\n]*(?:[-*+•‣◦▪][^\S\n]|\d{1,2}[.)][^\S\n]|#{1,6}[^\S\n]|\||>|```)")
_NEXT = re.compile(rf"[{_OPENERS}—–-]*[^\S\n]?[{_OPENERS}]*")
_NEXT_WORD = re.compile(r"[^\W\d_]+")
# A sentence may start with the lower-case name of something: an identifier, or a plain word that
# a verb follows at once ("port is a string").
_NAME_FIRST = re.compile(
    r"[a-z]+(?:[_.(:/]\w|[A-Z0-9_(])"
    r"|[a-z]\w*\s+(?:is|are|was|were|can|may|must|should|will|has|have|does|do)\b"
)
_EAST_ASIAN = re.compile(f"[{HAN}{KANA}]")
_QUOTE_PARTICLE = re.compile("と|って|など|という|の")
_LIST_NUMBER = re.compile(
    r"(?:(?:Table|Figure|Example|Chapter|Section|Appendix|Part|Listing|Tabelle|Abbildung|Kapitel"
    r"|Beispiel|Tabla|Figura|Capítulo|Таблица|Рисунок|Глава)\s+)?"
    r"(?:(?:\d{1,3}|[A-Z])(?:\.\d{1,3})*|[ivxlcIVXLC]{1,5}|[^\W\d_])\Z"
)
_NUMBERING = re.compile(r"[#§]?(?:\d|[A-Z]{1,2}\d|[IVXLC]{2,}\b)")
_LINE = re.compile(r"[^\n]*(?:\n(?:[^\S\n]*\n)*|\Z)")
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
            cut = judge.cut_behind(found, starts[-1])
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
        if line.end() > start and not text[start : line.end()].isspace():
            spans.append((start, line.end()))
            start = line.end()
    if start < len(text):
        # Only white space is left: it belongs to the last line, if there is one.
        spans.append((spans.pop()[0] if spans else 0, len(text)))
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


@lru_cache
def _starters(code: str) -> frozenset[str]:
    return abbreviations.STARTERS[code] | STOP_WORDS[code]


@dataclass(frozen=True, slots=True)
class _Judge:
    """Decides at each mark whether a sentence ends there."""

    text: str
    english: bool
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
            english=code == "en",
            german=language == "de",
            caseless=text.islower(),
            never=abbreviations.NEVER[code],
            maybe=abbreviations.MAYBE[code],
            before_number=abbreviations.BEFORE_NUMBER[code],
            starters=_starters(code),
        )

    def cut_behind(self, found: re.Match[str], sentence_start: int) -> int | None:
        """Where the next sentence starts if what ``found`` holds ends one."""
        if not self._ends_sentence(found, sentence_start):
            return None
        closers = found.group("closers")
        if found.group("marks")[-1] in _WIDE and not found.group("space"):
            # Without a space, these may as well open what follows: 。“好” and 。"好".
            for offset, closer in enumerate(closers):
                opened = self.text.count(closer, sentence_start, found.start("closers"))
                if closer in "“‘«" or (closer in "\"'" and opened % 2 == 0):
                    return found.start("closers") + offset
        return found.end()

    def _ends_sentence(self, found: re.Match[str], sentence_start: int) -> bool:
        text = self.text
        marks, closers, space = found.group("marks", "closers", "space")
        after = found.end()
        if after >= len(text):
            return False
        if "\n" in space:
            if _BLANK_LINE.search(space):
                return True
            if _cut_at_line_end(text, text.index("\n", found.start())) is not None:
                return not self._is_list_number(found, sentence_start)
        if any(mark in _WIDE for mark in marks + closers):
            return self._ends_wide(found, sentence_start)
        if not space:
            east_asian = _EAST_ASIAN.match(text, after) is not None
            return east_asian and marks != "." and not _QUOTE_PARTICLE.match(text, after)
        return self._ends_plain(found, sentence_start)

    def _ends_wide(self, found: re.Match[str], sentence_start: int) -> bool:
        after = found.end()
        if self.text[after] in "，、,;；:：。）」』】":
            return False
        if found.group("marks") == "；" and self._in_brackets(found.start(), sentence_start):
            return False
        return not (found.group("closers") and _QUOTE_PARTICLE.match(self.text, after))

    def _in_brackets(self, at: int, sentence_start: int) -> bool:
        start = max(sentence_start, at - 8 * _WORD_REACH)
        opened, closed = (
            max(self.text.rfind(bracket, start, at) for bracket in pair) for pair in ("(（", ")）")
        )
        return opened > closed

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
            return full_stop and self._ends_before_lower(found, word, head)
        if not full_stop:
            # "(sic!) Then": the bracket opened inside the sentence, so its mark ends nothing.
            if marks in ("...", "…") and text[found.start() - 1 : found.start()].isspace():
                return self._starter_at(head)
            aside = ")" in closers and text.rfind("(", sentence_start, found.start())
            return not (aside and aside > sentence_start and marks[0] in "!?")
        if not word:
            window = text[max(sentence_start, found.start() - 4 * _WORD_REACH) : found.start()]
            return any(character.isalnum() for character in window)
        if self._is_list_number(found, sentence_start):
            return False
        return self._ends_after_word(word, head)

    def _ends_before_lower(self, found: re.Match[str], word: str, head: int) -> bool:
        """Whether a sentence begins with the lower-case word at ``head``, a name in most cases."""
        lower = word.lower()
        if len(word) < 2 or not word[-1].isalpha() or lower in self.never or lower in self.maybe:
            return False
        wide_space = found.group("space").count(" ") > 1 and "." not in word
        return wide_space or _NAME_FIRST.match(self.text, head) is not None

    def _ends_after_word(self, word: str, head: int) -> bool:
        """Whether the full stop behind ``word`` ends a sentence that could go on at ``head``."""
        lower = word.lower()
        if lower in self.never:
            return False
        if lower in self.before_number and _NUMBERING.match(self.text, head):
            return False
        digit_next = self.text[head : head + 1].isdigit()
        if word[-1].isdigit():
            if digit_next and word.isdigit() and len(word) <= 2:
                return False
            ordinal = self.german and word.isdigit() and len(word) <= 2
            return not ordinal or self._starter_at(head)
        initials = all(len(part) == 1 and part.isalpha() for part in word.split("."))
        if initials and (not self.english or word.isupper() or digit_next):
            return self._starter_at(head)
        if lower in self.maybe:
            return self._starter_at(head) or self.text[head - 2 : head].isspace()
        return True

    def _starter_at(self, head: int) -> bool:
        """Whether the word at ``head`` is one at which sentences commonly start."""
        found = _NEXT_WORD.match(self.text, head)
        if found is None or found.group().lower() not in self.starters:
            return False
        word = found.group()
        if len(word) == 1:
            return not self.text.startswith(".", found.end())  # "E. A. Poe": no article
        return not word.isupper()  # "CREATE TABLE ... AS": no adverb

    def _word_before(self, at: int, sentence_start: int) -> str:
        words = self.text[max(sentence_start, at - _WORD_REACH) : at].split()
        return words[-1].lstrip(_OPENERS + "—–-/").rstrip(_CLOSERS) if words else ""

    def _is_list_number(self, found: re.Match[str], sentence_start: int) -> bool:
        """Whether the full stop stands behind a number or letter that opens the line."""
        at = found.start()
        if found.group("marks") != ".":
            return False
        reach = max(sentence_start, at - _WORD_REACH)
        start = self.text.rfind("\n", reach, at) + 1 or reach
        if start not in (0, sentence_start) and self.text[start - 1] != "\n":
            return False
        opening = self.text[start:at].strip(_OPENERS + " \t-•")
        return _LIST_NUMBER.match(opening) is not None
