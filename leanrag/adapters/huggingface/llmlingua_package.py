"""Microsoft's llmlingua 0.2.2 on today's libraries: what it takes to run it as it was meant.

The package was written for transformers 4 and for a handful of models on a machine with a
network. One subclass mends what has moved since; none of the mends changes a result that the
package gets right by itself:

- keys and values pass as plain lists, where transformers 5 wants a ``DynamicCache``;
- a tokenizer's kind is told by the model's name, which a folder need not have;
- counting and sentence splitting fetch their data from the network;
- a text longer than the model's positions ranks as NaN, without a word;
- ``get_prefix_length`` compares decoded text, which lossy tokenizers change;
- the constructor reseeds every random generator of the process and runs code from the hub.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from leanrag.adapters.huggingface.sentence_transformers import quiet_vendors
from leanrag.errors import ModelError
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.tokens.encodings import load_encoding

WORDPIECE = "bert-base-multilingual-cased"
SENTENCEPIECE = "xlm-roberta-large"
"""The names by which the package knows how a tokenizer marks the start of a word."""

_HUB_TIMEOUT_S = 10.0
_FAILURES = (
    *(OSError, ValueError, RuntimeError, TypeError, KeyError),
    *(AttributeError, ImportError, IndexError, AssertionError),
)
"""What the package and transformers raise over models that they cannot use."""


def load_compressor(location: str, *, classifier: bool, device: str = "cpu") -> Any:
    """A ``PromptCompressor`` over the model in a folder or of a hub name.

    Args:
        location: a folder, or a name on the model hub.
        classifier: whether the model is a token classifier, for LLMLingua-2; else a causal one.
        device: ``cpu``, ``cuda`` or ``mps``.

    Raises:
        ModelError: the model is not there or of another kind, or the package is missing.
    """
    is_folder = Path(location).is_dir()
    load_encoding("cl100k_base")  # the package asks for it, and would fetch it from the network
    with quiet_vendors(), _same_random_numbers():
        kind = _compressor_class()

        def load(*, local: bool) -> Any:
            return kind(
                location,
                device_map=device,
                # weights give no right to run code that comes with them
                model_config={"trust_remote_code": False, "local_files_only": local},
                use_llmlingua2=classifier,
            )

        try:
            try:
                compressor = load(local=True)
            except OSError:
                if is_folder:
                    raise
                _ask_hub(location)
                compressor = load(local=False)
        except _FAILURES as error:
            raise _unusable(location, is_folder, error) from error
    compressor.model.eval()
    return compressor


def _ask_hub(location: str) -> None:
    """One question to the model hub, since loading itself tries each file for half a minute.

    Raises:
        OSError: the hub does not answer or does not have the model.
    """
    from huggingface_hub import HfApi

    try:
        HfApi().model_info(location, timeout=_HUB_TIMEOUT_S)
    except Exception as error:
        # the client's errors are those of its HTTP library, which differs by version
        raise OSError(f"{type(error).__name__}: {error}") from error


def _compressor_class() -> type:
    try:
        from llmlingua import PromptCompressor, prompt_compressor
    except ImportError as error:
        raise ModelError(
            "llmlingua cannot be imported; install it with: pip install llmlingua==0.2.2 "
            f"({error})",
            service="llmlingua",
        ) from error
    # nltk would look for its sentence model, which nobody installed, and offer a download
    prompt_compressor.nltk = SimpleNamespace(sent_tokenize=_sentences)

    class Compressor(PromptCompressor):  # type: ignore[misc]
        """The package's class with the mends."""

        model: Any

        def load_model(self, *args: Any, **options: Any) -> None:
            super().load_model(*args, **options)
            config = self.model.config
            names = config.architectures or [""]
            is_classifier = any("ForTokenClassification" in name for name in names)
            if is_classifier != self.use_llmlingua2:
                wanted = "a token classifier" if self.use_llmlingua2 else "a causal language model"
                raise ValueError(f"it is {names[0] or 'of no known kind'}, expected {wanted}")
            if not getattr(self.tokenizer, "is_fast", False):
                raise ValueError("it has no fast tokenizer")
            if is_classifier:
                if config.num_labels != 2:
                    raise ValueError(f"it has {config.num_labels} labels, expected drop and keep")
                if self.tokenizer.cls_token_id is None or self.tokenizer.sep_token_id is None:
                    raise ValueError("its tokenizer has no tokens for start and end of a text")
                self.tokenizer.padding_side = "right"
                if config.pad_token_id is not None:
                    self.tokenizer.pad_token_id = config.pad_token_id
            else:
                self.model = _WithListCache(self.model)

        def init_llmlingua2(self, *args: Any, **options: Any) -> None:
            super().init_llmlingua2(*args, **options)
            self.model_name = _known_name(self.tokenizer)
            self.max_seq_len = min(512, positions(self.model.config))

        def get_prefix_length(self, prefix: str, text: str) -> int:
            offsets = self.tokenizer(
                prefix + text[:100], add_special_tokens=False, return_offsets_mapping=True
            )["offset_mapping"]
            return sum(end <= len(prefix) for _, end in offsets)

        def get_condition_ppl(
            self,
            text: str,
            question: str,
            condition_in_question: str = "none",
            granularity: str = "sentence",
        ) -> Any:
            """The mean over the parts of a text that is too long to be read at once."""
            asked = 0 if condition_in_question == "none" else self.get_token_length(question)
            offsets = self.tokenizer(
                text, add_special_tokens=False, return_offsets_mapping=True, verbose=False
            )["offset_mapping"]
            room = max(1, self.max_position_embeddings - asked - 2)
            pieces = [
                text[offsets[start][0] : offsets[min(start + room, len(offsets)) - 1][1]]
                for start in range(0, max(1, len(offsets)), room)
                if offsets
            ]
            ask = super().get_condition_ppl
            if len(pieces) < 2:
                return ask(text, question, condition_in_question, granularity)
            import torch

            losses = [ask(piece, question, condition_in_question) for piece in pieces]
            return torch.stack(losses).nanmean()

    return Compressor


