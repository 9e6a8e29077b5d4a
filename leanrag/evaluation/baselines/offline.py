"""Lets packages that count with tiktoken do so without a network."""

import os
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path


@lru_cache(maxsize=1)
def use_carried_vocabularies() -> None:
    """Points tiktoken at the vocabularies that llama-index-core carries.

    A folder that the user set stays. To be called before a package first uses tiktoken.
    """
    found = find_spec("llama_index.core")
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / "_static" / "tiktoken_cache"
        os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(folder))
