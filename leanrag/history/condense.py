"""Cuts a conversation down to a token budget: what was said last, and what the question needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from leanrag.errors import InputError
from leanrag.history.messages import INSTRUCTION_ROLES, Group, Turn, group, validate
from leanrag.history.recall import TurnScorer
from leanrag.protocols import TokenCounter
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.types import Condensed, Message, Span, Tokens, TraceEntry

FLOOR = 0.5
"""Share of the budget within which the last exchange comes before everything else."""
WHOLE_TOKENS = 48
"""A turn of at most this many tokens is kept whole or left out."""
PIECE_TOKENS = 32
"""A longer turn is cut into runs of sentences of about this size."""
GAP = "…"
_SLACK_TRIES = 24


@dataclass(frozen=True, slots=True)
class Piece:
    """What is chosen or left out at once: a whole group, or some sentences of one turn."""

    group: int
    span: Span | None
    text: str


def condense(
    history: Sequence[Message] | None,
    *,
    question: str,
    budget: int,
    counter: TokenCounter,
    scorer: TurnScorer,
    newest_tokens: int = 0,
) -> Condensed:
    """The messages that matter, at most ``budget`` tokens with overhead and reply priming.

    The last exchange (the last user message and what follows it) comes first, up to half of the
    budget; instructions at the very start of the conversation come next, whole; then the newest
    turns before that exchange, where tokens are set aside for them; then everything else by its
    relevance to the question, as whole turns or, where a turn is long, as whole sentences with a
    mark where some are missing. Order is that of the conversation.

    Args:
        history: OpenAI-style messages, oldest first; each may have an id, a name and a time.
        question: what will be asked next; where empty, the last user message stands for it.
        budget: tokens of the rendered messages.
        counter: counts them.
        scorer: says how relevant a turn is.
        newest_tokens: room for the newest whole turns, last exchange included, before relevance
            decides.

    Returns:
        Messages that can be sent. There are none where not even one sentence fits.

    Raises:
        InputError: a message is malformed, or the budget is not a positive whole number.
    """
    start = perf_counter()
    if isinstance(budget, bool) or not isinstance(budget, int) or budget <= 0:
        raise InputError(f"budget: expected a positive number of tokens, got {budget!r}")
    turns = validate(history)
    groups, dropped = group(turns)
    pieces = [
        piece
        for index, members in enumerate(groups)
        for piece in pieces_of(index, members, counter)
    ]
    selection = _Selection(groups, pieces, counter, budget)
    everything = range(len(pieces))
    if selection.fits(everything):
        chosen = set(everything)
    else:
        ranked = _ranked(selection, question or _last_question(turns), scorer, newest_tokens)
        chosen = selection.choose(ranked)
    messages = selection.render(chosen)
    kept = selection.kept(chosen)
    if len(kept) + sum(dropped.values()) < len(turns):
        dropped["less relevant"] = len(turns) - len(kept) - sum(dropped.values())
    tokens = Tokens(
        {
            "in": counter.count_messages([turn.message for turn in turns]) if turns else 0,
            "out": counter.count_messages(messages) if messages else 0,
            "budget": budget,
            "counter": counter.name,
            "exact": counter.exact,
        }
    )
    entry = TraceEntry(
        stage="recall",
        items_in=len(turns),
        items_out=len(kept),
        tokens_in=tokens["in"],
        tokens_out=tokens["out"],
        seconds=perf_counter() - start,
        dropped=dropped,
        note=f"{selection.shortened(chosen)} turns shortened",
    )
    return Condensed(tuple(messages), tuple(kept), (), tokens, (entry,))


def _last_question(turns: Sequence[Turn]) -> str:
    return next((turn.text for turn in reversed(turns) if turn.role == "user"), "")


def pieces_of(index: int, members: Group, counter: TokenCounter) -> list[Piece]:
    """What of a group is chosen at once; their texts are what is embedded."""
    turn = members[0]
    label = ": ".join(filter(None, [" ".join(filter(None, [turn.time, turn.speaker])), ""]))
    whole = Piece(index, None, label + "\n".join(member.text for member in members))
    if not turn.divisible or counter.count(turn.text) <= WHOLE_TOKENS:
        return [whole]
    runs: list[Span] = []
    size = 0
    for begin, end in split_sentences(turn.text, detect_language(turn.text)):
        tokens = counter.count(turn.text[begin:end])
        if runs and size + tokens <= PIECE_TOKENS:
            runs[-1] = (runs[-1][0], end)
            size += tokens
        else:
            runs.append((begin, end))
            size = tokens
    if len(runs) == 1:
        return [whole]
    return [Piece(index, (a, b), label + turn.text[a:b].strip()) for a, b in runs]


def _ranked(
    selection: "_Selection", question: str, scorer: TurnScorer, newest_tokens: int
) -> list[int]:
    """Pieces in the order in which they are taken."""
    groups, pieces = selection.groups, selection.pieces
    scores = scorer.score(question, [piece.text for piece in pieces])
    by_score = sorted(range(len(pieces)), key=lambda index: (-scores[index], -index))
    first = next(
        (index for index in reversed(range(len(groups))) if groups[index][0].role == "user"),
        len(groups) - 1,
    )
    asked = [index for index, piece in enumerate(pieces) if piece.group == first]
    replied = [index for index in by_score if pieces[index].group > first]
    ranked: list[int] = []
    for index in [*asked, *replied]:
        # The very first is tried at the whole budget: something said last beats nothing.
        limit = selection.budget * FLOOR if ranked else selection.budget
        if selection.count([*ranked, index]) <= limit:
            ranked.append(index)
    for index, piece in enumerate(pieces):
        if groups[piece.group][0].role not in INSTRUCTION_ROLES:
            break
        if selection.fits([*ranked, index]):
            ranked.append(index)
    limit = min(newest_tokens, selection.budget)
    for number in reversed(range(len(groups))):
        more = [i for i, piece in enumerate(pieces) if piece.group == number and i not in ranked]
        if not limit or selection.count([*ranked, *more]) > limit:
            break
        ranked.extend(more)
    taken = set(ranked)
    return ranked + [index for index in by_score if index not in taken]


class _Selection:
    """Renders and counts subsets of the pieces of one conversation."""

    def __init__(
        self, groups: Sequence[Group], pieces: Sequence[Piece], counter: TokenCounter, budget: int
    ) -> None:
        self.groups = groups
        self.pieces = pieces
        self.budget = budget
        self._counter = counter
        self._of_group: dict[int, list[int]] = {}
        for index, piece in enumerate(pieces):
            self._of_group.setdefault(piece.group, []).append(index)

    def count(self, chosen: Iterable[int]) -> int:
        """Tokens of the rendered messages; 0 where there are none."""
        messages = self.render(chosen)
        return self._counter.count_messages(messages) if messages else 0

    def fits(self, chosen: Iterable[int]) -> bool:
        """Whether the pieces fit the budget together."""
        return self.count(chosen) <= self.budget

    def choose(self, ranked: Sequence[int]) -> set[int]:
        """The longest run of the ranking that fits, and of the next ones what still finds room."""
        low, high = 0, len(ranked)
        while low < high:
            middle = (low + high + 1) // 2
            if self.fits(ranked[:middle]):
                low = middle
            else:
                high = middle - 1
        chosen = list(ranked[:low])
        # Bisection relies on the count growing with the run; a chat template may break that.
        while not self.fits(chosen):
            chosen.pop()
        for index in ranked[low : low + _SLACK_TRIES]:
            if self.fits([*chosen, index]):
                chosen.append(index)
        return set(chosen)

    def render(self, chosen: Iterable[int]) -> list[dict[str, Any]]:
        """The messages that hold these pieces, in the order of the conversation."""
        by_group: dict[int, list[int]] = {}
        for index in sorted(chosen):
            by_group.setdefault(self.pieces[index].group, []).append(index)
        messages: list[dict[str, Any]] = []
        for number, indexes in sorted(by_group.items()):
            members = self.groups[number]
            if len(indexes) == len(self._of_group[number]):
                messages.extend(dict(member.message) for member in members)
            else:
                spans = [span for index in indexes if (span := self.pieces[index].span)]
                messages.append({**members[0].message, "content": _excerpt(members[0].text, spans)})
        return messages

    def kept(self, chosen: Iterable[int]) -> list[str]:
        """Ids of the turns that stand in the result, in order."""
        numbers = sorted({self.pieces[index].group for index in chosen})
        return [member.id for number in numbers for member in self.groups[number]]

    def shortened(self, chosen: Iterable[int]) -> int:
        """How many turns stand there in part."""
        counts: dict[int, int] = {}
        for index in chosen:
            counts[self.pieces[index].group] = counts.get(self.pieces[index].group, 0) + 1
        return sum(count < len(self._of_group[number]) for number, count in counts.items())


def _excerpt(text: str, spans: Sequence[Span]) -> str:
    """The spans of ``text``, touching ones unbroken, with a mark in each gap between others."""
    parts: list[str] = []
    for number, (start, end) in enumerate(spans):
        piece = text[start:end]
        last = number + 1 == len(spans)
        if last or spans[number + 1][0] != end:
            body = piece.rstrip()
            mark = f"\n{GAP}\n" if "\n" in piece[len(body) :] else f" {GAP} "
            piece = body if last else body + mark
        parts.append(piece)
    return "".join(parts)
