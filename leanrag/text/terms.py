"""BM25 terms of documents and questions: words by stem, characters, identifiers, numbers.

Documents and questions go through the same function. A token's terms depend on the token and the
language alone, so they are worked out once and kept in a bounded dictionary: most of a text is
words seen before.
"""

import re
import threading
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Any

from leanrag.text.languages import HAN, KANA, STOP_WORDS, detect_language

_UNSPACED = f"{HAN}{KANA}\uac00-\ud7a3\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_RUN = f"[{_UNSPACED}]+"
_ALNUM = rf"[^\W{_UNSPACED}]"
_TOKEN = re.compile(
    rf"{_RUN}"
    rf"|(?<![\w-])--?(?=[A-Za-z]){_ALNUM}+(?:-{_ALNUM}+)*"
    rf"|{_ALNUM}+(?:(?:[.,'-]|::){_ALNUM}+)*(?:\+\+|#(?!\w))?"
)
_FRACTION = re.compile("[¼-¾⅐-⅞]")
_PART = re.compile(
    r"[0-9]+(?:\.[0-9]+)+|[0-9]+"
    r"|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+"
)
_CAMEL = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?\Z")
_GROUPED_BY_STOP = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?\Z")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*\Z")
_QUANTITY = re.compile(r"([0-9]+(?:[.,][0-9]+)*)([^\W\d_]{1,3})\Z")
_COMMA_DECIMAL = frozenset({"de", "es", "fr", "ru", "it", "pt", "nl", "uk"})
_STEMMERS = {
    "en": "english",
    "de": "german",
    "es": "spanish",
    "fr": "french",
    "ru": "russian",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
}
_CLITICS = frozenset({"s", "t", "d", "m", "re", "ve", "ll"})
_LETTERS_WITHOUT_MARKS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)
_CACHE_LIMIT = 1 << 16


