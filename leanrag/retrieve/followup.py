"""Makes a question that follows others searchable: what it leans on is carried over to it.

By rule, the question keeps its own words; turns before it are carried with a weight that falls
with their age, so that the search can mix them in. How much of them is mixed in is decided where
the vectors are at hand, see ``leanrag.retrieve.blend``. With a chat model the question is put in
other words instead, see ``leanrag.retrieve.rewrite``; where that fails, the rule holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from leanrag.errors import LLMError
from leanrag.text.languages import detect_language
from leanrag.text.pointers import content_terms, leaning
from leanrag.types import Message

Rewrite: TypeAlias = Callable[[str, Sequence[Message]], str]
"""Puts a question so that it can be understood without the messages before it.

Raises ``LLMError``.
"""

USER_TURNS = 4
DECAY = 0.8
"""Weight of a user's turn relative to the next later one."""
USER_CHARACTERS = 400
ANSWER_CHARACTERS = 600
"""An answer says what it is about at its beginning; the rest would blur it."""
LEANS = 0.5
"""From here on a question counts as one that needs what was said before it."""
NEEDS = 1.0
"""From here on what reads one text is shown the turn before the question, too: behind it, where a
subject that has changed does the least harm."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A turn that is searched with beside the question; ``weight`` is relative to other turns."""

    text: str
    weight: float
    role: Literal["user", "assistant"] = "user"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for.

    ``asked`` is the question as the user put it. ``question`` is embedded and searched for, with
    the ``carried`` turns mixed in; ``text`` is what rerankers, selectors and the history's recall
    read, which take one text. ``leaning`` is how far the question's wording needs the turns, 0 to
    1. ``language`` is that of the talk, ``own_language`` that of ``question`` alone; they are found
    once. ``turns`` is the number of messages before it, ``note`` says how it was made searchable.
    """

    asked: str
    question: str
    text: str
    carried: tuple[Carried, ...] = ()
    leaning: float = 0.0
    language: str = "en"
    own_language: str = ""
    turns: int = 0
    note: str = ""

    @property
    def leans(self) -> bool:
        """Whether the question needs what was said before it."""
        return self.leaning >= LEANS


def as_asked(question: str) -> Wanted:
    """The question by itself."""
    found = detect_language(question)
    return Wanted(question, question, question, language=found, own_language=found)


def standalone(
    question: str, history: Sequence[Message] | None, rewrite: Rewrite | None = None
) -> Wanted:
    """What to search with for a question that may lean on the messages before it.

    By rule, the last turns of the user that say something (no ``thanks``) and the beginning of
    the last answer are carried.

    Args:
        question: the user's question.
        history: the messages before it, oldest first.
        rewrite: puts the question in other words; without it, or where it fails, the rule holds.
    """
    said = [one for message in history or () if (one := _turn(message)) is not None]
    asked = [text for role, text in said if role == "user"][-USER_TURNS:]
    if history is None or not asked:
        return as_asked(question)
    wanted = _by_rule(question, asked, [text for role, text in said if role == "assistant"])
    wanted = replace(wanted, turns=len(history))
    if rewrite is None:
        return wanted
    try:
        text = rewrite(question, history)
    except LLMError as error:
        return replace(wanted, note=f"no rewriting: {error}; {wanted.note}")
    note = "unchanged by the model" if text == question else "rewritten by the model"
    own = detect_language(text)
    return replace(wanted, question=text, text=text, carried=(), own_language=own, note=note)


def _by_rule(question: str, asked: Sequence[str], answers: Sequence[str]) -> Wanted:
    own = detect_language(question)
    # a short question in Latin letters shows its language less than the talk does
    language = detect_language("\n".join([*asked, question])) if own == "en" else own
    carried = [
        Carried(text[-USER_CHARACTERS:], DECAY**age) for age, text in enumerate(reversed(asked))
    ]
    if answers:
        carried.append(Carried(answers[-1][:ANSWER_CHARACTERS], 1.0, "assistant"))
    leans = leaning(question, language)
    return Wanted(
        asked=question,
        question=question,
        text=f"{question}\n{carried[0].text}" if leans >= NEEDS else question,
        carried=tuple(carried),
        leaning=leans,
        language=language,
        own_language=own,
        note="leans on earlier turns" if leans >= LEANS else "stands alone by its wording",
    )


def _turn(message: Message) -> tuple[str, str] | None:
    """Role and text of a message that says something."""
    role, text = message.get("role"), message.get("content")
    if role not in ("user", "assistant") or not isinstance(text, str):
        return None
    text = text.strip()
    return (str(role), text) if content_terms(text) else None
