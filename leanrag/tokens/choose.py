"""Which counter a model gets."""

import os
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeAlias

from leanrag.errors import ConfigError
from leanrag.tokens.bound import UpperBoundCounter
from leanrag.tokens.encodings import encoding_name, encoding_names
from leanrag.tokens.folder import FolderCounter
from leanrag.tokens.folder_files import is_tokenizer_folder
from leanrag.tokens.openai import OpenAICounter

Counter: TypeAlias = OpenAICounter | FolderCounter | UpperBoundCounter
"""The counters there are; each fulfils ``leanrag.protocols.TokenCounter``."""

_Kind: TypeAlias = Literal["encoding", "folder", "unknown"]
_warned: set[str] = set()


class InexactCountWarning(UserWarning):
    """Tokens are counted as an upper bound; the text names the setting that makes it exact."""


def counter_for(model: str, *, tokenizer: str | None = None) -> Counter:
    """The counter for ``model``, the same object for the same arguments.

    Args:
        model: An OpenAI model, also dated, fine-tuned or with ``openai/`` in front; a folder with
            a Hugging Face tokenizer (``./gpt2`` where a model has the same name); or any other
            name, for which an upper bound is counted.
        tokenizer: A tiktoken encoding or a tokenizer folder; overrides what the model says. An
            empty text is none.

    A counter that is not exact is announced by an ``InexactCountWarning``, once for each model.

    Raises:
        ConfigError: ``tokenizer`` is neither an encoding nor a folder, or the folder is broken.
        ModelError: The vocabulary of the encoding is not on this machine.
    """
    if not model.strip():
        raise ConfigError("model: expected a model name or a tokenizer folder, got an empty text")
    setting = (tokenizer or "").strip()
    kind, value = _from_setting(setting) if setting else _from_model(model.strip())
    counter = _build(kind, value)
    if not counter.exact and model not in _warned:
        _warned.add(model)
        warnings.warn(counter.hint, InexactCountWarning, stacklevel=2)
    return counter


def _from_setting(setting: str) -> tuple[_Kind, str]:
    names = encoding_names()
    if setting in names:
        return "encoding", setting
    path = os.path.expanduser(setting)
    if os.path.isdir(path):
        return "folder", os.path.abspath(path)
    advice = ""
    if os.path.isfile(path):
        advice = "; it is a file, give the folder that holds it"
    elif (encoding := encoding_name(setting)) is not None:
        advice = f"; it is a model, whose encoding is {encoding}"
    raise ConfigError(
        f"tokenizer: {setting!r:.100} is neither a tiktoken encoding ({', '.join(names)}) nor a "
        f"folder with a Hugging Face tokenizer{advice}"
    )


def _from_model(model: str) -> tuple[_Kind, str]:
    encoding = encoding_name(model)
    if encoding is not None:
        return "encoding", encoding
    path = os.path.expanduser(model)
    is_folder = os.path.isdir(path)
    is_path = os.path.isabs(path) or model.startswith(("./", "../", ".\\", "..\\"))
    if is_path and not is_folder:
        raise ConfigError(f"model: {model!r:.200} is written as a folder, but there is none")
    if is_folder and (is_path or is_tokenizer_folder(Path(path))):
        return "folder", os.path.abspath(path)
    return "unknown", model


@lru_cache(maxsize=64)
def _build(kind: _Kind, value: str) -> Counter:
    if kind == "encoding":
        return OpenAICounter(value)
    if kind == "folder":
        return FolderCounter(Path(value))
    return UpperBoundCounter(
        hint=f"the tokenizer of {value!r:.100} is not known, so its tokens are counted as an upper "
        "bound; set tokenizer (LEANRAG_TOKENIZER) to a tiktoken encoding such as o200k_base, or "
        "to a folder with the model's Hugging Face tokenizer, for an exact count"
    )
