"""Makes a question that follows others searchable: what it leans on is carried over to it.

No model is called. The question keeps its own words; turns before it are carried with a weight
that falls with their age, so that the search can mix them in. How much of them is mixed in is
decided where the vectors are at hand, see ``leanrag.retrieve.blend``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leanrag.text.languages import detect_language
from leanrag.text.pointers import content_terms, leaning
from leanrag.types import Message

USER_TURNS = 4
DECAY = 0.8
"""Weight of a user's turn relative to the next later one."""
USER_CHARACTERS = 400
ANSWER_CHARACTERS = 600
"""An answer says what it is about at its beginning; the rest would blur it."""
LEANS = 0.5
"""From here on a model that reads one text is shown the turn before the question, too."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A turn that is searched with beside the question; ``weight`` is relative to other turns."""

    text: str
    weight: float
    role: Literal["user", "assistant"] = "user"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is searched for.

    ``question`` is embedded and searched for with the ``carried`` turns mixed in; ``text`` is
    what rerankers, selectors and the history's recall read, which take one text. ``leaning`` is
    how far the question's wording needs the turns. ``note`` says how it came about.
    """

    question: str
    text: str
    carried: tuple[Carried, ...] = ()
    leaning: float = 0.0
    language: str = "en"
    note: str = ""


def as_asked(question: str, note: str = "") -> Wanted:
    """The question by itself."""
    return Wanted(question, question, language=detect_language(question), note=note)


def follow_up(question: str, history: Sequence[Message] | None) -> Wanted:
    """The question with what it may lean on, by rule.

    Carried are the last turns of the user that say something (no ``thanks``), and the beginning
    of the last answer.
    """
    said = [one for message in history or () if (one := _turn(message)) is not None]
    asked = [text for role, text in said if role == "user"][-USER_TURNS:]
    if not asked:
        return as_asked(question)
    language = _language(question, asked)
    carried = [
        Carried(text[-USER_CHARACTERS:], DECAY**age) for age, text in enumerate(reversed(asked))
    ]
    answers = [text for role, text in said if role == "assistant"]
    if answers:
        carried.append(Carried(answers[-1][:ANSWER_CHARACTERS], 1.0, "assistant"))
    leans = leaning(question, language)
    text = f"{carried[0].text}\n{question}" if leans >= LEANS else question
    return Wanted(question, text, tuple(carried), leans, language)


def _turn(message: Message) -> tuple[str, str] | None:
    """Role and text of a message that says something."""
    role, text = message.get("role"), message.get("content")
    if role not in ("user", "assistant") or not isinstance(text, str):
        return None
    text = text.strip()
    return (str(role), text) if content_terms(text) else None


def _language(question: str, asked: Sequence[str]) -> str:
    """The question's language; a short one in Latin letters shows it less than the talk does."""
    found = detect_language(question)
    return detect_language("\n".join([*asked, question])) if found == "en" else found


def standalone(question: str, history: Sequence[Message] | None) -> str:
    """What a model that reads one text should read."""
    return follow_up(question, history).text