def terms(text: str, language: str | None = None) -> list[str]:
    """The BM25 terms of ``text``, in order, repeated as often as they stand in it.

    - Words are compatibility-normalised, folded to lower case, stemmed by Snowball
      (https://snowballstem.org) in ``language`` (detected where None; Latin words in a text of
      another script as English, Cyrillic ones as Russian) and freed of Latin accents: ``Röntgen``
      and ``Rontgen`` are one term, since questions are often typed without. Stop words go, but
      not those in capitals within mixed text (``the US``, SQL's ``IN``).
    - Chinese, Japanese, Korean and other unspaced scripts give characters and their bigrams.
    - Identifiers give a whole and their parts; ``max_connections``, ``max-connections`` and
      ``maxConnections`` share the whole. Flags (``--dry-run``), dotted names and dunder names
      give their exact form too; ``C++`` and ``C#`` are terms.
    - Digit grouping goes: ``1,544`` is ``1544``; ``15GB`` is ``15`` and ``gb``.

    A text of stop words alone keeps them, so only a text without letters and digits gives none.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _FRACTION.sub(r" \g<0>", text).replace("’", "'"))
    if language is None:
        language = detect_language(text)
    tokens = _TOKEN.findall(text)
    found = _collect(tokens, _vocabulary(language, keeps_stop_words=False, shouts=text.isupper()))
    if not found and tokens:
        found = _collect(tokens, _vocabulary(language, keeps_stop_words=True, shouts=False))
    return found


def _collect(tokens: Iterable[str], vocabulary: "_Vocabulary") -> list[str]:
    known = vocabulary.known
    found: list[str] = []
    for token in tokens:
        entry = known.get(token)
        if entry is None:
            entry = vocabulary.add(token)
        found.extend(entry)
    return found


@lru_cache(maxsize=64)
def _vocabulary(language: str, keeps_stop_words: bool, shouts: bool) -> "_Vocabulary":
    return _Vocabulary(language, keeps_stop_words, shouts)


class _Vocabulary:
    """The terms of every token met so far in one language."""

    def __init__(self, language: str, keeps_stop_words: bool, shouts: bool) -> None:
        self.known: dict[str, tuple[str, ...]] = {}
        self._latin = language if language in _STEMMERS and language not in ("ru",) else "en"
        self._comma_decimal = language in _COMMA_DECIMAL
        self._elides = language in ("fr", "it")
        self._shouts = shouts
        self._stops: frozenset[str] = frozenset()
        if not keeps_stop_words:
            self._stops = STOP_WORDS.get(language, frozenset()) | STOP_WORDS.get(
                self._latin, frozenset()
            )
        self._local = threading.local()

    def add(self, token: str) -> tuple[str, ...]:
        """The terms of a token; kept unless it is a run of characters, which seldom recurs."""
        if token[0] >= "\u0e00" and re.match(_RUN, token):
            return tuple(self._characters(token))
        entry = tuple(dict.fromkeys(self._expand(token)))
        if len(self.known) >= _CACHE_LIMIT:
            self.known.clear()
        self.known[token] = entry
        return entry

    def _characters(self, run: str) -> list[str]:
        singles = [character for character in run if character not in self._stops]
        pairs = [a + b for a, b in pairwise(run)]
        return singles + [pair for pair in pairs if pair not in self._stops]

    def _expand(self, token: str) -> list[str]:
        if token.isalpha() and not _CAMEL.search(token):
            return self._word(token)
        if _NUMBER.match(token):
            return self._number(token)
        if quantity := _QUANTITY.match(token):
            return [*self._number(quantity[1]), *self._word(quantity[2])]
        if token.endswith(("++", "#")):
            return [token.casefold()]
        if "'" in token:
            return self._with_apostrophe(token)
        return self._identifier(token)

    def _word(self, word: str) -> list[str]:
        lower = word.casefold()
        if lower in self._stops and (self._shouts or len(word) < 2 or not word.isupper()):
            return []
        return [self._stem(lower)]

    def _stem(self, word: str) -> str:
        if "\u0400" <= word[0] <= "\u052f":
            return str(self._stemmer("ru").stemWord(word)).replace("ё", "е")
        stem = str(self._stemmer(self._latin).stemWord(word))
        return stem if stem.isascii() else _without_accents(stem)

    def _stemmer(self, language: str) -> Any:
        # A Snowball stemmer keeps the word in itself: one for each thread.
        stemmers = self._local.__dict__.setdefault("stemmers", {})
        if language not in stemmers:
            import snowballstemmer

            stemmers[language] = snowballstemmer.stemmer(_STEMMERS[language])
        return stemmers[language]

    def _number(self, token: str) -> list[str]:
        if token.isdigit():
            return [token]
        if self._comma_decimal:
            if _GROUPED_BY_STOP.match(token):
                return [token.replace(".", "").replace(",", ".")]
            if token.count(",") == 1:
                return [token.replace(".", "").replace(",", ".")]
        if _GROUPED.match(token):
            return [token.replace(",", "")]
        if "," in token:
            return [part for piece in token.split(",") for part in self._number(piece)]
        pieces = token.split(".")
        if len(pieces) == 2:
            return [token]
        return [token, ".".join(pieces[:2])]

    def _with_apostrophe(self, token: str) -> list[str]:
        if token.lower().endswith("n't"):
            return self._word(token[:-3])
        pieces = [piece for piece in token.split("'") if piece]
        if self._elides and len(pieces) > 1 and len(pieces[0]) <= 2:
            pieces = pieces[1:]
        pieces = [pieces[0], *(piece for piece in pieces[1:] if piece.lower() not in _CLITICS)]
        whole = ["".join(pieces).casefold()] if len(pieces) > 1 else []
        return whole + [term for piece in pieces for term in self._expand(piece)]

    def _identifier(self, token: str) -> list[str]:
        parts = _PART.findall(token)
        joined = "".join(parts).casefold()
        lower = token.casefold()
        found: list[str] = []
        if token.startswith(("-", "__")) or "." in token or "::" in token:
            found.append(lower)
        if len(parts) == 1:
            return found + self._word(parts[0])
        if "." not in token and "::" not in token:
            found.append(self._stem(joined) if joined.isalpha() else joined)
        for part in parts:
            found.extend(self._word(part) if part.isalpha() else [part])
        return found


def _without_accents(word: str) -> str:
    kept = [c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)]
    return "".join(kept).translate(_LETTERS_WITHOUT_MARKS)
