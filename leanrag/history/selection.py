"""Renders and counts selections from one conversation."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from leanrag.history.excerpt import FEWEST, Quoted, cut, quotable, write_excerpts
from leanrag.history.hints import Heading, heading
from leanrag.history.messages import Group
from leanrag.history.pieces import Unit, merged
from leanrag.protocols import TokenCounter
from leanrag.tokens.fitting import longest
from leanrag.types import Span

_FIRST_GUESS = 16


class Selection:
    """What is sent of a conversation, by what is chosen of it.

    Turns in ``apart`` stay messages of their own; of the others those that follow each other are
    written as one message of excerpts.
    """

    def __init__(self, groups: Sequence[Group], counter: TokenCounter, budget: int) -> None:
        self.groups = groups
        self.budget = budget
        self.apart: Collection[int] = ()
        self._counter = counter
        self._quotable: dict[int, bool] = {}
        self._headings: dict[int, Heading] = {}

    def count(self, chosen: Iterable[Unit]) -> int:
        """Tokens of the rendered messages; 0 where there are none."""
        messages = self.render(chosen)
        return self._counter.count_messages(messages) if messages else 0

    def fits(self, chosen: Iterable[Unit]) -> bool:
        """Whether the units fit the budget together."""
        return self.count(chosen) <= self.budget

    def choose(self, ranked: Sequence[Unit]) -> list[Unit]:
        """The longest run of the ranking that fits, and of the next ones what still finds room."""
        return longest(ranked, self.fits, guess=_FIRST_GUESS)

    def render(self, chosen: Iterable[Unit]) -> list[dict[str, Any]]:
        """The messages that hold these units, in the order of the conversation."""
        messages: list[dict[str, Any]] = []
        quotes: list[int] = []
        spans = self._spans(chosen)
        for number in sorted(spans):
            if number not in self.apart and self._may_quote(number):
                quotes.append(number)
                continue
            messages += self._written(quotes, spans)
            quotes = []
            messages += self._messages(number, spans[number])
        return messages + self._written(quotes, spans)

    def kept(self, chosen: Iterable[Unit]) -> list[str]:
        """Ids of the turns that stand in the result, in order."""
        numbers = sorted({unit.group for unit in chosen})
        return [member.id for number in numbers for member in self.groups[number]]

    def shortened(self, chosen: Iterable[Unit]) -> int:
        """How many turns stand there in part."""
        return sum(not self._whole(*item) for item in self._spans(chosen).items())

    def _spans(self, chosen: Iterable[Unit]) -> dict[int, list[Span]]:
        """The chosen parts of each group, those that touch made one."""
        spans: dict[int, list[Span]] = {}
        for unit in chosen:
            whole = (0, len(self.groups[unit.group][0].text))
            spans.setdefault(unit.group, []).append(unit.span or whole)
        return {number: merged(parts) for number, parts in spans.items()}

    def _whole(self, number: int, spans: Sequence[Span]) -> bool:
        return spans[0] == (0, len(self.groups[number][0].text))

    def _may_quote(self, number: int) -> bool:
        if number not in self._quotable:
            members = self.groups[number]
            self._quotable[number] = len(members) == 1 and quotable(members[0])
        return self._quotable[number]

    def _written(
        self, numbers: Sequence[int], spans: dict[int, list[Span]]
    ) -> list[dict[str, Any]]:
        if len(numbers) < FEWEST:
            return [one for number in numbers for one in self._messages(number, spans[number])]
        quotes = [
            Quoted(self.groups[number][0], self._heading(number), tuple(spans[number]))
            for number in numbers
        ]
        return [{"role": "user", "content": write_excerpts(quotes)}]

    def _heading(self, number: int) -> Heading:
        if number not in self._headings:
            self._headings[number] = heading(self.groups[number][0])
        return self._headings[number]

    def _messages(self, number: int, spans: Sequence[Span]) -> list[dict[str, Any]]:
        members = self.groups[number]
        if self._whole(number, spans):
            return [dict(member.message) for member in members]
        return [{**members[0].message, "content": cut(members[0].text, spans)}]
