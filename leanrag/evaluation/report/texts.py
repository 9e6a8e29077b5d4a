"""The texts that the page holds: each once, by number, and forgotten when no case shows it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from leanrag.evaluation.records import SourceText


@dataclass
class TextTable:
    """Texts by number with a count of the cases that show them. ``size`` is in bytes."""

    size: int = 0
    _numbers: dict[SourceText, int] = field(default_factory=dict)
    _texts: list[SourceText | None] = field(default_factory=list)
    _users: list[int] = field(default_factory=list)

    def number(self, text: SourceText) -> int:
        """The number of ``text``, which stays the same until it is released."""
        if text not in self._numbers:
            self._numbers[text] = len(self._texts)
            self._texts.append(text)
            self._users.append(0)
        return self._numbers[text]

    def take(self, numbers: Iterable[int]) -> None:
        """Counts one user more of each text."""
        for number in numbers:
            self._users[number] += 1
            if self._users[number] == 1:
                self.size += _size(self._texts[number])

    def release(self, numbers: Iterable[int]) -> None:
        """Counts one user less; a text without one is forgotten, its number stays taken."""
        for number in numbers:
            self._users[number] -= 1
            text = self._texts[number]
            if self._users[number] <= 0 and text is not None:
                self.size -= _size(text)
                self._texts[number] = None
                del self._numbers[text]

    def rows(self) -> list[list[Any] | None]:
        """Id, text, title, source and page of each; None in place of those forgotten."""
        return [
            None if text is None else [text.id, text.text, text.title, text.source, text.page]
            for text in self._texts
        ]


def _size(text: SourceText | None) -> int:
    if text is None:
        return 0
    parts = (text.id, text.text, text.title, text.source)
    return sum(len(part.encode("utf-8", "replace")) for part in parts) + 20
