"""The contracts between the stages and what is handed to them, one module a part."""

from leanrag.protocols.calls import CallRecorder, ChatModel, StreamingChatModel
from leanrag.protocols.conversations import ConversationStore
from leanrag.protocols.ledger import CallExporter, Ledger, PriceList
from leanrag.protocols.masking import Masker
from leanrag.protocols.models import (
    Embedder,
    LexicalScorer,
    PairScorer,
    Reranker,
    Selector,
    TokenEmbedder,
    WordScorer,
)
from leanrag.protocols.parsing import Parser
from leanrag.protocols.stores import (
    DocumentStore,
    EvidenceStore,
    Store,
    StoreAdmin,
    StoreReader,
    StoreSearcher,
    StoreWriter,
)
from leanrag.protocols.tokens import TokenCounter

__all__ = [
    "CallExporter",
    "CallRecorder",
    "ChatModel",
    "ConversationStore",
    "DocumentStore",
    "Embedder",
    "EvidenceStore",
    "Ledger",
    "LexicalScorer",
    "Masker",
    "PairScorer",
    "Parser",
    "PriceList",
    "Reranker",
    "Selector",
    "Store",
    "StoreAdmin",
    "StoreReader",
    "StoreSearcher",
    "StoreWriter",
    "StreamingChatModel",
    "TokenCounter",
    "TokenEmbedder",
    "WordScorer",
]