class _WithListCache:
    """A causal model that takes and gives its cache as lists of key and value tensors."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, *args: Any, past_key_values: Any = None, **options: Any) -> Any:
        from transformers import DynamicCache

        cache = DynamicCache()
        for layer, (keys, values) in enumerate(past_key_values or ()):
            cache.update(keys, values, layer)
        output = self._model(*args, past_key_values=cache, **options)
        output.past_key_values = [
            [layer.keys, layer.values] for layer in output.past_key_values.layers
        ]
        return output


def positions(config: Any) -> int:
    """How many tokens an encoder reads at once; RoBERTa's kind counts from behind its padding."""
    limit = int(config.max_position_embeddings)
    if "roberta" in str(config.model_type) or str(config.model_type) == "camembert":
        limit -= int(config.pad_token_id or 0) + 1
    return limit


def _known_name(tokenizer: Any) -> str:
    """The name that makes the package treat a tokenizer by its kind."""
    vocabulary = tokenizer.get_vocab()
    if any(token.startswith("▁") for token in vocabulary):
        return SENTENCEPIECE
    return WORDPIECE


def _sentences(text: str) -> list[str]:
    """Sentences whose pieces follow each other without a gap, as the package relies on."""
    return [text[start:end] for start, end in split_sentences(text, detect_language(text))]


@contextmanager
def _same_random_numbers() -> Iterator[None]:
    """Gives the process's random generators and switches back as they were."""
    import numpy as np
    import torch

    hashing = os.environ.get("PYTHONHASHSEED")
    state, numbers = random.getstate(), np.random.get_state()
    cudnn = (torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark)
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(state)
        np.random.set_state(numbers)
        torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = cudnn
        if hashing is None:
            os.environ.pop("PYTHONHASHSEED", None)
        else:
            os.environ["PYTHONHASHSEED"] = hashing


def _unusable(location: str, is_folder: bool, error: Exception) -> ModelError:
    reason = f"{type(error).__name__}: {error}".splitlines()[0]
    if is_folder:
        return ModelError(
            f"{location} holds no model that llmlingua can use ({reason})", service="llmlingua"
        )
    return ModelError(
        f"the model {location!r} is neither a folder nor in the local cache of the model hub, and "
        "the hub gave none. Models by name belong to the profile hub (pipelines/hub.yaml): let it "
        "download them where there is a network, or set compression.squeezer to a folder or to "
        f"builtin ({reason})",
        service="llmlingua",
    )
