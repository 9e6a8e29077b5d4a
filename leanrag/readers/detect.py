"""Tells in which encoding bytes of text are that do not say it, and how sure that is.

``chardet`` weighs the statistics of languages. Short texts, and Latin ones with few accents, need
more: what a reading makes of the bytes must look like words, and between readings that do so
alike the common encoding is the likelier one.
"""

import re
from typing import NamedTuple

from leanrag.readers import multibyte

SAMPLE = 1 << 16
_MULTIBYTE = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
_CODECS = {
    "iso-8859-1": "cp1252",
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift_jis_2004": "cp932",
    "euc_jis_2004": "euc_jp",
    "tis-620": "cp874",
    "ibm855": "cp855",
    "ibm866": "cp866",
    "windows-1252": "cp1252",
}
_COMMON = {
    "cp1252": 0.07,
    **dict.fromkeys(("cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"), 0.03),
    **dict.fromkeys((*_MULTIBYTE, "koi8-r", "cp874"), 0.03),
    **dict.fromkeys(("iso8859-2", "iso8859-5", "iso8859-7", "iso8859-8", "iso8859-9"), 0.02),
    **dict.fromkeys(("iso8859-15", "mac-roman", "cp866", "koi8-u", "cp850", "cp1258"), 0.01),
    **dict.fromkeys(("cp437", "cp852", "iso8859-6", "iso8859-13", "mac-cyrillic"), 0.005),
    **dict.fromkeys(("cp857", "mac-greek", "mac-latin2", "mac-turkish", "cp737", "cp862"), 0.0),
}
"""How common an encoding is, as a part of a share of evidence; all others are rare."""
_RARE = -0.1
_WEIGHT = 0.1
"""Of how common an encoding is, beside chardet's confidence; all of it where that is nothing."""
_NOTHING = 0.08
_IMPLAUSIBLE = 0.6
_EQUAL = 0.01
_NEAR = 0.15
_MIN_CHARACTERS = 8
_JAPANESE = ("cp932", "euc_jp")
_SYLLABLES = 0.2
_LETTERS = "A-Za-zÀ-ÖØ-öø-ɏ"
_ODD = re.compile(
    "[\x80-\x9f\u2400-\u259f\ue000-\uf8ff\ufffd]"  # controls, boxes, what nobody has assigned
    f"|(?<=[{_LETTERS}])[^\\W\\d_{_LETTERS}ªº\u0300-\u036f]"  # another script goes on with a word
    f"|[^\\W\\d_{_LETTERS}ªºµ\u0300-\u036f](?=[{_LETTERS}])"
    "|(?<=[a-zß-öø-ÿ])[A-ZÀ-ÖØ-Þ](?=[a-zß-öø-ÿ]|\\b)"  # a capital inside or behind a word
    "|(?<=[a-zß-öø-ÿ])[ŒŠŽŸŁĄĘĆŃŚŹŻČĎĚŇŘŤŮĽŐŰ‘“”„‚…†‡‹›](?=[a-zß-öø-ÿ])"
    "|(?<!\\w)[‚†‡…](?=[a-zß-öø-ÿа-яё])"
    "|([ŒŠŽŸ‘“”„‚…†‡‹›])(?=\\1)|(?<=[a-z])[—–](?=\\s)"
    f"|(?<=[{_LETTERS}])[¡-©«-´¶-¹»-¿×÷√∞≤≥≠∂∑∏π∫Ω◊‰†‡•⌐¬](?=[a-zß-öø-ÿ])"  # a sign inside one
)
_KANA = re.compile("[\u3041-\u30fe]")
_HIGH = re.compile("[^\x00-\x7f]")


class Reading(NamedTuple):
    """The codec that bytes are in; ``rival`` gives another text and is nearly as likely."""

    encoding: str
    rival: str = ""


def detect(data: bytes) -> Reading | None:
    """The likeliest reading of bytes that are not UTF-8, None where none is a text."""
    start = max(0, data.rfind(b"\n", 0, _first_high(data)) + 1)
    sample = data[start : start + SAMPLE]
    candidates = _candidates(sample)
    most = max(candidates.values(), default=0.0)
    weight = _WEIGHT if most > _NOTHING else 1.0
    scored: list[tuple[float, str, str]] = []
    for encoding, confidence in candidates.items():
        if confidence < most - _NEAR:
            continue
        text = sample.decode(encoding, "replace")
        score = confidence + weight * _COMMON.get(encoding, _RARE)
        score -= _IMPLAUSIBLE * _odd_share(text)
        scored.append((score, encoding, text))
    scored.sort(reverse=True)
    if not scored:
        return None
    score, best, text = scored[0]
    rivals = (name for other, name, read in scored[1:] if other >= score - _EQUAL and read != text)
    return Reading(best, next(rivals, ""))


def _first_high(data: bytes) -> int:
    match = re.search(rb"[\x80-\xff]", data)
    return match.start() if match else 0


def _candidates(sample: bytes) -> dict[str, float]:
    """The encodings that the bytes may be in, each once, with chardet's confidence.

    A damaged byte rules an encoding out for it: of those of many bytes, what is left without the
    damage is asked about.
    """
    import chardet

    found: dict[str, float] = {}
    for guess in chardet.detect_all(sample, ignore_threshold=True):
        encoding = _codec(guess["encoding"])
        if encoding and not encoding.startswith(("utf", "iso2022")):
            found[encoding] = max(guess["confidence"], found.get(encoding, 0.0))
    for encoding in _MULTIBYTE:
        text = multibyte.decode(sample, encoding)
        if encoding in _JAPANESE and 2 * len(_KANA.findall(text)) > len(_HIGH.findall(text)):
            found[encoding] = found.get(encoding, 0.0) + _SYLLABLES  # of which chardet knows few
        marks = text.count("\ufffd")
        high = len(_HIGH.findall(text)) if marks else 0
        if high >= _MIN_CHARACTERS and marks <= max(1, high // 50):
            whole = text.replace("\ufffd", "").encode(encoding, "ignore")
            for guess in chardet.detect_all(whole, ignore_threshold=True):
                if _codec(guess["encoding"]) == encoding:
                    found[encoding] = max(guess["confidence"], found.get(encoding, 0.0))
    return found


def _codec(name: str | None) -> str:
    import codecs

    if not name:
        return ""
    try:
        return _CODECS.get(name.lower()) or codecs.lookup(name).name
    except LookupError:
        return ""


def _odd_share(text: str) -> float:
    """Of the characters that are no ASCII, the share that stands where no word has it."""
    high = len(_HIGH.findall(text))
    return min(1.0, sum(1 for _ in _ODD.finditer(text)) / high) if high else 1.0
