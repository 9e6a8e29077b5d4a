"""The graphs of BERT encoders, built for OpenVINO from a folder of weights.

The architecture is that of `BERT <https://arxiv.org/abs/1810.04805>`_: embeddings, then layers of
self-attention and feed-forward with normalisation after each. Building it here needs neither torch
nor a converted copy of the model on disk.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.text.marks import MARKS

SCALE = ".scale"
WORDS = "embeddings.word_embeddings.weight"
MARKED = "marks.weight"
MASKED = -10000.0
"""What is added to the attention score of a padding token, as BERT was trained."""


def bert_graph(folder: Path) -> Any:
    """An ``openvino.Model`` of the encoder with the sum over a text's token vectors.

    Its inputs are token ids (int32) and the mask of real tokens (float32), each of shape
    (texts, tokens); its output has shape (texts, hidden size) and is not normalised.

    Raises:
        OSError: a file is missing or cannot be read.
        ValueError: the folder holds another kind of model.
        KeyError: a tensor or a field of the configuration is missing.
    """
    return _builder(folder).pooled()


def bert_states_graph(folder: Path) -> Any:
    """An ``openvino.Model`` of the encoder with the vector of each token.

    Its inputs are those of ``bert_graph``; its output has shape (texts, tokens, hidden size) and
    is not normalised. Raises like ``bert_graph``.
    """
    return _builder(folder).states()


def bert_token_graph(folder: Path) -> Any:
    """An ``openvino.Model`` of a token classifier.

    Its inputs are those of ``bert_graph``; its output are the logits of each token, of shape
    (texts, tokens, labels).

    Raises:
        OSError: a file is missing or cannot be read.
        ValueError: the folder holds another kind of model.
        KeyError: a tensor or a field of the configuration is missing.
    """
    return _builder(folder).tokens()


def selector_graph(folder: Path, *, vocabulary: int = 0) -> Any:
    """An ``openvino.Model`` of a selector: an encoder that reads marks, with two heads.

    ``vocabulary`` is how many tokens its tokenizer knows, which it must have vectors for.

    Its inputs, each of shape (windows, tokens), are token ids (int32), the place of each token's
    mark and segment in the table of extras (int32; mark + number of marks * segment) and the mask
    (float32). Its outputs are the two logits of each token (windows, tokens, 2) and the relevance
    of each window (windows, 1).

    Raises:
        OSError: a file is missing or cannot be read.
        ValueError: the folder holds another kind of model.
        KeyError: a tensor or a field of the configuration is missing.
    """
    return _builder(folder).selector(vocabulary)


def _builder(folder: Path) -> "_Builder":
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = (config["model_type"], config["hidden_act"])
    if kind != ("bert", "gelu"):
        raise ValueError(f"{folder} holds a {kind[0]} model with {kind[1]}, expected bert, gelu")
    stored = load_file(folder / "model.safetensors")
    weights = {name.removeprefix("bert."): value for name, value in stored.items()}
    return _Builder({name: _restored(weights, name) for name in weights}, config)


def _restored(weights: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    """A tensor; one that is stored as whole numbers has the scale of each row beside it."""
    value = weights[name]
    if value.dtype != np.int8:
        return value
    return value.astype(np.float32) * weights[name + SCALE].astype(np.float32)[:, None]


class _Builder:
    def __init__(
        self, weights: Mapping[str, NDArray[np.float32]], config: Mapping[str, Any]
    ) -> None:
        from openvino import opset13

        self._op = opset13
        self._weights = weights
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._hidden = int(config["hidden_size"])
        self._epsilon = float(config["layer_norm_eps"])

    def pooled(self) -> Any:
        """The sum over the vectors of a text's tokens."""
        from openvino import Model

        ids, mask, state = self._encoder()
        row = self._op.unsqueeze(mask, self._axes(1))
        pooled = self._op.squeeze(self._op.matmul(row, state, False, False), self._axes(1))
        return Model([pooled], [ids, mask], "bert")

    def states(self) -> Any:
        """The vector of every token."""
        from openvino import Model

        ids, mask, state = self._encoder()
        return Model([state], [ids, mask], "bert")

    def tokens(self) -> Any:
        """The logits of every token."""
        from openvino import Model

        ids, mask, state = self._encoder()
        return Model([self._linear(state, "classifier")], [ids, mask], "bert")

    def selector(self, vocabulary: int) -> Any:
        """The logits of every token, and the relevance of every window."""
        from openvino import Model

        # the engine reads past the end of a table that is too short, without a word
        for name, rows in ((WORDS, vocabulary), (MARKED, MARKS)):
            if len(self._weights[name]) < rows:
                raise ValueError(f"{name} has {len(self._weights[name])} rows, expected {rows}")

        op = self._op
        extras = op.parameter([-1, -1], np.int32, name="extras")
        segments = self._weights["embeddings.token_type_embeddings.weight"].astype(np.float32)
        marks = self._weights[MARKED].astype(np.float32)
        table = (segments[:, None, :] + marks[None, :, :]).reshape(-1, self._hidden)
        ids, mask, state = self._encoder((extras, table))
        first = op.gather(state, self._axis(0), self._axis(1))
        seen = op.tanh(self._linear(first, "relevance.0"))
        likeness = op.multiply(
            self._linear(first, "similar"), self._constant(self._weights["share"])
        )
        relevance = op.add(self._linear(seen, "relevance.2"), likeness)
        tokens = self._linear(state, "tokens")
        return Model([tokens, relevance], [ids, extras, mask], "selector")

    def _encoder(
        self, extras: tuple[Any, NDArray[np.float32]] | None = None
    ) -> tuple[Any, Any, Any]:
        """Inputs and last state; ``extras`` is an input and a table that replace segment 0."""
        op = self._op
        ids = op.parameter([-1, -1], np.int32, name="ids")
        mask = op.parameter([-1, -1], np.float32, name="mask")
        masked = op.multiply(
            op.subtract(self._constant(1.0), op.unsqueeze(mask, self._axes(1, 2))),
            self._constant(MASKED),
        )
        state = self._embeddings(ids, extras)
        for layer in range(self._layers):
            prefix = f"encoder.layer.{layer}."
            state = self._attention(state, masked, prefix + "attention.")
            state = self._feed_forward(state, prefix)
        return ids, mask, state

    def _embeddings(self, ids: Any, extras: tuple[Any, NDArray[np.float32]] | None) -> Any:
        op = self._op
        words = self._constant(self._weights[WORDS])
        places = self._weights["embeddings.position_embeddings.weight"].astype(np.float32)
        if extras is None:
            # every token is of the first segment, so its vector joins the positions beforehand
            places = places + self._weights["embeddings.token_type_embeddings.weight"][0]
        length = op.gather(op.shape_of(ids), self._axes(1), self._axis(0))
        at = op.slice(self._constant(places), self._axes(0), length, self._axes(1), self._axes(0))
        found = op.add(op.gather(words, ids, self._axis(0)), at)
        if extras is not None:
            found = op.add(found, op.gather(self._constant(extras[1]), extras[0], self._axis(0)))
        return self._normalised(found, "embeddings.LayerNorm")

    def _attention(self, state: Any, masked: Any, prefix: str) -> Any:
        op = self._op
        size = self._hidden // self._heads
        names = [f"{prefix}self.{name}" for name in ("query", "key", "value")]
        # one product for all three is faster than three
        weight = np.concatenate([self._weights[name + ".weight"] for name in names])
        bias = np.concatenate([self._weights[name + ".bias"] for name in names])
        joint = op.add(op.matmul(state, self._constant(weight), False, True), self._constant(bias))
        query, key, value = (
            op.transpose(
                op.reshape(part, self._axes(0, 0, self._heads, size), True),
                self._axes(0, 2, 1, 3),
            )
            for part in op.split(joint, self._axis(2), 3).outputs()
        )
        scores = op.multiply(op.matmul(query, key, False, True), self._constant(size**-0.5))
        mixed = op.matmul(op.softmax(op.add(scores, masked), 3), value, False, False)
        merged = op.reshape(
            op.transpose(mixed, self._axes(0, 2, 1, 3)), self._axes(0, 0, self._hidden), True
        )
        out = self._linear(merged, prefix + "output.dense")
        return self._normalised(op.add(out, state), prefix + "output.LayerNorm")

    def _feed_forward(self, state: Any, prefix: str) -> Any:
        op = self._op
        inner = op.gelu(self._linear(state, prefix + "intermediate.dense"), "erf")
        out = self._linear(inner, prefix + "output.dense")
        return self._normalised(op.add(out, state), prefix + "output.LayerNorm")

    def _linear(self, state: Any, name: str) -> Any:
        weight = self._constant(self._weights[name + ".weight"])
        bias = self._constant(self._weights[name + ".bias"])
        return self._op.add(self._op.matmul(state, weight, False, True), bias)

    def _normalised(self, state: Any, name: str) -> Any:
        op = self._op
        even = op.mvn(state, self._axes(-1), True, self._epsilon, "INSIDE_SQRT")
        weight = self._constant(self._weights[name + ".weight"])
        return op.add(op.multiply(even, weight), self._constant(self._weights[name + ".bias"]))

    def _constant(self, value: NDArray[np.float32] | float) -> Any:
        return self._op.constant(np.asarray(value, dtype=np.float32))

    def _axis(self, value: int) -> Any:
        return self._op.constant(np.asarray(value, dtype=np.int64))

    def _axes(self, *values: int) -> Any:
        return self._op.constant(np.asarray(values, dtype=np.int64))
