"""tiktoken encodings: which model uses which, loaded without the network."""

import importlib.util
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leanrag.errors import ModelError

if TYPE_CHECKING:
    from tiktoken import Encoding

_CACHE_VARIABLE = "TIKTOKEN_CACHE_DIR"
_USER_VARIABLES = (_CACHE_VARIABLE, "DATA_GYM_CACHE_DIR")
_LOADING = threading.Lock()


class _NotStoredError(Exception):
    """tiktoken asked the network for a vocabulary."""


def encoding_name(model: str) -> str | None:
    """The encoding of an OpenAI model by tiktoken's tables; ``None`` for other models.

    A fine-tune (``ft:gpt-4.1-2025-04-14:team::id``) has the encoding of the model it is made of.
    The provider may stand in front, as in ``openai/gpt-4o`` and ``azure/gpt-4o``.
    """
    from tiktoken import encoding_name_for_model

    bare = model.removeprefix("openai/").removeprefix("azure/")
    # tiktoken takes ft:gpt-4.1 for a gpt-4, so the model itself is asked for first.
    candidates = [bare.removeprefix("ft:").partition(":")[0]] if bare.startswith("ft:") else []
    for candidate in (*candidates, bare):
        try:
            return encoding_name_for_model(candidate)
        except KeyError:
            continue
    return None


def encoding_names() -> list[str]:
    """All encodings that tiktoken knows, in order."""
    import tiktoken

    return sorted(tiktoken.list_encoding_names())


def load_encoding(name: str) -> "Encoding":
    """The encoding ``name``, from the vocabularies on this machine alone.

    Looked for in the folder that ``TIKTOKEN_CACHE_DIR`` names where it is set, in the folder that
    llama-index-core brings, and in tiktoken's own cache. The environment stays as it was.

    Raises:
        ModelError: The vocabulary is not on this machine, or is damaged.
    """
    import tiktoken

    with _LOADING:
        for folder in _cache_folders():
            try:
                with _cache_at(folder), _no_download():
                    return tiktoken.get_encoding(name)
            except _NotStoredError:
                continue
            except (OSError, ValueError) as error:
                raise ModelError(
                    f"the vocabulary of {name} cannot be read: {error}", service="tiktoken"
                ) from error
    raise ModelError(
        f"the vocabulary of {name} is not on this machine, and leanrag downloads none. Where there "
        f'is a network, run TIKTOKEN_CACHE_DIR=FOLDER python -c "import tiktoken; '
        f"tiktoken.get_encoding('{name}')\", bring FOLDER here and set TIKTOKEN_CACHE_DIR to it; "
        "or set tokenizer (LEANRAG_TOKENIZER) to o200k_base, cl100k_base or a tokenizer folder",
        service="tiktoken",
    )


def _cache_folders() -> list[str | None]:
    """Where to look, in order; ``None`` leaves the choice to tiktoken and the environment."""
    carried = _carried_folder()
    chosen_by_user = any(variable in os.environ for variable in _USER_VARIABLES)
    places: list[str | None] = [None, carried] if chosen_by_user else [carried, None]
    return places if carried is not None else [None]


def _carried_folder() -> str | None:
    """The vocabularies inside llama-index-core, found without importing it."""
    spec = importlib.util.find_spec("llama_index")
    for root in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(root, "core", "_static", "tiktoken_cache")
        if folder.is_dir():
            return str(folder)
    return None


@contextmanager
def _cache_at(folder: str | None) -> Iterator[None]:
    if folder is None:
        yield
        return
    before = os.environ.get(_CACHE_VARIABLE)
    os.environ[_CACHE_VARIABLE] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ[_CACHE_VARIABLE]
        else:
            os.environ[_CACHE_VARIABLE] = before


@contextmanager
def _no_download() -> Iterator[None]:
    """tiktoken has no offline mode: its reader of URLs is replaced while a vocabulary loads.

    Without a network it would fail, and behind a silent firewall wait for minutes.
    """
    from tiktoken import load

    read_file = load.read_file

    def refuse(blobpath: str) -> bytes:
        if "://" in blobpath:
            raise _NotStoredError(blobpath)
        return read_file(blobpath)

    load.read_file = refuse
    try:
        yield
    finally:
        load.read_file = read_file
