"""Answers of a model from each prompt: exact match, F1, judged equivalence, abstention."""

import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.endpoint import Endpoint
from leanrag.evaluation.metrics import Answer, exact_match, token_f1
from leanrag.evaluation.records import ModelAnswer
from leanrag.evaluation.suite import LEANRAG_KEY, AnswersSpec
from leanrag.types import Message

JUDGE_PROMPT = """\
You compare an answer with the reference answers to a question. The answer is equivalent if it \
states what one of the references states; more detail is fine as long as nothing contradicts it. \
Wording, language and form of numbers do not matter. An answer that says it does not know is not \
equivalent.

Question: {question}
Reference answers: {references}
Answer: {answer}

Reply with one word: yes or no."""
"""Shown with the results, so that a reader knows what "judged" means."""

_JUDGE_TOKENS = 5
_YES = re.compile(r"\W*(yes|true|correct|equivalent)\b", re.IGNORECASE)
_SOURCE = r"(?:sources?|contexts?|passages?|texts?|documents?|excerpts?|information)"
_ABSTENTION = re.compile(
    r"\b(?:I|we)(?: do not|[ ]don[’']t| cannot| can[’']t| could not| couldn[’']t| am unable to"
    r"|[’']m unable to| am not able to)\b[^.!?\n]{0,30}\b(?:know|answer|find|determine|tell|say)"
    rf"|\b{_SOURCE}\b[^.!?\n]{{0,40}}\b(?:do not|does not|don[’']t|doesn[’']t)\b[^.!?\n]{{0,20}}"
    r"\b(?:mention|contain|provide|say|specif|state|include|hold|tell|answer|give|indicate)"
    r"|\b(?:no|not enough|insufficient) (?:\w+ )?(?:information|answer|evidence)\b"
    r"|\bnot (?:\w+ )?(?:mentioned|stated|given|provided|specified|found)\b"
    rf"[^.!?\n]{{0,20}}{_SOURCE}"
    rf"|\bnot in the (?:\w+ )?{_SOURCE}|\bunanswerable\b|^\W*unknown\W*$"
    r"|不知道|无法(?:回答|确定|得知|判断)|没有(?:提到|提及|相关|足够|给出|说明)|未(?:提及|提到|说明|给出)"
    r"|weiß (?:ich |es )?nicht|keine (?:\w+ )?(?:angabe|information|antwort)"
    r"|nicht (?:erwähnt|angegeben)"
    r"|\bno (?:lo )?sé\b|no se (?:menciona|indica|especifica)|no hay información"
    r"|не (?:знаю|указан|упомина)|нет (?:информации|ответа)",
    re.IGNORECASE,
)
_ABSTENTION_WORDS = 40
"""A longer text that holds such words somewhere is an answer with a remark."""


class Answerer:
    """Asks the model with each prompt and scores what it says."""

    def __init__(self, spec: AnswersSpec, *, cache: Path) -> None:
        key = os.environ.get(spec.api_key_variable, "")
        if not key and spec.api_key_variable != LEANRAG_KEY:
            raise EvaluationError(
                f"answers: the environment variable {spec.api_key_variable} is empty; set it to "
                "the endpoint's key (any text, where the endpoint wants none)"
            )
        self._spec = spec
        self._endpoint = Endpoint(
            spec.base_url,
            api_key=key or "none",
            cache=cache,
            attempts=spec.attempts,
            timeout_s=spec.timeout_s,
        )

    def answers(self, case: Case, prompts: Sequence[Sequence[Message]]) -> list[ModelAnswer]:
        """The scored answers to several prompts of one case, in their order.

        Raises:
            LLMError: the endpoint failed on one of them.
        """
        with ThreadPoolExecutor(self._spec.parallel) as pool:
            return list(pool.map(lambda messages: self._answer(case, messages), prompts))

    def close(self) -> None:
        """Closes the endpoint."""
        self._endpoint.close()

    def _answer(self, case: Case, messages: Sequence[Message]) -> ModelAnswer:
        spec = self._spec
        reply = self._endpoint.ask(spec.model, messages, max_tokens=spec.max_tokens)
        text = reply.text.strip()
        references: list[Answer] = [*case.answers]
        if case.reference:
            references.append(case.reference)
        missing = abstains(text)
        exact, f1 = self._scored(case, references, text, missing)
        return ModelAnswer(
            text=text,
            exact_match=exact,
            f1=f1,
            judged=None if spec.judge is None else self._judged(case, references, text, missing),
            abstained=missing,
        )

    def _scored(
        self, case: Case, references: Sequence[Answer], text: str, abstained: bool
    ) -> tuple[bool | None, float | None]:
        if not case.answerable:
            return abstained, float(abstained)
        if not references:
            return None, None
        return (
            exact_match(text, references, language=case.language),
            token_f1(text, references, language=case.language),
        )

    def _judged(
        self, case: Case, references: Sequence[Answer], text: str, abstained: bool
    ) -> bool | None:
        if not case.answerable:
            return abstained
        if not references:
            return None
        if abstained:
            return False
        listed = "; ".join(
            reference if isinstance(reference, str) else ", ".join(reference)
            for reference in references
        )
        content = JUDGE_PROMPT.format(question=case.question, references=listed, answer=text)
        judge = self._spec.judge or self._spec.model
        reply = self._endpoint.ask(
            judge, [{"role": "user", "content": content}], max_tokens=_JUDGE_TOKENS
        )
        return _YES.match(reply.text) is not None


def abstains(text: str) -> bool:
    """Whether a short text says that it cannot answer, in one of a few languages."""
    if not text.strip():
        return True
    head = " ".join(text.split()[:_ABSTENTION_WORDS])
    short = len(text.split()) <= _ABSTENTION_WORDS
    return short and _ABSTENTION.search(head) is not None
