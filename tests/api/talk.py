"""Conversations over counters and embedders that are easy to reason about."""

from typing import Any

import pytest

from leanrag.adapters.sqlite.conversations.store import SqliteConversations
from leanrag.api.conversation import Conversation
from leanrag.api.memory.catalogue import Conversations
from leanrag.protocols import ChatModel, ConversationStore
from leanrag.settings import Settings
from tests.history.parts import WordEmbedder


def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words instead of a model's vectors, and no selector."""
    monkeypatch.setattr("leanrag.api.wiring.models.load_embedder", lambda given: WordEmbedder())


def among(
    store: ConversationStore | None = None, model: ChatModel | None = None, **history: Any
) -> Conversations:
    """Conversations in memory, or in a store."""
    history = {"path": ":memory:", **history}
    if model is not None:
        history["summary"] = "model"
    settings = Settings.create(history=history)
    return Conversations(
        settings,
        store=store or SqliteConversations(),
        model=None if model is None else lambda: model,
    )


def talk(conversations: Conversations, name: str = "a", tenant: str = "") -> Conversation:
    return Conversation(name, tenant=tenant, among=conversations)
