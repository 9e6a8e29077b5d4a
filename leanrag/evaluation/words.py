"""Words as the metrics see them: normalised, in any language, with their place in the text.

A word is a run of letters, a number, an abbreviation of single letters (U.S.), or one character
of a script without spaces (Han, Kana, Thai, Lao, Khmer, Burmese). White space and punctuation
never matter, so Chinese compares without spaces. It is kept apart from the product's own
tokenization: a change there must not move the yardstick.
"""

import re
import unicodedata

from leanrag.types import Span

# Scripts written without spaces; Hangul has them.
_UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
# Vowel signs and accents that stand as characters of their own belong to the letter before them.
_MARKS = "".join(
    chr(code) for code in range(0x300, 0xAB00) if unicodedata.category(chr(code)).startswith("M")
)
_LETTER = rf"[^\W\d_{_UNSPACED}][{_MARKS}]*"
_WORD = re.compile(
    rf"[{_UNSPACED}][{_MARKS}]*"
    r"|\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?"
    r"|\d+(?:\.\d+)*"
    rf"|(?<!\w){_LETTER}(?:\.{_LETTER})+(?!\w)"
    rf"|(?:{_LETTER})+"
)
_FINAL_ZEROS = re.compile(r"(\.\d*?)0+$")
_ARTICLES = {
    "en": frozenset({"a", "an", "the"}),
    "de": frozenset(
        {"der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer"}
    ),
    "es": frozenset({"el", "la", "los", "las", "un", "una", "unos", "unas"}),
    "fr": frozenset({"le", "la", "les", "l", "un", "une", "des"}),
    "it": frozenset({"il", "lo", "la", "i", "gli", "le", "un", "uno", "una"}),
    "pt": frozenset({"o", "a", "os", "as", "um", "uma"}),
}


def word_spans(text: str) -> list[Span]:
    """Where the words of ``text`` stand; offsets are code points into it as given."""
    return [match.span() for match in _WORD.finditer(text)]


def normalise(text: str) -> str:
    """NFKC, case folded, accents kept, with the marks that some fonts vary made plain."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def words(text: str) -> list[str]:
    """The normalised words of ``text``, in order.

    >>> words("The U.S. paid $1,577.00 — 308分!")
    ['the', 'us', 'paid', '1577', '308', '分']
    """
    return [_plain(match.group()) for match in _WORD.finditer(normalise(text))]


def content_words(text: str, language: str) -> tuple[str, ...]:
    """The words without articles; all of them where nothing else is left."""
    found = words(text)
    articles = _ARTICLES.get(language[:2].lower(), frozenset())
    return tuple(word for word in found if word not in articles) or tuple(found)


def _plain(word: str) -> str:
    if not word[0].isdigit():
        return word.replace(".", "")
    number = word.replace(",", "")
    return _FINAL_ZEROS.sub(r"\1", number).rstrip(".") if number.count(".") == 1 else number
