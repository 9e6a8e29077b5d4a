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

from leanrag.text.languages import HAN, HANGUL, KANA, STOP_WORDS, WORD_MARKS, detect_language

# Thai, Lao, Burmese and Khmer are written without spaces, too.
_UNSPACED = f"{HAN}{KANA}{HANGUL}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_LETTERS = rf"[^\W{_UNSPACED}](?:[^\W{_UNSPACED}]|[{WORD_MARKS}])*"
RUN = re.compile(f"[{_UNSPACED}]+")
_TOKEN = re.compile(
    rf"[{_UNSPACED}]+"
    rf"|(?<![\w-])--?(?=[A-Za-z]){_LETTERS}(?:-{_LETTERS})*"
    rf"|{_LETTERS}(?:(?:[.,'-]|::){_LETTERS})*(?:\+\+|\#(?!\w))?"
)
_ASCII_TOKEN = re.compile(
    r"(?<![\w-])--?(?=[A-Za-z])\w+(?:-\w+)*|\w+(?:(?:[.,'-]|::)\w+)*(?:\+\+|\#(?!\w))?"
)
_FRACTION = re.compile("[¼-¾⅐-⅞]")
_JOINT = re.compile(r"[._:,-]+")
_DOTS = re.compile(r"(?:\.|::)+")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_]+")
_CAMEL = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]{2}")
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*\Z")
_GROUPED_BY_COMMA = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?\Z")
_GROUPED_BY_STOP = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?\Z")
_QUANTITY = re.compile(r"([0-9]+(?:[.,][0-9]+)*)([^\W\d_]{1,3})\Z")
_NUMBER_ENDINGS = frozenset({"s", "st", "nd", "rd", "th"})
_COMMA_DECIMAL = frozenset({"de", "es", "fr", "ru", "it", "pt", "nl", "uk"})
_LATIN_STEMMERS = {
    "en": "english",
    "de": "german",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
}
_CLITICS = frozenset({"s", "t", "d", "m", "re", "ve", "ll"})
_UNDECOMPOSED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i"}
)
_CACHE_LIMIT = 1 << 16
_LONGEST = 100
_MOST_HUMPS = 8
"""A token longer than this, or of more parts, is no name but data (base64, a hash): one term."""


def terms(text: str, language: str | None = None) -> list[str]:
    """The BM25 terms of ``text``, in order, repeated as often as they stand in it.

    - Words are compatibility-normalised, folded to lower case, stemmed by Snowball
      (https://snowballstem.org) in ``language`` (detected where None; Latin words in a text of
      another script as English, Cyrillic ones as Russian) and freed of Latin and Greek accents:
      ``Röntgen`` and ``Rontgen`` are one term, since questions are often typed without. Stop
      words go, but not those in capitals within mixed text (``the US``, SQL's ``IN``).
    - Chinese, Japanese, Korean and other unspaced scripts give characters and their bigrams.
    - Identifiers give a whole and their parts; ``max_connections``, ``max-connections`` and
      ``maxConnections`` share the whole. Flags (``--dry-run``), dotted names and dunder names
      keep their exact form as well; ``C++`` and ``C#`` are terms; ``U.S.`` is ``us``.
    - Digit grouping goes: ``1,544`` is ``1544``; ``15GB`` is ``15`` and ``gb``, ``19th`` ``19``.

    A text of stop words alone keeps them, so only a text without letters and digits gives none.
    """
    pattern = _ASCII_TOKEN
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _FRACTION.sub(r" \g<0>", text).replace("’", "'"))
        pattern = _TOKEN
    if language is None:
        language = detect_language(text)
    tokens = pattern.findall(text)
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
    return _Vocabulary(language, keeps_stop_words=keeps_stop_words, shouts=shouts)


