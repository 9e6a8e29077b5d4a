"""Opens the conversations of a store, and shares what is kept of them in memory."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import RLock

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.adapters.sqlite.conversations.store import SqliteConversations
from leanrag.api.asking.hooks import hooks_for
from leanrag.api.asking.own_calls import OwnCalls
from leanrag.api.memory.indexing import reader
from leanrag.api.memory.stored import Memory, Tools
from leanrag.api.memory.summary_worker import SummaryWorker
from leanrag.api.wiring.endpoint import Chats
from leanrag.api.wiring.models import Models, shared_models
from leanrag.api.wiring.stores import is_url
from leanrag.errors import ConfigError
from leanrag.history.makers import ExtractiveMaker, ModelMaker, SummaryMaker
from leanrag.protocols import ChatModel, ConversationStore, Embedder
from leanrag.settings import Settings
from leanrag.tokens import counter_for
from leanrag.types import ConversationInfo

IN_MEMORY = ":memory:"
_KEPT = 32
"""Conversations of which vectors and turns stay in memory."""


class Conversations:
    """All conversations of one store. Safe to use from several threads.

    Args:
        settings: where they are kept, and how they are summarised.
        store: where else they are kept.
        model: gives who summarises, in place of the endpoint that the settings name.
        models: gives embedder and selector, in place of those of the process.

    Raises:
        ConfigError: a model is to summarise, and no endpoint is set.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        store: ConversationStore | None = None,
        model: Callable[[], ChatModel] | None = None,
        models: Models | None = None,
    ) -> None:
        self.settings = settings
        self.store = store or open_conversations(settings)
        self.worker = SummaryWorker()
        # At once, so that a missing endpoint is told before the first turn.
        asked = settings.history.summary == "model"
        self._model = (model or (lambda: _endpoint(settings)))() if asked else None
        self._maker: SummaryMaker | None = None
        self._memories: OrderedDict[tuple[str, str], Memory] = OrderedDict()
        self._lock = RLock()
        kept, name = models or shared_models(), reader(settings, stored=True)
        self._tools = Tools(
            self.store,
            settings,
            counter_for(settings.model, tokenizer=settings.tokenizer),
            RankBM25Scorer(),
            lambda: kept.embedder(settings.embedding),
            None if name is None else lambda: kept.selector(name),
            self._maker_for,
        )

    @property
    def tools(self) -> Tools:
        """Counter and scorer that all conversations share."""
        return self._tools

    def memory(self, tenant: str, conversation: str) -> Memory:
        """What is known of a conversation, the same object for each who asks."""
        with self._lock:
            memory = self._memories.setdefault(
                (tenant, conversation), Memory(self._tools, tenant, conversation)
            )
            self._memories.move_to_end((tenant, conversation))
            while len(self._memories) > _KEPT:
                self._memories.popitem(last=False)
            return memory

    def list(self, tenant: str | None = None) -> list[ConversationInfo]:
        """What is there, of one tenant or of all."""
        return self.store.conversations(tenant)

    def delete(self, tenant: str, conversation: str) -> bool:
        """Removes a conversation from store and memory; whether there was one."""
        with self._lock:
            self._memories.pop((tenant, conversation), None)
        return self.store.delete(tenant, conversation)

    def close(self) -> None:
        """Ends the making of summaries and closes the store."""
        self.worker.close()
        with self._lock:
            self._memories.clear()
        self.store.close()

    def _maker_for(self, embedder: Embedder) -> SummaryMaker:
        extractive = ExtractiveMaker(self._tools.counter, embedder)
        if self._model is None:
            return extractive
        with self._lock:
            # One for all, since it remembers whether a call is under way.
            if self._maker is None:
                self._maker = ModelMaker(
                    self._model,
                    extractive,
                    counter=self._tools.counter,
                    timeout_s=self.settings.history.timeout_s,
                )
            return self._maker


def open_conversations(settings: Settings) -> ConversationStore:
    """The store of conversations that the settings name.

    Raises:
        ConfigError: a server's store needs a file named in the settings.
    """
    path = settings.history.path
    if path == IN_MEMORY:
        return SqliteConversations()
    if path is not None:
        return SqliteConversations(path)
    if is_url(settings.store):
        raise ConfigError(
            "history.path: name the SQLite file of the conversations (LEANRAG_HISTORY__PATH), "
            "since the store is a server; ':memory:' keeps them until the process ends"
        )
    folder = Path(settings.store)
    return SqliteConversations(
        folder / f"{settings.collection}.conversations.sqlite", prepare=_store_maker(folder)
    )


def _store_maker(folder: Path) -> Callable[[], None]:
    """Makes the folder a store, so that documents can still be ingested into it afterwards."""

    def make() -> None:
        from leanrag.adapters.qdrant.edge.folder import create_store

        create_store(folder)

    return make


def _endpoint(settings: Settings) -> ChatModel:
    """Who summarises where there is no ``LeanRAG``: its calls go into a ledger that is asked for.

    One beside the store would make a store of a folder that holds none.
    """
    ledger = settings.ledger
    asked_for = ledger.path or ledger.otel or ledger.tenant_budgets
    hooks = hooks_for(settings)
    if not asked_for and ledger.daily_budget is None:
        hooks = replace(hooks, recorder=None)
    return OwnCalls(settings, Chats(settings).model, hooks).model("summary")
