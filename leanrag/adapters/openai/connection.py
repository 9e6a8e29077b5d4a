"""How an OpenAI-compatible endpoint is reached: connections that are kept, its key, its address."""

import asyncio
import os
from base64 import b64encode
from importlib import metadata
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit
from weakref import WeakKeyDictionary

from leanrag.errors import ConfigError
from leanrag.settings import LLMSettings
from leanrag.text.addresses import without_credentials

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

OPENAI_URL = "https://api.openai.com/v1"
_OPENAI_HOST = "api.openai.com"
_LEAST_OF_SECRET = 4
"""Characters from which on a password is looked for in what an endpoint says."""
_DESCRIBING = (
    "X-Stainless-Lang",
    "X-Stainless-Package-Version",
    "X-Stainless-OS",
    "X-Stainless-Arch",
    "X-Stainless-Runtime",
    "X-Stainless-Runtime-Version",
    "X-Stainless-Async",
)


class OpenAIConnection:
    """Where an endpoint is and how it is reached; opened when it is first needed.

    Safe to use from several threads and event loops.

    Raises:
        ConfigError: there is neither an address nor a key.
    """

    def __init__(self, settings: LLMSettings) -> None:
        self.settings = settings
        self.service = without_credentials(settings.base_url or OPENAI_URL).rstrip("/")
        self.secret = _key(settings)
        self._address, self._login, password = _apart(settings.base_url or OPENAI_URL)
        told = (password, self._login.removeprefix("Basic "))
        long_enough = (text for text in told if len(text) >= _LEAST_OF_SECRET)
        self.secrets = (*filter(None, [self.secret]), *long_enough)
        self._client: OpenAI | None = None
        self._async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI] = (
            WeakKeyDictionary()
        )
        self._lock = Lock()

    def client(self) -> "OpenAI":
        """The client for calls that block."""
        from openai import OpenAI

        with self._lock:
            if self._client is None:
                self._client = OpenAI(**self._options())
            return self._client

    def async_client(self) -> "AsyncOpenAI":
        """The client of the running event loop; connections cannot pass from one to another."""
        from openai import AsyncOpenAI

        loop = asyncio.get_running_loop()
        with self._lock:
            if loop not in self._async_clients:
                self._async_clients[loop] = AsyncOpenAI(**self._options())
            return self._async_clients[loop]

    def close(self) -> None:
        """Closes the connections of calls that block. A later call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Closes the connections of the running event loop too."""
        with self._lock:
            client = self._async_clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()
        self.close()

    def _options(self) -> dict[str, Any]:
        from openai import Omit

        headers: dict[str, Any] = {name: Omit() for name in _DESCRIBING}
        headers["User-Agent"] = f"leanrag/{metadata.version('leanrag')}"
        if urlsplit(self.service).hostname != _OPENAI_HOST:
            headers |= {"OpenAI-Organization": Omit(), "OpenAI-Project": Omit()}
        if self._login:
            headers["Authorization"] = self._login
        return {
            "base_url": self._address,
            "api_key": self.secret or "none",
            "max_retries": self.settings.attempts - 1,
            "timeout": self.settings.timeout_s,
            "default_headers": headers,
        }


def _apart(url: str) -> tuple[str, str, str]:
    """The address without user and password, which a log would show, their header, the password.

    The latter two are empty where there are none.
    """
    parts = urlsplit(url)
    who, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, "", ""
    user, _, password = who.partition(":")
    pair = f"{unquote(user)}:{unquote(password)}".encode()
    plain = urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment))
    return plain, f"Basic {b64encode(pair).decode('ascii')}", unquote(password)


def _key(settings: LLMSettings) -> str:
    """The endpoint's key; that of OpenAI in the environment goes to OpenAI alone."""
    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    url = settings.base_url or OPENAI_URL
    key = os.environ.get("OPENAI_API_KEY", "") if urlsplit(url).hostname == _OPENAI_HOST else ""
    if not key and settings.base_url is None:
        raise ConfigError(
            "asking a model needs an endpoint: set llm.base_url (LEANRAG_LLM__BASE_URL), and "
            "llm.api_key (LEANRAG_LLM__API_KEY) where it wants a key"
        )
    return key
