"""A BERT token classifier in the manner of LLMLingua-2 on OpenVINO, read from a folder.

The probabilities are those that the llmlingua package computes with torch, without torch.
"""

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.length_batches import length_batches
from leanrag.adapters.openvino.bert import OpenVinoBert
from leanrag.adapters.openvino.bert_graph import bert_token_graph
from leanrag.adapters.word_scores import pool, readable, windows
from leanrag.types import Span, Word

_BATCH_TOKENS = 2048
_STEP = 16
_KEEP = 1
"""The label of words that stay, as in the models of LLMLingua-2."""


class OpenVinoWordScorer:
    """Scores words with `LLMLingua-2 <https://arxiv.org/abs/2403.12968>`_'s kind of model.

    ``folder`` holds ``config.json``, ``model.safetensors`` and ``tokenizer.json`` of a
    ``BertForTokenClassification`` with two labels, of which the second means keep. A text longer
    than the model reads is seen through overlapping windows. The question is not used.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder
        self._bert = OpenVinoBert(
            f"the model {name} for dropping words", folder, graph=_graph, service="squeezer",
            advice="name another in compression.squeezer, or set compression.mode to prune",
        )  # fmt: skip

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        """The words of each text with the probability that they are kept.

        Raises:
            ModelError: the model is not there or fails.
        """
        encodings = [self._encode(text) for text in texts]
        parts: list[tuple[int, Span, Span]] = [
            (index, *window)
            for index, (ids, _) in enumerate(encodings)
            for window in windows(len(ids), self._max_tokens - 2)
        ]
        keeps = [np.zeros(len(ids)) for ids, _ in encodings]
        lengths = [_padded(end - start + 2) for _, (start, end), _ in parts]
        for batch in length_batches(lengths, _BATCH_TOKENS):
            wanted = [encodings[parts[n][0]][0][slice(*parts[n][1])] for n in batch]
            for row, part in zip(self._infer(wanted), batch, strict=True):
                index, (start, _), (first, last) = parts[part]
                keeps[index][first:last] = row[first - start : last - start]
        return [
            pool(text, offsets, keep)
            for text, (_, offsets), keep in zip(texts, encodings, keeps, strict=True)
        ]

    def _encode(self, text: str) -> tuple[list[int], list[Span]]:
        encoding = self._bert.tokenizer.encode(readable(text), add_special_tokens=False)
        return encoding.ids, encoding.offsets

    def _infer(self, tokens: Sequence[Sequence[int]]) -> list[NDArray[np.float64]]:
        """The probability of keeping of every token, in rows without padding."""
        longest = _padded(max(map(len, tokens)) + 2)
        ids = np.zeros((len(tokens), longest), dtype=np.int32)
        mask = np.zeros((len(tokens), longest), dtype=np.float32)
        first, last = self._bert.ends
        for row, inner in enumerate(tokens):
            ids[row, : len(inner) + 2] = [first, *inner, last]
            mask[row, : len(inner) + 2] = 1.0
        logits = self._bert.run([ids, mask])[0].astype(np.float64)
        odds = np.exp(np.clip(logits[..., 1 - _KEEP] - logits[..., _KEEP], -60, 60))
        keeps = 1 / (1 + odds)
        return [keeps[row, 1 : len(inner) + 1] for row, inner in enumerate(tokens)]

    @cached_property
    def _max_tokens(self) -> int:
        file = self._folder / "config.json"
        try:
            return int(json.loads(file.read_text(encoding="utf-8"))["max_position_embeddings"])
        except (OSError, ValueError, KeyError) as error:
            raise self._bert.damaged(error) from error


def _graph(folder: Path, _: Any) -> Any:
    graph = bert_token_graph(folder)
    labels = graph.output(0).get_partial_shape()[2].get_length()
    if labels != 2:
        raise ValueError(f"it has {labels} labels, expected two: drop and keep")
    return graph


def _padded(length: int) -> int:
    """Lengths in steps: the engine prepares itself anew for every shape not seen before."""
    return -(-length // _STEP) * _STEP
