"""Cuts a conversation down to a token budget: what was said last, and what the question needs."""

from collections.abc import Sequence

from leanrag.history.hints import hints
from leanrag.history.messages import INSTRUCTION_ROLES, Turn, group, validate
from leanrag.history.pieces import Piece, Unit, pieces_of
from leanrag.history.recall import TurnScorer
from leanrag.history.selection import Selection
from leanrag.protocols import TokenCounter
from leanrag.tokens.budget import checked_budget
from leanrag.trace import Stage
from leanrag.types import Condensed, Message, Tokens

FLOOR = 0.5
"""Share of the budget within which the last exchange comes before everything else."""


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
    relevance to the question, sentence by sentence. Order is that of the conversation. What is
    recalled is verbatim; three and more turns in a row are quoted in one message, which costs
    less than a message each.

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
    stage = Stage("recall")
    checked_budget(budget)
    turns = validate(history)
    groups, dropped = group(turns)
    selection = Selection(groups, counter, budget)
    everything = [Unit(number, None) for number in range(len(groups))]
    selection.apart = range(len(groups))
    chosen = everything
    if not selection.fits(everything):
        asked = question or _last_question(turns)
        chosen = selection.choose(_ranked(selection, asked, counter, scorer, newest_tokens))
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
    entry = stage.entry(
        (len(turns), len(kept)),
        (tokens["in"], tokens["out"]),
        dropped=dropped,
        note=f"{selection.shortened(chosen)} turns shortened",
    )
    return Condensed(tuple(messages), tuple(kept), (), tokens, (entry,))


def _last_question(turns: Sequence[Turn]) -> str:
    return next((turn.text for turn in reversed(turns) if turn.role == "user"), "")


def _ranked(
    selection: Selection,
    question: str,
    counter: TokenCounter,
    scorer: TurnScorer,
    newest_tokens: int,
) -> list[Unit]:
    """Units in the order in which they are taken; those that come first stay messages."""
    groups = selection.groups
    pieces = [
        piece
        for number, members in enumerate(groups)
        for piece in pieces_of(number, members, counter)
    ]
    by_value = _by_value(pieces, question, scorer)
    first = next(
        (number for number in reversed(range(len(groups))) if groups[number][0].role == "user"),
        len(groups) - 1,
    )
    ranked: list[Unit] = []
    asked = [unit for piece in pieces if piece.group == first for unit in piece.units]
    replied = [unit for unit in by_value if unit.group > first]
    apart = set(range(first, len(groups)))
    selection.apart = apart
    for unit in [*asked, *replied]:
        # The very first is tried at the whole budget: something said last beats nothing.
        limit = selection.budget * FLOOR if ranked else selection.budget
        if selection.count([*ranked, unit]) <= limit:
            ranked.append(unit)
    for number, members in enumerate(groups):
        if members[0].role not in INSTRUCTION_ROLES:
            break
        if selection.fits([*ranked, Unit(number, None)]):
            ranked.append(Unit(number, None))
            apart.add(number)
    limit = min(newest_tokens, selection.budget)
    taken = {unit.group for unit in ranked}
    for number in reversed(range(len(groups) if limit else 0)):
        more = [] if number in taken else [Unit(number, None)]
        selection.apart = apart | {number}
        if selection.count([*ranked, *more]) > limit:
            break
        ranked.extend(more)
        apart.add(number)
    selection.apart = apart
    done = set(ranked)
    whole = {unit.group for unit in ranked if unit.span is None}
    return ranked + [unit for unit in by_value if unit not in done and unit.group not in whole]


def _by_value(pieces: Sequence[Piece], question: str, scorer: TurnScorer) -> list[Unit]:
    """Units with the most relevant first, of equal ones the newest; those without a word left out.

    A piece that was read closely is taken sentence by sentence, any other whole.
    """
    found = scorer.relevance(
        question,
        [piece.text for piece in pieces],
        lambda index: pieces[index].passage(),
        hints(question, [piece.heading for piece in pieces]),
    )
    valued: list[tuple[float, int, int, Unit]] = []
    for index, piece in enumerate(pieces):
        if not piece.body.strip() and not piece.more.strip():
            continue
        values = found.sentences.get(index)
        if values is None or len(values) != len(piece.units):
            valued.append((-float(found.whole[index]), -index, 0, piece.unit))
            continue
        units = zip(values, piece.units, strict=True)
        valued += [(-float(v), -index, place, unit) for place, (v, unit) in enumerate(units)]
    return [unit for _, _, _, unit in sorted(valued, key=lambda one: one[:3])]
