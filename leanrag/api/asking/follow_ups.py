"""Makes questions searchable with the history before them: by rule or by a chat model."""

from collections.abc import Sequence
from dataclasses import dataclass

from leanrag.api.asking.own_calls import OwnCalls
from leanrag.api.asking.tracked import NO_LABEL
from leanrag.errors import BudgetError, LLMError, MaskingError
from leanrag.retrieve.followup import Rewrite, Wanted, standalone
from leanrag.retrieve.rewrite import rewrite
from leanrag.settings import Settings
from leanrag.text.pointers import leaning
from leanrag.types import CallLabel, Message


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Says what to search with for a question in a conversation.

    Args:
        settings: ``retrieval.follow_up``, and the endpoint in ``llm``.
        own_calls: gives the model that rewrites.
    """

    settings: Settings
    own_calls: OwnCalls

    def wanted(
        self, question: str, history: Sequence[Message], label: CallLabel = NO_LABEL
    ) -> Wanted:
        """What to search with.

        A model that fails or may not be asked leaves the rule, and the note says so.

        Raises:
            ConfigError: a model is to be asked, and there is no endpoint.
        """
        if not history or not self._asks(question):
            return standalone(question, history)
        return standalone(question, history, self._rewrite(label))

    def _asks(self, question: str) -> bool:
        llm = self.settings.llm
        match self.settings.retrieval.follow_up:
            case "rule":
                return False
            case "model":
                return True
            case "auto":
                configured = llm.base_url is not None or llm.model is not None
                return configured and leaning(question) > 0

    def _rewrite(self, label: CallLabel) -> Rewrite:
        model = self.own_calls.model("rewrite", label)

        def put(question: str, history: Sequence[Message]) -> str:
            try:
                return rewrite(question, history, model)
            except (BudgetError, MaskingError) as error:
                raise LLMError(f"the model was not asked: {error}") from error

        return put
