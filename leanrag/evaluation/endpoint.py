"""An OpenAI-compatible endpoint with every reply kept on disk by its content."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import SecretStr

from leanrag.adapters.openai.chat import OpenAIChat
from leanrag.adapters.openai.connection import OpenAIConnection
from leanrag.errors import EvaluationError
from leanrag.settings import LLMSettings
from leanrag.types import Message, Usage


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote, and what the endpoint says it cost; ``cached`` if it was kept."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached: bool = False


class Endpoint:
    """Chat completions at temperature 0, cached by content.

    Safe to use from several threads and processes: a reply that two of them ask for at once is
    fetched twice and kept once.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str,
        cache: Path,
        attempts: int = 4,
        timeout_s: float = 60.0,
    ) -> None:
        self._base_url = base_url
        self._connection = OpenAIConnection(
            LLMSettings(
                base_url=base_url,
                api_key=SecretStr(api_key),
                attempts=attempts,
                timeout_s=timeout_s,
                temperature=0.0,
            )
        )
        self._models: dict[str, OpenAIChat] = {}
        self._lock = Lock()
        try:
            cache.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(
                cache, timeout=60, isolation_level=None, check_same_thread=False
            )
            self._base.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply)")
        except (sqlite3.Error, OSError) as error:
            raise EvaluationError(
                f"{cache}: the cache of answers cannot be used: {error}"
            ) from error

    def ask(self, model: str, messages: Sequence[Message], *, max_tokens: int) -> Reply:
        """The reply to ``messages``.

        Raises:
            LLMError: the endpoint gave none; ``retryable`` where it may at another time.
        """
        asked: dict[str, Any] = {
            "model": model,
            "messages": [dict(message) for message in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
        }
        text = json.dumps([self._base_url, asked], sort_keys=True, ensure_ascii=False)
        key = hashlib.sha256(text.encode()).hexdigest()
        kept = self._kept(key)
        if kept is not None:
            return kept
        chat = self._models.setdefault(model, OpenAIChat(self._connection, model))
        answer = chat.complete(messages, max_tokens=max_tokens)
        usage = answer.usage or Usage(0, 0)
        reply = Reply(answer.text, usage.input_tokens, usage.output_tokens)
        values = json.dumps([reply.text, reply.prompt_tokens, reply.completion_tokens])
        with self._lock:
            self._base.execute("INSERT OR IGNORE INTO replies VALUES (?, ?)", (key, values))
        return reply

    def close(self) -> None:
        """Closes the connection and the cache."""
        self._connection.close()
        self._base.close()

    def _kept(self, key: str) -> Reply | None:
        with self._lock:
            row = self._base.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        text, prompt_tokens, completion_tokens = json.loads(row[0])
        return Reply(text, prompt_tokens, completion_tokens, cached=True)
