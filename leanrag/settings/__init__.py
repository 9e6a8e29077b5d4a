"""Configuration: validated once, at the edge. One module a section, ``root`` joins them."""

from leanrag.settings.chunking import ChunkingSettings, StrategyRule
from leanrag.settings.compression import CompressionSettings
from leanrag.settings.described import DescribedSection, DescribedSetting, describe_settings
from leanrag.settings.embedding import EmbeddingSettings
from leanrag.settings.history import HistorySettings
from leanrag.settings.ingest import IngestSettings
from leanrag.settings.ledger import LedgerSettings, ModelPrice
from leanrag.settings.llm import LLMSettings
from leanrag.settings.masking import MaskingSettings
from leanrag.settings.prompt import PromptSettings
from leanrag.settings.qdrant import QdrantSettings
from leanrag.settings.retrieval import RetrievalSettings
from leanrag.settings.root import DEFAULT_COLLECTION, DEFAULT_STORE, Settings

__all__ = [
    "DEFAULT_COLLECTION",
    "DEFAULT_STORE",
    "ChunkingSettings",
    "CompressionSettings",
    "DescribedSection",
    "DescribedSetting",
    "EmbeddingSettings",
    "HistorySettings",
    "IngestSettings",
    "LLMSettings",
    "LedgerSettings",
    "MaskingSettings",
    "ModelPrice",
    "PromptSettings",
    "QdrantSettings",
    "RetrievalSettings",
    "Settings",
    "StrategyRule",
    "describe_settings",
]
