"""Recognises a transcript: who speaks at the start of a line or paragraph."""

import re
from collections import Counter
from collections.abc import Sequence

_TIME = r"[\[(<]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])>]?"
_NAME = r"[^\W\d_][\w.'’&/-]*(?:[ ][\w.'’&/()-]+){0,4}"
_LABEL = re.compile(
    rf"(?:[-–—>*]\s+)?(?:{_TIME}\s*[-–—]?\s*)?(?:\*\*|<)?(?P<name>{_NAME})(?:\*\*|>)?"
    rf"\s*(?:[\[(]?{_TIME}[\])]?\s*)?[:：](?:\*\*)?(?=\s|\Z)"
)
_MAX_NAME = 40
_MIN_TURNS = 6
_SHARE = 0.6
_MAX_SPEAKERS_SHARE = 0.5
"""Of the turns: in a list of terms every label is new, in a talk the same people speak again."""


def speaker(text: str) -> str:
    """The name in front of a turn ("Ann: …", "[00:12] **Ann**: …"), or nothing."""
    match = _LABEL.match(text)
    if match is None or len(match["name"]) > _MAX_NAME:
        return ""
    return match["name"].strip()


def is_transcript(paragraphs: Sequence[str]) -> bool:
    """Whether most paragraphs are turns of speakers that come back."""
    names = Counter(name for name in map(speaker, paragraphs) if name)
    turns = names.total()
    if turns < _MIN_TURNS or turns < _SHARE * len(paragraphs):
        return False
    return 1 < len(names) <= _MAX_SPEAKERS_SHARE * turns