class _Vocabulary:
    """The terms of every token met so far in one language."""

    def __init__(self, language: str, *, keeps_stop_words: bool, shouts: bool) -> None:
        self.known: dict[str, tuple[str, ...]] = {}
        self._latin = language if language in _LATIN_STEMMERS else "en"
        self._comma_decimal = language in _COMMA_DECIMAL
        self._elides = language in ("fr", "it")
        self._shouts = shouts
        self._stops: frozenset[str] = frozenset()
        if not keeps_stop_words:
            nothing: frozenset[str] = frozenset()
            self._stops = STOP_WORDS.get(language, nothing) | STOP_WORDS.get(self._latin, nothing)
        phrases = sorted(word for word in self._stops if len(word) > 1 and RUN.match(word))
        phrases.sort(key=len, reverse=True)
        self._stop_phrase = re.compile("|".join(phrases)) if phrases else None
        self._stemmers = threading.local()

    def add(self, token: str) -> tuple[str, ...]:
        """The terms of a token; kept unless it is a run of characters, which seldom recurs."""
        if token[0] >= "\u0e00" and RUN.match(token):
            return tuple(self._characters(token))
        if len(token) > _LONGEST:
            return (token[:_LONGEST].casefold(),)
        entry = tuple(dict.fromkeys(filter(None, self._expand(token))))
        if len(self.known) >= _CACHE_LIMIT:
            self.known.clear()
        self.known[token] = entry
        return entry

    def _characters(self, run: str) -> list[str]:
        found: list[str] = []
        for piece in self._stop_phrase.split(run) if self._stop_phrase else (run,):
            found.extend(character for character in piece if character not in self._stops)
            found.extend(first + second for first, second in pairwise(piece))
        return found

    def _expand(self, token: str) -> list[str]:
        if token.isalpha():
            return self._humps(token) if _CAMEL.search(token) else self._word(token)
        if _NUMBER.match(token):
            return self._number(token)
        if quantity := _QUANTITY.match(token):
            return self._quantity(quantity[1], quantity[2].casefold())
        if token.endswith(("++", "#")):
            return [token.casefold()]
        if "'" in token:
            return self._with_apostrophe(token)
        pieces = [piece for piece in _JOINT.split(token) if piece]
        if pieces == [token]:
            return self._humps(token) if token.isalnum() else self._word(token)
        return self._joined(token, pieces)

    def _word(self, word: str) -> list[str]:
        lower = word.casefold()
        if lower in self._stops and (self._shouts or len(word) < 2 or not word.isupper()):
            return []
        return [self._stem(lower)]

    def _stem(self, word: str) -> str:
        if "\u0400" <= word[0] <= "\u052f":
            return self._snowball("russian", word).replace("ё", "е")
        stem = self._snowball(_LATIN_STEMMERS[self._latin], word)
        if stem.isascii() or not (word[0] < "\u0400" or "\u1e00" <= word[0] <= "\u1fff"):
            return stem
        bare = (c for c in unicodedata.normalize("NFD", stem) if not unicodedata.combining(c))
        return "".join(bare).translate(_UNDECOMPOSED)

    def _snowball(self, algorithm: str, word: str) -> str:
        # A Snowball stemmer keeps the word in itself: each thread has its own.
        stemmer: Any = getattr(self._stemmers, algorithm, None)
        if stemmer is None:
            import snowballstemmer

            stemmer = snowballstemmer.stemmer(algorithm)
            setattr(self._stemmers, algorithm, stemmer)
        return str(stemmer.stemWord(word))

    def _number(self, token: str) -> list[str]:
        if token.isdigit():
            return [token]
        if self._comma_decimal and (_GROUPED_BY_STOP.match(token) or token.count(",") == 1):
            return [token.replace(".", "").replace(",", ".")]
        if _GROUPED_BY_COMMA.match(token):
            return [token.replace(",", "")]
        if "," in token:
            return [term for piece in token.split(",") for term in self._number(piece)]
        # A version or an address is found by its first two numbers, too.
        pieces = token.split(".")
        return [token] if len(pieces) == 2 else [token, ".".join(pieces[:2])]

    def _quantity(self, number: str, unit: str) -> list[str]:
        found = self._number(number)
        if unit in _NUMBER_ENDINGS:
            return found
        return [*found, unit] if len(unit) > 1 else [number + unit, *found, unit]

    def _with_apostrophe(self, token: str) -> list[str]:
        if token.lower().endswith("n't"):
            return self._word(token[:-3]) if len(token) > 3 else []
        pieces = [piece for piece in token.split("'") if piece]
        if self._elides and len(pieces) > 1 and len(pieces[0]) <= 2:
            pieces = pieces[1:]
        pieces = [pieces[0], *(piece for piece in pieces[1:] if piece.lower() not in _CLITICS)]
        whole = ["".join(pieces).casefold()] if len(pieces) > 1 else []
        return whole + [term for piece in pieces for term in self._expand(piece)]

    def _humps(self, token: str) -> list[str]:
        """A CamelCase name or a mixture of letters and digits: the whole and its parts."""
        lower = token.casefold()
        parts = _HUMP.findall(token)
        if len(parts) > _MOST_HUMPS:
            return [lower]
        found = [self._stem(lower) if token.isalpha() else lower]
        for part in parts:
            if part.isdigit():
                found.append(part)
            elif len(part) > 1:
                found.extend(self._word(part))
        return found

    def _joined(self, token: str, pieces: list[str]) -> list[str]:
        """What stops, hyphens, underscores or colons join: a whole and the pieces' terms."""
        lower = token.casefold()
        joined = "".join(pieces).casefold()
        if len(pieces) > 1 and all(len(piece) == 1 and piece.isalpha() for piece in pieces):
            acronym = joined in self._stops and not token.replace(".", "").isupper()
            return [] if acronym else [joined]
        found: list[str] = []
        if token.startswith(("-", "__")) or "." in token or "::" in token or joined.isdigit():
            found.append(lower)
        if (len(pieces) > 1 and not found) or token.startswith("--"):
            found.append(self._stem(joined) if joined.isalpha() else joined)
        if "_" in token and "-" not in token:
            # ``join_all`` in ``os.path.join_all`` is a whole, too.
            dotted = [piece for piece in _DOTS.split(token) if piece]
            pieces = dotted if len(dotted) > 1 else pieces
        for piece in pieces:
            found.extend(self._expand(piece))
        return found
