"""Word scores by the methods of LLMLingua, through Microsoft's package and its models.

`LLMLingua <https://arxiv.org/abs/2310.05736>`_ keeps what a language model did not expect,
`LongLLMLingua <https://arxiv.org/abs/2310.06839>`_ what the question makes more expected, and
`LLMLingua-2 <https://arxiv.org/abs/2403.12968>`_ asks a token classifier. The package loads the
models and computes; which words go, and how many, is decided by ``leanrag.compress.squeeze``,
which holds its target and knows the way back to the source.
"""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.huggingface.llmlingua_package import load_compressor
from leanrag.adapters.length_batches import length_batches
from leanrag.adapters.word_scores import pool, readable, windows
from leanrag.errors import ModelError
from leanrag.types import Span, Word

_BATCH_TOKENS = 4096
_LONGEST_WINDOW = 1024
_MOST_QUESTION_TOKENS = 256


class _Scorer:
    """What the methods share: one model, loaded at first use, used by one thread at a time."""

    def __init__(self, location: str, *, device: str = "cpu") -> None:
        self._location = location
        self._device = device
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The folder or hub name."""
        return self._location

    def _tokens(self, text: str) -> tuple[list[int], list[Span]]:
        found = self._compressor.tokenizer(
            readable(text), add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        return list(found["input_ids"]), [tuple(span) for span in found["offset_mapping"]]

    def _failed(self, error: Exception) -> ModelError:
        return ModelError(
            f"{self.name} could not score words: {type(error).__name__}: {error}",
            service="llmlingua",
        )

    @property
    def _compressor(self) -> Any:
        raise NotImplementedError


class LLMLingua2Words(_Scorer):
    """The probability that a token classifier keeps a word. The question is not used."""

    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        """The words of each text with their probabilities. Raises ``ModelError``."""
        with self._lock:
            encodings = [self._tokens(text) for text in texts]
            room = self._compressor.max_seq_len - 2
            parts: list[tuple[int, Span, Span]] = [
                (index, *window)
                for index, (ids, _) in enumerate(encodings)
                for window in windows(len(ids), room)
            ]
            keeps = [np.zeros(len(ids)) for ids, _ in encodings]
            lengths = [end - start + 2 for _, (start, end), _ in parts]
            for batch in length_batches(lengths, _BATCH_TOKENS):
                rows = self._infer([encodings[parts[n][0]][0][slice(*parts[n][1])] for n in batch])
                for row, number in zip(rows, batch, strict=True):
                    index, (start, _), (first, last) = parts[number]
                    keeps[index][first:last] = row[first - start : last - start]
        return [
            pool(text, offsets, keep)
            for text, (_, offsets), keep in zip(texts, encodings, keeps, strict=True)
        ]

    def _infer(self, tokens: Sequence[Sequence[int]]) -> list[NDArray[np.float64]]:
        import torch

        tokenizer = self._compressor.tokenizer
        longest = max(map(len, tokens)) + 2
        ids = torch.full((len(tokens), longest), tokenizer.pad_token_id or 0)
        mask = torch.zeros((len(tokens), longest), dtype=torch.long)
        for row, inner in enumerate(tokens):
            whole = [tokenizer.cls_token_id, *inner, tokenizer.sep_token_id]
            ids[row, : len(whole)] = torch.tensor(whole)
            mask[row, : len(whole)] = 1
        model = self._compressor.model
        try:
            with torch.inference_mode():
                logits = model(
                    input_ids=ids.to(model.device), attention_mask=mask.to(model.device)
                ).logits
                keeps = torch.softmax(logits.float(), dim=-1)[..., 1].cpu().numpy()
        except (RuntimeError, IndexError) as error:
            raise self._failed(error) from error
        return [keeps[row, 1 : len(inner) + 1] for row, inner in enumerate(tokens)]

    @cached_property
    def _compressor(self) -> Any:
        return load_compressor(self._location, classifier=True, device=self._device)


class LLMLinguaWords(_Scorer):
    """What a causal language model did not expect: 1 - p(token | the text before it)."""

    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        """The words of each text with their surprise. Raises ``ModelError``."""
        with self._lock:
            return [self._words(text, question) for text in texts]

    def _words(self, text: str, question: str) -> tuple[Word, ...]:
        ids, offsets = self._tokens(text)
        keeps = np.zeros(len(ids))
        prefix = self._question(question)
        room = min(self._compressor.max_position_embeddings, _LONGEST_WINDOW) - len(prefix) - 1
        for (start, end), (first, last) in windows(len(ids), max(room, 1)):
            row = self._keeps(ids[start:end], prefix)
            keeps[first:last] = row[first - start : last - start]
        return pool(text, offsets, keeps)

    def _question(self, question: str) -> list[int]:
        """The tokens that condition the second reading; none for LLMLingua."""
        return []

    def _keeps(self, ids: list[int], prefix: list[int]) -> NDArray[np.float64]:
        keeps: NDArray[np.float64] = -np.expm1(-self._losses(ids, []))
        return keeps

    def _losses(self, ids: list[int], prefix: list[int]) -> NDArray[np.float64]:
        """The loss of each of ``ids`` behind ``prefix``, by the package's ``get_ppl``.

        A first token that nothing stands before counts as unexpected, as the package has it.
        """
        import torch

        compressor = self._compressor
        tokenizer = compressor.tokenizer
        start = tokenizer.bos_token_id
        lead = prefix or ([] if start is None else [start])
        whole = [*lead, *ids]
        if len(whole) < 2:
            return np.full(len(ids), 20.0)
        tensor = torch.tensor([whole], device=compressor.device)
        try:
            with torch.inference_mode():
                losses = compressor.get_ppl(
                    "", "token", input_ids=tensor, attention_mask=torch.ones_like(tensor)
                )
        except (RuntimeError, IndexError, ValueError) as error:
            raise self._failed(error) from error
        found = losses.float().cpu().numpy().astype(np.float64)
        if not lead:
            found = np.concatenate([[20.0], found])
        own: NDArray[np.float64] = found[len(found) - len(ids) :]
        return np.nan_to_num(own, nan=0.0, posinf=20.0)

    @cached_property
    def _compressor(self) -> Any:
        return load_compressor(self._location, classifier=False, device=self._device)


class LongLLMLinguaWords(LLMLinguaWords):
    """How much the question makes a token more expected: the contrastive perplexity.

    The difference of the two losses passes through a logistic function, which keeps its order.
    Without a question it is LLMLingua.
    """

    def _question(self, question: str) -> list[int]:
        if not question.strip():
            return []
        return self._tokens(question.strip() + "\n\n")[0][-_question_room(self._compressor) :]

    def _keeps(self, ids: list[int], prefix: list[int]) -> NDArray[np.float64]:
        if not prefix:
            return super()._keeps(ids, prefix)
        gain = self._losses(ids, []) - self._losses(ids, prefix)
        keeps: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(gain, -60, 60)))
        return keeps


def _question_room(compressor: Any) -> int:
    """Tokens of the question that are read: at most a quarter of what the model can."""
    return max(1, min(_MOST_QUESTION_TOKENS, int(compressor.max_position_embeddings) // 4))
