"""What the embedded engine raises, as ``StoreError``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leanrag.errors import LeanRAGError, StoreError, StoreInUseError


@contextmanager
def translated(folder: Path) -> Iterator[None]:
    """Turns what the engine raises (bare ``Exception`` mostly) into ``StoreError``."""
    try:
        yield
    except LeanRAGError:
        raise
    except Exception as error:  # the engine raises no class of its own
        raise _store_error(folder, error) from error
    except BaseException as error:
        # A panic of the Rust side derives from BaseException and has no public name.
        if type(error).__name__ != "PanicException":
            raise
        raise _store_error(folder, error) from error


def _store_error(folder: Path, error: BaseException) -> StoreError:
    if "WouldBlock" in str(error):
        return StoreInUseError(
            f"the store {folder} is in use by another program; close it there",
            service="store",
            retryable=True,
        )
    return StoreError(
        f"the engine failed on the store {folder}: {error}. If this stays, restore the folder "
        "from a copy, or remove it and ingest the documents again",
        service="store",
    )
