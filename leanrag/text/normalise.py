"""The one form in which text is stored: everything later counts offsets into it."""

import re
import unicodedata

_NOISE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters but for white space
    "\u00ad"  # soft hyphen
    "\u200b\u2060\ufeff"  # zero-width space, word joiner, byte order mark
    "\ud800-\udfff"  # surrogates: alone in a Python string, whatever they once were
    "]+"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028]")
_HARD_SPACES = re.compile("[\u00a0\u2007\u202f]")


def normalise(text: str) -> str:
    """The canonical form of ``text``: NFC, ``\\n`` line ends, nothing invisible but meaningless.

    Control characters, lone surrogates, soft hyphens, byte order marks and zero-width spaces
    go; the zero-width joiner and non-joiner stay, since they change the meaning of scripts and
    emoji. Page and line separators become line ends, a paragraph separator a blank line, and
    non-breaking spaces plain ones. Applying it twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    # Removal comes first: it can bring a base and its accent together, which NFC then joins.
    text = _NOISE.sub("", text)
    text = _LINE_ENDS.sub("\n", text)
    if text.isascii():
        return text
    text = _HARD_SPACES.sub(" ", text.replace("\u2029", "\n\n"))
    return unicodedata.normalize("NFC", text)
