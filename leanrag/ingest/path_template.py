"""Metadata from the paths of files, by templates such as ``{company}_{year}_{form}.pdf``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from leanrag.errors import ConfigError, InputError
from leanrag.metadata import MAX_INTEGER, clean_metadata
from leanrag.types import Metadata, Scalar

_FIELD = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"([^\W\d]\w*)(?::(int|date|text))?")
_PATTERNS = {
    "int": r"-?\d+",
    "date": r"\d{4}-\d{2}-\d{2}|\d{8}",
    "text": r"[^/]+?",
    "any": r"[^/]+?",
    "year": r"(?:19|20)\d\d",
}
_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,15})")
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}")


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A template: ``depth`` parts of a path, the last of them the file name."""

    pattern: re.Pattern[str]
    depth: int
    kinds: tuple[tuple[str, str], ...]

    @classmethod
    def compile(cls, text: str) -> "PathTemplate":
        """The template that ``text`` writes.

        ``{name}`` is a field, ``{_}`` any text that is not wanted, ``*`` any characters within a
        part of the path. ``{name:int}`` and ``{name:date}`` (2024-05-01 or 20240501) only fit
        such values, and so does a field called ``year`` or ``date``; what other fields hold is a
        number or true or false where it reads like one, unless they are written ``{name:text}``.

        Raises:
            ConfigError: it is malformed.
        """
        text = text.removeprefix("./")
        parts = _FIELD.split(text)
        kinds: list[tuple[str, str]] = []
        pattern = ""
        for number, part in enumerate(parts):
            if number % 2 == 0:
                if number not in (0, len(parts) - 1) and not part:
                    raise _wrong(text, "two fields need something between them")
                if "{" in part or "}" in part:
                    raise _wrong(text, "a brace is not closed or not opened")
                pattern += re.escape(part).replace(r"\*", "[^/]*")
                continue
            match = _NAME.fullmatch(part)
            if match is None:
                raise _wrong(
                    text, f"{{{part}}} is no field; write {{name}}, {{name:int}} or {{name:date}}"
                )
            name, kind = match[1], match[2] or _kind(match[1])
            if name in dict(kinds) and name != "_":
                raise _wrong(text, f"{{{name}}} stands in it twice")
            kinds.append((name, match[2] or kind))
            pattern += f"({_PATTERNS[kind]})"
        names = [name for name, _ in kinds if name != "_"]
        if not names:
            raise _wrong(text, "it has no field such as {year}")
        try:
            clean_metadata(dict.fromkeys(names, ""), reserved=True)
        except InputError as error:
            raise _wrong(text, str(error)) from error
        return cls(re.compile(pattern), text.count("/") + 1, tuple(kinds))

    def read(self, source: str) -> Metadata | None:
        """The metadata that a path holds, None where it does not fit."""
        tail = "/".join(source.split("/")[-self.depth :])
        match = self.pattern.fullmatch(tail)
        if match is None:
            return None
        found: dict[str, Scalar] = {}
        for (name, kind), text in zip(self.kinds, match.groups(), strict=True):
            if name == "_":
                continue
            value = _value(text, kind)
            if value is None:
                return None
            found[name] = value
        return found


def read_path(templates: Sequence[PathTemplate], source: str) -> Metadata | None:
    """What the first template that fits makes of a path, None where none does."""
    return next(
        (found for template in templates if (found := template.read(source)) is not None), None
    )


def _kind(name: str) -> str:
    return name if name in ("year", "date") else "any" if name != "_" else "text"


def _value(text: str, kind: str) -> Scalar | None:
    if kind == "date":
        digits = text.replace("-", "")
        try:
            return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
        except ValueError:
            return None
    if kind in ("int", "year"):
        number = int(text) if len(text) < 17 else MAX_INTEGER + 1
        return number if abs(number) <= MAX_INTEGER else None
    if kind == "any":
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text) and abs(int(text)) <= MAX_INTEGER:
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text


def _wrong(text: str, problem: str) -> ConfigError:
    return ConfigError(f"path template {text!r}: {problem}")
