"""What a Word document's styles and numberings say: heading levels, list markers, code."""

import re
from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|标题)\s*([1-9])")
_CODE = ("code", "preformatted", "verbatim", "source text", "macro text")
_CONTENTS = re.compile(r"(?:toc \d|toc heading|table of figures|index \d)")
_MAX_CHAIN = 20
_MAX_COUNT = 100_000
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


class Styles:
    """Looks up paragraph styles by id, through the styles that they are based on."""

    def __init__(self, root: Any) -> None:
        self._styles: dict[str, Any] = {}
        if root is not None:
            for style in root.iter(f"{W}style"):
                self._styles.setdefault(style.get(f"{W}styleId", ""), style)

    def names(self, style_id: str) -> list[str]:
        """The names of a style and of those below it, in lower case."""
        return [name for style in self._chain(style_id) if (name := _value(style, "name").lower())]

    def level(self, style_id: str) -> int:
        """The heading level from 1, 0 where the style is no heading."""
        for style in self._chain(style_id):
            match = _HEADING.fullmatch(_value(style, "name").lower())
            if match:
                return int(match[1])
            outline = style.find(f"{W}pPr/{W}outlineLvl")
            if outline is not None:
                return outline_level(outline)
        return 0

    def is_title(self, style_id: str) -> bool:
        """Whether the style is that of the document's title."""
        return "title" in self.names(style_id)

    def is_code(self, style_id: str) -> bool:
        """Whether the style is for program text."""
        return any(word in name for name in self.names(style_id)[:1] for word in _CODE)

    def is_contents(self, style_id: str) -> bool:
        """Whether the style is for tables of contents, which only repeat the headings."""
        return any(_CONTENTS.fullmatch(name) for name in self.names(style_id))

    def numbering(self, style_id: str) -> Any:
        """The ``numPr`` that the style brings, or None."""
        for style in self._chain(style_id):
            found = style.find(f"{W}pPr/{W}numPr")
            if found is not None:
                return found
        return None

    def _chain(self, style_id: str) -> list[Any]:
        chain: list[Any] = []
        seen: set[str] = set()
        while style_id in self._styles and style_id not in seen and len(chain) < _MAX_CHAIN:
            seen.add(style_id)
            style = self._styles[style_id]
            chain.append(style)
            style_id = _value(style, "basedOn")
        return chain


class Numbering:
    """Counts the items of numbered lists and headings as Word does."""

    def __init__(self, root: Any) -> None:
        self._levels: dict[str, dict[int, Any]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is None:
            return
        for abstract in root.iter(f"{W}abstractNum"):
            self._levels[abstract.get(f"{W}abstractNumId", "")] = {
                whole(level.get(f"{W}ilvl")): level for level in abstract.iter(f"{W}lvl")
            }
        for number in root.iter(f"{W}num"):
            self._abstract[number.get(f"{W}numId", "")] = _value(number, "abstractNumId")

    def marker(self, number_id: str, level: int) -> str | None:
        """The marker of the next item, "" for a bullet; None where there is no such list."""
        abstract = self._abstract.get(number_id)
        levels = self._levels.get(abstract or "", {})
        if number_id == "0" or level not in levels:
            return None
        counts = self._counts.setdefault(abstract or "", {})
        start = whole(_value(levels[level], "start") or "1")
        counts[level] = min(counts.get(level, start - 1) + 1, _MAX_COUNT)
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]
        kind = _value(levels[level], "numFmt")
        if kind in ("bullet", "none", ""):
            return ""

        def shown(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            form = _value(levels[place], "numFmt") if place in levels else "decimal"
            return _numeral(counts.get(place, 1), form)

        text = re.sub(r"%([1-9])", shown, _value(levels[level], "lvlText") or f"%{level + 1}.")
        return f"{text.strip()} " if text.strip() else ""


def outline_level(outline: Any) -> int:
    """The heading level of an ``outlineLvl``, 0 for body text."""
    level = whole(outline.get(f"{W}val"))
    return level + 1 if level < 9 else 0


def whole(text: str | None) -> int:
    """The small whole number that an attribute gives, 0 where it gives none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else 0


def _value(node: Any, name: str) -> str:
    child = node.find(f"{W}{name}")
    return child.get(f"{W}val", "") if child is not None else ""


def _numeral(count: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter") and count > 0:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 % 10 + 1)
        return letter if form == "lowerLetter" else letter.upper()
    if form in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        parts = []
        for value, sign in _ROMAN:
            parts.append(sign * (count // value))
            count %= value
        text = "".join(parts)
        return text if form == "lowerRoman" else text.upper()
    return str(count)
