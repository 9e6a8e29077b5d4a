"""A connection to a Qdrant server, and what its errors mean."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from leanrag.errors import BackendError, LeanRAGError, StoreError
from leanrag.settings import QdrantSettings
from leanrag.text.addresses import without_credentials

_SERVICE = "qdrant"


def connect(url: str, settings: QdrantSettings) -> Any:
    """A client of the server at a URL. Nothing is sent until it is used."""
    from qdrant_client import QdrantClient

    key = settings.api_key
    with translated(without_credentials(url)):
        return QdrantClient(
            url=url,
            api_key=key.get_secret_value() if key else None,
            timeout=math.ceil(settings.timeout_s),
            check_compatibility=False,
        )


def is_local(client: Any) -> bool:
    """Whether the client is the in-process imitation, which has no payload indexes."""
    from qdrant_client.local.qdrant_local import QdrantLocal

    return isinstance(getattr(client, "_client", None), QdrantLocal)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Turns what the client raises into ``BackendError`` and ``StoreError``.

    Args:
        place: The server or collection, for the message.
    """
    from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

    try:
        yield
    except LeanRAGError:
        raise
    except ResponseHandlingException as error:
        raise BackendError(
            f"the Qdrant server of {place} cannot be reached ({error.source}); check the URL, "
            "and that the server is running, or raise qdrant.timeout_s",
            service=_SERVICE,
            retryable=True,
        ) from error
    except ResourceExhaustedResponse as error:
        raise BackendError(
            f"the Qdrant server of {place} is overloaded; try again in {error.retry_after_s} s",
            service=_SERVICE,
            retryable=True,
        ) from error
    except UnexpectedResponse as error:
        raise _of_status(place, error.status_code or 0, str(error)) from error
    except (ValueError, RuntimeError, OSError) as error:
        raise StoreError(f"Qdrant failed on {place}: {error}", service=_SERVICE) from error


def _of_status(place: str, status: int, text: str) -> BackendError:
    if status in (401, 403):
        return BackendError(
            f"the Qdrant server of {place} refused the access ({status}); set qdrant.api_key "
            "(or LEANRAG_QDRANT__API_KEY) to a key that may write",
            service=_SERVICE,
        )
    if status == 429 or status >= 500:
        return BackendError(
            f"the Qdrant server of {place} failed ({status}); try again",
            service=_SERVICE,
            retryable=True,
        )
    detail = " ".join(text.split())
    return StoreError(f"the Qdrant server refused a request on {place}: {detail}", service=_SERVICE)
