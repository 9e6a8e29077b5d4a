"""The models of one endpoint, over connections that are kept."""

from threading import Lock

from leanrag.adapters.openai.chat import OpenAIChat
from leanrag.adapters.openai.connection import OpenAIConnection
from leanrag.protocols import StreamingChatModel
from leanrag.settings import Settings


class Chats:
    """Gives the chat model of a name. Safe to use from several threads.

    Args:
        settings: the endpoint.
        given: answers in place of the endpoint, whatever the name.
    """

    def __init__(self, settings: Settings, given: StreamingChatModel | None = None) -> None:
        self._settings = settings
        self.given = given
        self._connection: OpenAIConnection | None = None
        self._models: dict[str, OpenAIChat] = {}
        self._lock = Lock()

    def model(self, name: str) -> StreamingChatModel:
        """The model of this name. Raises ``ConfigError`` where no endpoint is set."""
        if self.given is not None:
            return self.given
        with self._lock:
            if self._connection is None:
                self._connection = OpenAIConnection(self._settings.llm)
            if name not in self._models:
                self._models[name] = OpenAIChat(
                    self._connection, name, tokenizer=self._settings.tokenizer
                )
            return self._models[name]

    def close(self) -> None:
        """Closes the connections; a later call opens new ones."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    async def aclose(self) -> None:
        """Closes those of the running event loop too."""
        if self._connection is not None:
            await self._connection.aclose()
