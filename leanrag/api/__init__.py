"""The public API: puts stages and adapters together."""

from leanrag.api.conversation import Conversation
from leanrag.api.ledger import LedgerReport, ledger_report, query_for
from leanrag.api.rag import LeanRAG
from leanrag.api.texts import compress, condense

__all__ = [
    "Conversation",
    "LeanRAG",
    "LedgerReport",
    "compress",
    "condense",
    "ledger_report",
    "query_for",
]
