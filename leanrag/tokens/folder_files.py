"""What a Hugging Face tokenizer folder holds: the tokenizer, its special tokens, its template."""

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leanrag.errors import ConfigError
from leanrag.tokens.template import SPECIAL_TOKENS, ChatTemplate

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tekken.json",
    "vocab.json",
    "vocab.txt",
)
"""Files of which a tokenizer folder has at least one."""

_GENERIC_CLASSES = ("PreTrainedTokenizerFast", "TokenizersBackend")
_TOKEN_FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")
_PROBE = "The quick brown fox, 12 times."


def is_tokenizer_folder(path: Path) -> bool:
    """Whether ``path`` is a folder with a tokenizer file."""
    return any((path / name).is_file() for name in TOKENIZER_FILES)


class TokenizerFiles:
    """Reads one folder; nothing outside it, and no code from it.

    ``tokenizer.json`` is read by the tokenizers library alone. Older folders, with vocabulary or
    sentencepiece files only, are read by transformers.

    Raises:
        ConfigError: The folder holds no tokenizer, or a broken file, which is named.
    """

    def __init__(self, folder: Path) -> None:
        if not is_tokenizer_folder(folder):
            raise ConfigError(
                f"{folder}: no tokenizer in this folder; it needs one of "
                f"{', '.join(TOKENIZER_FILES)}"
            )
        self._folder = folder
        self._config = self._read_json("tokenizer_config.json")
        if "added_tokens_decoder" not in self._config:  # as transformers decides it
            self._config.update(self._read_json("special_tokens_map.json"))

    def encoder(self) -> Callable[[str], int]:
        """A function that counts the tokens of a text, without added special tokens."""
        fast = (self._folder / "tokenizer.json").is_file()
        count = self._fast_encoder() if fast else self._slow_encoder()
        try:
            recognised = count(_PROBE)
        except Exception as error:  # the tokenizers library raises no class of its own
            raise ConfigError(
                f"{self._folder}: the tokenizer cannot encode plain text: {error}"
            ) from error
        if not recognised:
            raise ConfigError(
                f"{self._folder}: the tokenizer makes no tokens of plain text; its vocabulary is "
                "empty or missing"
            )
        return count

    def template(self) -> ChatTemplate | None:
        """The chat template, from its own file or the configuration; ``None`` without one."""
        file = self._folder / "chat_template.jinja"
        if file.is_file():
            return ChatTemplate(self._read_text(file), origin=str(file))
        source = self._config.get("chat_template")
        origin = f"{self._folder / 'tokenizer_config.json'}: chat_template"
        if isinstance(source, list):
            source = {
                entry.get("name"): entry.get("template")
                for entry in source
                if isinstance(entry, dict)
            }
        if isinstance(source, dict):
            if not isinstance(source.get("default"), str):
                raise ConfigError(f"{origin}: there is no template named 'default'")
            source = source["default"]
        if source is None:
            return None
        if not isinstance(source, str):
            raise ConfigError(f"{origin}: expected a text, got {type(source).__name__}")
        return ChatTemplate(source, origin=origin)

    def special_tokens(self, template: ChatTemplate | None) -> dict[str, str]:
        """Special tokens by name (``bos_token``), as a template may refer to them.

        A folder need not name those that its tokenizer class has by default; transformers, which
        knows the classes, is asked only where the template refers to such a token.
        """
        if template is None:
            return {}
        named = {key: text for key in self._config if (text := self._token_text(key))}
        unnamed = template.special_tokens - self._config.keys()
        if not unnamed or self._config.get("tokenizer_class", "") in ("", *_GENERIC_CLASSES):
            return named
        defaults = dict(self._load_slow().special_tokens_map)
        return {**{key: str(defaults[key]) for key in unnamed if key in defaults}, **named}

    def _token_text(self, key: str) -> str | None:
        value = self._config[key]
        if not key.endswith("_token"):
            return None
        if isinstance(value, dict):
            value = value.get("content")
        return value if isinstance(value, str) else None

    def _fast_encoder(self) -> Callable[[str], int]:
        from tokenizers import Tokenizer

        file = self._folder / "tokenizer.json"
        try:
            tokenizer = Tokenizer.from_buffer(file.read_bytes())
        except (OSError, ValueError) as error:
            raise ConfigError(f"{file}: not a tokenizer: {error}") from error
        known = {token.content for token in tokenizer.get_added_tokens_decoder().values()}
        tokenizer.add_tokens([token for token in self._declared() if token.content not in known])
        tokenizer.encode_special_tokens = self._config.get("split_special_tokens") is True
        return _count_with(tokenizer)

    def _declared(self) -> Iterator[Any]:
        """Added tokens that the configuration declares, in the order of their ids."""
        from tokenizers import AddedToken

        declared = self._config.get("added_tokens_decoder") or {}
        extra = (
            self._config.get("extra_special_tokens")
            or self._config.get("additional_special_tokens")
            or []
        )
        try:
            entries = [declared[number] for number in sorted(declared, key=int)]
            entries += [self._config[key] for key in SPECIAL_TOKENS if self._config.get(key)]
            entries += list(extra.values() if isinstance(extra, dict) else extra)
            for entry in entries:
                if isinstance(entry, str):
                    yield AddedToken(entry, special=True)
                else:
                    flags = {flag: entry[flag] for flag in _TOKEN_FLAGS if flag in entry}
                    yield AddedToken(entry["content"], **flags)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise ConfigError(
                f"{self._folder / 'tokenizer_config.json'}: malformed added or special token: "
                f"{error}"
            ) from error

    def _slow_encoder(self) -> Callable[[str], int]:
        tokenizer = self._load_slow()
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is not None:
            return _count_with(backend)
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False))

    def _load_slow(self) -> Any:
        from transformers import AutoTokenizer

        try:
            return AutoTokenizer.from_pretrained(
                str(self._folder.absolute()), local_files_only=True, trust_remote_code=False
            )
        except Exception as error:  # each tokenizer class raises what it likes
            reason = " ".join(str(error).split())[:300]
            advice = "save it as tokenizer.json (save_pretrained of the fast tokenizer does)"
            if find_spec("sentencepiece") is None and list(self._folder.glob("*.model")):
                advice += ", or install the package sentencepiece, which reads *.model files"
            raise ConfigError(
                f"{self._folder}: transformers cannot load the tokenizer: {reason}; {advice}"
            ) from error

    def _read_json(self, name: str) -> dict[str, Any]:
        file = self._folder / name
        if not file.is_file():
            return {}
        try:
            values = json.loads(self._read_text(file))
        except (ValueError, RecursionError) as error:
            raise ConfigError(f"{file}: not valid JSON: {error}") from error
        if not isinstance(values, dict):
            raise ConfigError(f"{file}: expected a JSON object, got {type(values).__name__}")
        return values

    def _read_text(self, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: cannot be read: {error}") from error


def _count_with(tokenizer: Any) -> Callable[[str], int]:
    """Counts with a tokenizer of the tokenizers library, in full length."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False))
