"""The methods of ``LeanRAG`` that ask a model."""

from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from typing import Any

from leanrag.api.asking.calls import Asker
from leanrag.api.asking.question import Asked, read_questions
from leanrag.api.asking.tracked import NO_LABEL
from leanrag.api.prompting.history_share import History
from leanrag.errors import InputError, LeanRAGError
from leanrag.settings import Settings
from leanrag.types import Answer, CallLabel, Delta, Prompt


class Asking:
    """Asks the model that the settings name, with lean prompts.

    All methods take what ``LeanRAG.prompt`` takes, and a ``label`` that says whom the call is
    made for. Without a ``model`` it is that of ``llm.model``, else of ``model``.
    """

    settings: Settings
    _asker: Asker

    def ask(
        self,
        question: str,
        *,
        budget: int | None = None,
        model: str | None = None,
        where: Any = None,
        history: History = None,
        label: CallLabel = NO_LABEL,
    ) -> Answer:
        """The model's answer with its citations.

        Args:
            question: the user's question; never cut.
            budget: tokens of the whole input; the reply has ``reply_tokens`` beside it.
            model: the model to ask, which also decides how tokens are counted.
            where: metadata filter, as a mapping or as expressions.
            history: earlier messages of the conversation, oldest first, or a ``Conversation``.
            label: tenant and tags of the call.

        Raises:
            ConfigError: no endpoint is set.
            LLMError: the endpoint failed or gave no usable answer.
            BudgetError: the prompt does not fit, or a budget in money is spent.
            InputError, FilterError, StoreError: as in ``prompt``.
        """
        return self._asker.ask(Asked(question, budget, model, where, history, label))

    async def aask(
        self,
        question: str,
        *,
        budget: int | None = None,
        model: str | None = None,
        where: Any = None,
        history: History = None,
        label: CallLabel = NO_LABEL,
    ) -> Answer:
        """``ask``, awaited; cancelling it ends the call."""
        return await self._asker.aask(Asked(question, budget, model, where, history, label))

    def ask_stream(
        self,
        question: str,
        *,
        budget: int | None = None,
        model: str | None = None,
        where: Any = None,
        history: History = None,
        label: CallLabel = NO_LABEL,
    ) -> Generator[Prompt | Delta | Answer, None, None]:
        """What ``ask`` gives, as it comes: the ``Prompt``, ``Delta`` by ``Delta``, the ``Answer``.

        Closing the iterator ends the call. A stream that breaks off raises an ``LLMError`` whose
        ``partial`` has what came before.
        """
        return self._asker.stream(Asked(question, budget, model, where, history, label))

    def aask_stream(
        self,
        question: str,
        *,
        budget: int | None = None,
        model: str | None = None,
        where: Any = None,
        history: History = None,
        label: CallLabel = NO_LABEL,
    ) -> AsyncGenerator[Prompt | Delta | Answer, None]:
        """``ask_stream``, awaited."""
        return self._asker.astream(Asked(question, budget, model, where, history, label))

    def ask_many(
        self,
        questions: Sequence[str | Mapping[str, Any]],
        *,
        parallel: int | None = None,
        budget: int | None = None,
        model: str | None = None,
        where: Any = None,
        history: History = None,
        label: CallLabel = NO_LABEL,
    ) -> list[Answer | LeanRAGError]:
        """The answers to many questions in order, ``parallel`` of them worked on at once.

        A question that fails has its error in the place of its answer, and the rest goes on.

        Args:
            questions: texts, or mappings with ``question`` and their own ``where``, ``history``
                or ``label``.
            parallel: by default ``llm.parallel``.
            budget, model, where, history, label: as for ``ask``, for all of them.

        Raises:
            InputError: a question is neither a text nor such a mapping.
        """
        asked = read_questions(questions, Asked("", budget, model, where, history, label))
        return self._asker.many(asked, parallel=self._parallel(parallel))

    async def aask_many(
        self,
        questions: Sequence[str | Mapping[str, Any]],
        *,
        parallel: int | None = None,
        budget: int | None = None,
        model: str | None = None,
        where: Any = None,
        history: History = None,
        label: CallLabel = NO_LABEL,
    ) -> list[Answer | LeanRAGError]:
        """``ask_many``, awaited; cancelling it ends all calls."""
        asked = read_questions(questions, Asked("", budget, model, where, history, label))
        return await self._asker.amany(asked, parallel=self._parallel(parallel))

    def _parallel(self, given: int | None) -> int:
        if given is None:
            return self.settings.llm.parallel
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            raise InputError(f"parallel: expected a whole number from 1, got {given!r}")
        return given
