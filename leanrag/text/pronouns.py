"""Sentences that open with a pronoun, and so lean on the sentence before them."""

import re

_OPENINGS = {
    "en": r"(?:he|she|it|they|his|her|its|their|this|these|those|such|the (?:former|latter))\b",
    "de": r"(?:er|sie|es|sein\w*|ihr\w*|dies\w*|jene\w*|deren|dessen)\b",
    "es": r"(?:él|ella|ellos|ellas|ello|eso|esto|est[ea]s?|estos|dich[oa]s?|sus?)\b",
    "ru": r"(?:он|она|оно|они|его|её|ее|их|это\w*|эт[аиу]|такой|такая|такие)\b",
    "zh": r"(?:[他她它]们?|这|那|该|此|其(?!中))",
}
_QUOTES = r"[\s\"'“‘«„「『(（*]*"
_EMPTY = re.compile(
    r"(?:it(?: is|'s| was)\b[^.,;]{0,40}\b(?:that|to)|es gibt|es (?:ist|war)\b[^.;]{0,40}, dass)\b",
    re.IGNORECASE,
)
"""Openings that point at nothing: ``It is known that …``."""
_PATTERNS = {
    language: re.compile(_QUOTES + opening, re.IGNORECASE)
    for language, opening in _OPENINGS.items()
}


def leans_back(sentence: str, language: str) -> bool:
    """Whether the sentence opens with a pronoun that an earlier sentence explains."""
    pattern = _PATTERNS.get(language)
    if pattern is None or not pattern.match(sentence):
        return False
    return not _EMPTY.match(sentence.lstrip("\"'“‘«„「『(（* \n\t"))
