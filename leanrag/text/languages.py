"""Which language a text is in, by its script and then by its function words."""

import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from leanrag.text.stop_words import STOP_WORDS

__all__ = [
    "HAN",
    "HANGUL",
    "KANA",
    "STOP_WORDS",
    "WORD_MARKS",
    "detect_language",
]

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9f"
HANGUL = "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"
WORD_MARKS = "\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u200c\u200d"
"""Ranges of code points, to stand inside a character class of a regular expression.

``WORD_MARKS`` are the marks inside words of Latin, Semitic and Indic scripts that ``\\w`` leaves
out.
"""

_LATIN = (
    "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
    "\uff21-\uff3a\uff41-\uff5a"
)
_SCRIPTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "latin": re.compile(f"[{_LATIN}]"),
        "han": re.compile(f"[{HAN}]"),
        "kana": re.compile(f"[{KANA}]"),
        "ko": re.compile(f"[{HANGUL}]"),
        "cyrillic": re.compile("[\u0400-\u052f]"),
        "el": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
        "ar": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
        "he": re.compile("[\u0590-\u05ff]"),
        "hi": re.compile("[\u0900-\u097f]"),
        "th": re.compile("[\u0e00-\u0e7f]"),
    }
)
_WORD = re.compile(rf"[{_LATIN}]{{2,}}")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_NOT_UKRAINIAN = re.compile("[ыэъёЫЭЪЁ]")

_SAMPLE = 6000
"""Code points looked at: that many from the start, and as many from the middle."""

_MORE_PROFILES = {
    "it": "il lo la gli le un una di del della dei delle al alla che è sono non con per nel nella "
    "come anche più da dal questo questa chi cosa quale quando dove perché stato stata era",
    "pt": "o a os as um uma do da dos das no na nos nas ao que é são não com por para em como "
    "mais foi ser quem qual quando onde seu sua também pelo pela está",
    "nl": "de het een van en in is dat op te zijn met voor niet aan er door ook als bij naar wie "
    "wat waar wanneer hoe werd was deze dit die worden uit",
}
# Question words that are no English words: one of them tells what a short question is in.
_TELLING_WORDS = (
    "wer wen wem wo wann wie warum wieso weshalb welche welcher welches worum "
    "quién quiénes qué cuál cuáles cuándo dónde cómo cuánto cuánta cuántos cuántas "
    "où quand pourquoi combien quel quelle quels quelles "
    "chi cosa perché dove quale quando quem quais onde waar waarom wanneer hoe"
)
_TELLING = frozenset(_TELLING_WORDS.split())
_PROFILES: Mapping[str, frozenset[str]] = MappingProxyType(
    {code: STOP_WORDS[code] for code in ("en", "de", "es", "fr")}
    | {code: frozenset(words.split()) for code, words in _MORE_PROFILES.items()}
)


def detect_language(text: str) -> str:
    """The ISO 639-1 code of the language that most of ``text`` is in.

    Told apart by script: zh, ja, ko, ru, uk, el, ar, he, hi, th; by function words: en, de, es,
    fr, it, pt, nl. A Latin text that shows no clear profile is ``"en"``, and so is a text
    without letters. A long text is judged by its beginning and its middle.
    """
    sample = _sample(text)
    if sample.isascii():
        return _latin_language(sample)
    characters = Counter(sample)
    counts = {
        script: sum(n for character, n in characters.items() if pattern.match(character))
        for script, pattern in _SCRIPTS.items()
    }
    # A character of these scripts says about as much as three letters of an alphabet.
    weights = {"han": 3, "kana": 3, "ko": 3}
    east_asian = 3 * (counts["han"] + counts["kana"])
    others = {code: n * weights.get(code, 1) for code, n in counts.items()}
    del others["han"], others["kana"]
    leader = max(others, key=lambda code: others[code])
    if east_asian > others[leader]:
        # Chinese texts quote a Japanese name now and then; Japanese has kana in every clause.
        return "ja" if 8 * counts["kana"] > counts["han"] else "zh"
    if leader == "cyrillic":
        ukrainian = _UKRAINIAN.search(sample) and not _NOT_UKRAINIAN.search(sample)
        return "uk" if ukrainian else "ru"
    if leader != "latin":
        return leader
    return _latin_language(sample)


def _sample(text: str) -> str:
    if len(text) <= 2 * _SAMPLE:
        return text
    middle = len(text) // 2
    return text[:_SAMPLE] + " " + text[middle : middle + _SAMPLE]


def _latin_language(sample: str) -> str:
    words = Counter(_WORD.findall(sample.casefold())[:2000])
    scores = {
        code: sum(n * (1 + (word in _TELLING)) for word, n in words.items() if word in profile)
        for code, profile in _PROFILES.items()
    }
    best = max(scores, key=lambda code: (scores[code], code == "en"))
    # Names hold a stray "die" or "de" (Die Hard, Rio de Janeiro), and so do lists and tables.
    if scores[best] <= scores["en"] or scores[best] < max(2, 0.1 * words.total()):
        return "en"
    return best
