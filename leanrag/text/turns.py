"""Recognises a transcript: who speaks at the start of a line or paragraph."""

import re
from collections import Counter
from collections.abc import Sequence

from leanrag.text.languages import HAN, KANA

_TIME = r"[\[(<]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])>]?"
_NAME = r"[^\W\d_][\w.'’&/-]*(?:[ ][\w.'’&/()-]+){0,4}"
_LABEL = re.compile(
    rf"(?:[-–—>*]\s++)?(?:{_TIME}\s*+[-–—]?\s*+)?(?:\*\*|<)?(?P<name>{_NAME})(?:\*\*|>)?"
    rf"\s*+(?:{_TIME}\s*+)?(?::(?:\*\*)?(?=\s|\Z)|：)"
)
_WORD = re.compile(rf"[^\W{HAN}{KANA}]+|[{HAN}{KANA}]")
_MAX_NAME = 40
_MIN_TURNS = 6
_SHARE = 0.6
_MAX_SPEAKERS_SHARE = 0.5
"""Of the turns: in a list of terms every label is new, in a talk the same people speak again."""
_MIN_WORDS = 5
"""On average, label included: records of fields have less to say."""


def speaker(text: str) -> str:
    """The name in front of a turn ("Ann: …", "[00:12] **Ann**: …"), or nothing."""
    match = _LABEL.match(text)
    if match is None or len(match["name"]) > _MAX_NAME:
        return ""
    return match["name"].strip()


def is_transcript(paragraphs: Sequence[str]) -> bool:
    """Whether most paragraphs are turns of speakers that come back."""
    spoken = [text for text in paragraphs if speaker(text)]
    names = Counter(map(speaker, spoken))
    turns = len(spoken)
    if turns < _MIN_TURNS or turns < _SHARE * len(paragraphs):
        return False
    if sum(len(_WORD.findall(text)) for text in spoken) < _MIN_WORDS * turns:
        return False
    return 1 < len(names) <= _MAX_SPEAKERS_SHARE * turns
