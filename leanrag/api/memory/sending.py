"""A conversation as the history of a prompt: what is sent of it under a budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from leanrag.api.memory.room import MaskedCounter, Room
from leanrag.api.memory.stored import Memory, Tools
from leanrag.errors import InputError
from leanrag.history.condense import condense
from leanrag.history.index import LAST_EXCHANGE, Shortlist
from leanrag.history.messages import Turn, group
from leanrag.history.notes import notes_limit
from leanrag.history.recall import TurnScorer
from leanrag.history.shorten import shorten_turns
from leanrag.history.window import newest
from leanrag.protocols import LexicalScorer, TokenCounter
from leanrag.text.languages import detect_language
from leanrag.text.terms import terms
from leanrag.trace import Stage
from leanrag.types import Condensed, Message, Tokens

CLOSER_LOOK = 120
"""Turns of a long stored conversation that are weighed sentence by sentence."""
NEWEST = 16
"""The last turns are always among them."""
_GIVEN_AT_ONCE = 1024
"""Turns of a list of messages that are embedded; of a longer list BM25 chooses them."""
_TRIES = 6
_CHARACTERS_PER_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Remembered:
    """A conversation that can be cut to any room.

    ``turns`` are all of it and ``sizes`` their tokens; ``shortlist`` gives those worth a closer
    look for a question, ``nearness`` says how near the nearest older ones are (cosine), and
    ``notes`` what is known besides them.
    """

    turns: Sequence[Turn]
    sizes: Sequence[int]
    scorer: Callable[[], TurnScorer]
    lexical: LexicalScorer
    shortlist: Callable[[str], list[Turn]]
    nearness: Callable[[str], float]
    notes: Callable[[int, TokenCounter], dict[str, Any] | None] = lambda limit, counter: None
    covered: tuple[str, ...] = ()
    trouble: Sequence[str] = field(default=())

    @property
    def messages(self) -> list[Message]:
        """The newest turns as plain messages, to read a question that points back by."""
        return [turn.message for turn in self.turns[-NEWEST:]]

    def whole(self, counter: TokenCounter) -> int:
        """The tokens of the whole conversation; of a very long one about."""
        if len(self.turns) <= _GIVEN_AT_ONCE and self.turns:
            try:
                return counter.count_messages([turn.message for turn in self.turns])
            except InputError:  # a template that refuses the conversation as it is
                pass
        return sum(self.sizes) + _overhead(counter) * len(self.sizes)

    def last_exchange(self, counter: TokenCounter) -> int:
        """About the tokens of the last user message and what follows it."""
        start = max((n for n, turn in enumerate(self.turns) if turn.role == "user"), default=0)
        return sum(size + _overhead(counter) for size in self.sizes[start:])

    def condense(self, question: str, room: Room) -> Condensed:
        """Notes, recalled turns and the newest ones, at most ``room.budget`` tokens.

        A conversation that fits is sent as it is, without notes.
        """
        stage = Stage("history")
        counter = MaskedCounter(room) if room.mask else room.counter
        asked = question or next((t.text for t in reversed(self.turns) if t.role == "user"), "")
        result = self._whole(room) or self._chosen(asked, room, counter)
        messages, kept, noted, dropped, note = result
        rest = len(self.turns) - len(kept) - sum(dropped.values())
        if rest > 0:
            dropped["less relevant"] = dropped.get("less relevant", 0) + rest
        covered = tuple(name for name in self.covered if name not in set(kept)) if noted else ()
        sent = room.sent(messages)
        tokens = Tokens(
            {
                "in": self.whole(room.counter),
                "out": room.cost(messages),
                "budget": room.budget,
                "counter": room.counter.name,
                "exact": room.counter.exact,
            }
        )
        notes = [note, *self.trouble]
        entry = stage.entry(
            (len(self.turns), len(kept)),
            (tokens["in"], tokens["out"]),
            dropped=dropped,
            note="; ".join(filter(None, notes)),
        )
        trace = (entry,) if self.turns else ()
        return Condensed(tuple(sent), tuple(kept), covered, tokens, trace)

    def _whole(self, room: Room) -> "_Result | None":
        """Everything, where it fits."""
        left = room.budget * _CHARACTERS_PER_TOKEN
        for turn in self.turns:
            left -= len(turn.text) + 1
            if left < 0:  # far too long; nothing need be counted
                return None
        groups, dropped = group(self.turns)
        kept = [turn for members in groups for turn in members]
        messages = [turn.message for turn in kept]
        try:
            fits = room.cost(messages) <= room.budget
        except InputError:  # the model's template refuses the conversation as it is
            return None
        names = [turn.id for turn in kept]
        return (messages, names, False, dropped, "whole conversation") if fits else None

    def _chosen(self, question: str, room: Room, counter: TokenCounter) -> "_Result":
        turns = self.shortlist(question)
        given, shortened = shorten_turns(
            turns, question, max(1, room.budget), counter=counter, lexical=self.lexical
        )
        basis = room.budget if room.notes_budget is None else room.notes_budget
        notes = self.notes(basis, counter)
        refused = False
        for lead in ([notes], []) if notes else ([],):
            try:
                found = self._fitted(lead, given, question, room, counter)
            except InputError:  # the model's template wants no such notes, or alternating roles
                refused = True
                continue
            if found is not None:
                messages, kept, dropped = found
                told = [f"{len(turns)} of {len(self.turns)} turns looked at"]
                told += [f"{shortened} shortened"] if shortened else []
                told += ["notes in front"] if lead else []
                return messages, kept, bool(lead), dropped, ", ".join(told)
        if not refused:
            return [], [], False, {}, "nothing fits"
        sent, trace = newest(
            given,
            counter=counter,
            max_tokens=room.budget,
            before=room.before,
            after=room.after,
        )
        dropped = dict(trace[0].dropped) if trace else {}
        return sent, _names(sent, given), False, dropped, "newest turns verbatim"

    def _fitted(
        self,
        lead: Sequence[Message],
        given: Sequence[Message],
        question: str,
        room: Room,
        counter: TokenCounter,
    ) -> tuple[list[Message], list[str], dict[str, int]] | None:
        """The lead and what fits of the turns behind it; None where that is too much."""
        inner = room.budget + room.shared - room.cost(lead)
        for _ in range(_TRIES):
            if inner < 1:
                return None
            found = condense(
                given,
                question=question,
                budget=inner,
                counter=counter,
                scorer=self.scorer(),
                newest_tokens=int(inner * room.newest_share),
            )
            messages = [*lead, *found.messages]
            excess = room.cost(messages) - room.budget
            if excess <= 0:
                dropped = dict(found.trace[0].dropped) if found.trace else {}
                dropped.pop("less relevant", None)
                return messages, list(found.kept_ids), dropped
            # A template may make the whole longer than the sum of its parts.
            inner -= excess
        return None


def _names(sent: Sequence[Message], given: Sequence[Message]) -> list[str]:
    """Ids of the messages sent, which are some of the given ones, in order."""
    left = list(sent)
    names: list[str] = []
    for message in reversed(given):
        plain = {key: value for key, value in message.items() if key not in ("id", "time")}
        if left and left[-1] == plain:
            left.pop()
            names.append(message["id"])
    return names[::-1]


_Result = tuple[Sequence[Message], list[str], bool, dict[str, int], str]


def remember(memory: Memory, tools: Tools) -> Remembered:
    """A stored conversation: shortlisted by its index, with summary and facts."""
    most = tools.settings.history.notes_tokens
    with memory.lock:
        index = memory.index()
        turns, sizes = list(index.turns), [stored.tokens for stored in memory.stored()]
        summary = memory.summary()
        trouble = [f"summary: {failure}" for failure in memory.failures]
        memory.failures.clear()
    if summary is not None and summary.note:
        trouble.append(f"summary by {summary.maker}: {summary.note}")

    def look(question: str) -> tuple[list[Turn], Shortlist]:
        return memory.shortlist(question, limit=CLOSER_LOOK, newest=NEWEST)

    return Remembered(
        turns,
        sizes,
        memory.scorer,
        tools.lexical,
        lambda question: look(question)[0],
        lambda question: look(question)[1].nearness,
        lambda budget, counter: memory.notes(notes_limit(budget, most), counter),
        summary.turn_ids if summary else (),
        trouble,
    )


def remember_messages(
    turns: Sequence[Turn],
    *,
    counter: TokenCounter,
    scorer: Callable[[], TurnScorer],
    lexical: LexicalScorer,
    nearness: Callable[[str, Sequence[Turn]], float],
) -> Remembered:
    """A list of messages; nothing is known of it but what it says."""

    def shortlist(question: str) -> list[Turn]:
        return _bm25_shortlist(turns, question, lexical)

    def near(question: str) -> float:
        return nearness(question, shortlist(question)[:-LAST_EXCHANGE])

    sizes = [counter.count(turn.text) for turn in turns]
    return Remembered(turns, sizes, scorer, lexical, shortlist, near)


def _bm25_shortlist(turns: Sequence[Turn], question: str, lexical: LexicalScorer) -> list[Turn]:
    if len(turns) <= _GIVEN_AT_ONCE:
        return list(turns)
    language = detect_language(question)
    scores = lexical.score(terms(question, language), [terms(t.text, language) for t in turns])
    ranked = sorted(range(len(turns)), key=lambda number: (-scores[number], -number))
    chosen: set[int] = set(range(len(turns) - _GIVEN_AT_ONCE // 4, len(turns)))
    for number in ranked:
        if len(chosen) >= _GIVEN_AT_ONCE:
            break
        chosen.update(range(max(0, number - 1), min(len(turns), number + 2)))
    # A call and its results come together or not at all.
    for number in sorted(chosen):
        first = number
        while first and turns[first].role == "tool":
            first -= 1
        end = first + 1
        while end < len(turns) and turns[end].role == "tool":
            end += 1
        chosen.update(range(first, end))
    return [turns[number] for number in sorted(chosen)]


def _overhead(counter: TokenCounter) -> int:
    one = {"role": "user", "content": ""}
    try:
        return counter.count_messages([one, one]) - counter.count_messages([one])
    except InputError:  # a template that refuses two user messages in a row
        return 4
