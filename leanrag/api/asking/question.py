"""Questions as they are given to a model, one or many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from leanrag.api.asking.tracked import NO_LABEL
from leanrag.api.prompting.history_share import History
from leanrag.errors import InputError
from leanrag.types import CallLabel


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with all that its prompt depends on; None stands for the settings' value."""

    question: str
    budget: int | None = None
    model: str | None = None
    where: Any = None
    history: History = None
    label: CallLabel = NO_LABEL


def read_questions(questions: Sequence[str | Mapping[str, Any]], defaults: Asked) -> list[Asked]:
    """Questions as given to ``ask_many``: texts, or mappings with their own where and history.

    Raises:
        InputError: one is neither; the error names its position.
    """
    if isinstance(questions, str | Mapping):
        raise InputError("questions: expected a list of questions")
    return [_asked(given, n, defaults) for n, given in enumerate(questions)]


def _asked(given: Any, position: int, defaults: Asked) -> Asked:
    if isinstance(given, str):
        return replace(defaults, question=given)
    where = f"questions[{position}]"
    if not isinstance(given, Mapping) or not isinstance(given.get("question"), str):
        raise InputError(f"{where}: expected a text, or a mapping with a question")
    own = set(given) - {"question", "where", "history", "label"}
    if own:
        raise InputError(f"{where}: {sorted(map(str, own))[0]!r} is not known")
    return replace(defaults, **dict(given))
