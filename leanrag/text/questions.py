"""Recognises a paragraph that asks a question, as in lists of frequent questions."""

import re

_MAX_QUESTION = 300
_ASKED = re.compile(
    r"(?:\*\*)?(?:Q|Question|Frage|Pregunta|Вопрос|问|問|问题)\s*\d{0,3}\s*[:.：)](?=\s|\S)",
    re.IGNORECASE,
)
_REPLY = re.compile(
    r"(?:\*\*)?(?:A|Answer|Antwort|Respuesta|Ответ|答|回答)\s*\d{0,3}\s*[:.：)]", re.IGNORECASE
)
_ENDS = ("?", "？", "?**", "？**", "?”", '?"')


def is_question(text: str) -> bool:
    """Whether a paragraph is one question: short, and it ends or is marked like one."""
    if len(text) > _MAX_QUESTION or "\n" in text.strip():
        return False
    return text.rstrip().endswith(_ENDS) or _ASKED.match(text) is not None


def is_reply(text: str) -> bool:
    """Whether a paragraph is marked as an answer."""
    return _REPLY.match(text) is not None
