"""The built-in MiniLM on OpenVINO: no torch, fast to start, bfloat16 where the CPU has it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.length_batches import length_batches
from leanrag.adapters.openvino.bert_graph import bert_graph, bert_states_graph
from leanrag.adapters.openvino.engine import compile_graph, cores, import_openvino
from leanrag.errors import ModelError
from leanrag.tokens.memory import without_surrogates
from leanrag.tokens.word_counts import WordCounts

_TOKENS_PER_CORE = 1024
_STEP = 8
_SLICE = 1024


class OpenVinoMiniLM:
    """Unit vectors of a BERT sentence encoder with mean pooling, read from a folder.

    The vectors are those of sentence-transformers: equal in ``fp32``, at a mean cosine above
    .9999 in ``bf16``, where all of the network runs in bfloat16 and pooling and normalisation
    end in float32. A CPU without bfloat16 computes ``bf16`` in float32, which agrees as well.
    Objects may be used from several threads at once.
    """

    def __init__(
        self,
        name: str,
        *,
        folder: Path,
        variant: Literal["fp32", "bf16"] = "fp32",
        batch_tokens: int = 8192,
        prefixes: tuple[str, str] = ("", ""),
    ) -> None:
        self._name = name
        self._folder = folder
        self._variant = variant
        # a larger batch falls out of the cores' caches: slower, and more memory
        self._batch_tokens = min(batch_tokens, _TOKENS_PER_CORE * cores())
        self._query_prefix, self._document_prefix = prefixes
        self._lock = Lock()
        self._compiled: Any = None
        self._idle: list[Any] = []

    @property
    def name(self) -> str:
        """The model's name as recorded in the store."""
        return self._name

    @property
    def variant(self) -> str:
        """``fp32`` or ``bf16``."""
        return self._variant

    @cached_property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self._field("config.json", "hidden_size"))

    @cached_property
    def max_tokens(self) -> int:
        """Longest input that the model reads whole, special tokens included."""
        return int(self._field("sentence_bert_config.json", "max_seq_length"))

    def count(self, text: str) -> int:
        """Tokens of ``text`` with special tokens, without truncation."""
        return self._counts.count(text)

    @cached_property
    def _counts(self) -> WordCounts:
        tokenizer = self._tokenizer

        def count(text: str) -> int:
            return len(tokenizer.encode(without_surrogates(text)).ids)

        specials = count("")

        def count_each(words: Sequence[str]) -> list[int]:
            safe = [without_surrogates(word) for word in words]
            return [len(found.ids) - specials for found in tokenizer.encode_batch_fast(safe)]

        return WordCounts(count, count_each)

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions). Raises ``ModelError``."""
        return self._embed([self._document_prefix + text for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions). Raises ``ModelError``."""
        return self._embed([self._query_prefix + text for text in texts])

    def embed_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """The unit vectors of each text's tokens, shape (tokens, dimensions), for late interaction.

        Special tokens stay out. Raises ``ModelError``.
        """
        tokens = self._token_ids(texts)
        lengths = [-(-len(ids) // _STEP) * _STEP for ids in tokens]
        found: list[NDArray[np.float32]] = [np.zeros((0, self.dimensions), np.float32)] * len(
            tokens
        )
        for batch in length_batches(lengths, self._batch_tokens):
            with self._lock:
                states = self._infer(self._states, [tokens[index] for index in batch])
                for row, index in enumerate(batch):
                    own = states[row, 1 : len(tokens[index]) - 1]
                    norms = np.linalg.norm(own, axis=1, keepdims=True)
                    found[index] = own / np.maximum(norms, 1e-12)
        return found

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return vectors
        tokens = self._token_ids(texts)
        lengths = [-(-len(ids) // _STEP) * _STEP for ids in tokens]
        with self._request() as request:
            for batch in length_batches(lengths, self._batch_tokens):
                vectors[batch] = self._infer(request, [tokens[index] for index in batch])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(norms, 1e-12)
        return unit

    def _token_ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Ids of each text, cut to the model's length as sentence-transformers does."""
        room = self.max_tokens - 1
        found: list[NDArray[np.int32]] = []
        # an encoding weighs far more than its ids, so only a slice of them exists at a time
        for start in range(0, len(texts), _SLICE):
            part = [without_surrogates(text) for text in texts[start : start + _SLICE]]
            for encoding in self._tokenizer.encode_batch_fast(part):
                ids = encoding.ids
                if len(ids) > room:
                    ids = [*ids[:room], ids[-1]]
                found.append(np.asarray(ids, dtype=np.int32))
        return found

    def _infer(self, request: Any, tokens: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        # lengths in steps: the engine prepares itself anew for every shape that it has not seen
        longest = -(-max(len(ids) for ids in tokens) // _STEP) * _STEP
        padded = np.zeros((len(tokens), longest), dtype=np.int32)
        mask = np.zeros((len(tokens), longest), dtype=np.float32)
        for row, ids in enumerate(tokens):
            padded[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1.0
        try:
            found: NDArray[np.float32] = request.infer([padded, mask])[0]
        except RuntimeError as error:
            raise ModelError(
                f"{self._name} could not embed a batch of {len(tokens)} texts: {error}",
                service="embedding",
            ) from error
        return found

    @contextmanager
    def _request(self) -> Iterator[Any]:
        """An inference request of one's own, since one cannot be shared between threads."""
        with self._lock:
            if self._compiled is None:
                self._compiled = self._compile()
            request = self._idle.pop() if self._idle else self._compiled.create_infer_request()
        try:
            yield request
        finally:
            with self._lock:
                self._idle.append(request)

    @cached_property
    def _states(self) -> Any:
        return self._compile(bert_states_graph).create_infer_request()

    def _compile(self, graph: Callable[[Path], Any] = bert_graph) -> Any:
        # before safetensors, so that a missing OpenVINO is what the message is about
        import_openvino()
        from safetensors import SafetensorError

        try:
            return compile_graph(graph(self._folder), bf16=self._variant == "bf16")
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise self._damaged(error) from error

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_str(self._read("tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _field(self, file: str, key: str) -> Any:
        try:
            return json.loads(self._read(file))[key]
        except (ValueError, KeyError) as error:
            raise self._damaged(error) from error

    def _read(self, file: str) -> str:
        try:
            return (self._folder / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> ModelError:
        return ModelError(
            f"embedding model {self._name} in {self._folder} cannot be loaded; reinstall its "
            f"package ({type(error).__name__}: {error})",
            service="embedding",
        )
