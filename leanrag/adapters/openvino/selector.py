"""The selector on OpenVINO: one pass over question and text judges passages and sentences.

The model is a BERT encoder in the manner of `Provence <https://arxiv.org/abs/2501.16214>`_ that
also reads which words the question and the text share (``leanrag.text.marks``).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.length_batches import length_batches
from leanrag.adapters.openvino.bert import OpenVinoBert
from leanrag.adapters.openvino.bert_graph import selector_graph
from leanrag.adapters.openvino.engine import cores
from leanrag.adapters.openvino.selector_windows import (
    NO_SENTENCE,
    Ints,
    Question,
    Window,
    cut_windows,
    mark_windows,
    read_question,
)
from leanrag.text.marks import MARKS
from leanrag.types import Judged, Passage, Places

_TOKENS_PER_CORE = 512
_STEP = 8
_CLAMP = 20.0


class OpenVinoSelector:
    """Judges passages and their sentences against a question.

    ``folder`` holds ``config.json``, ``model.safetensors`` and ``tokenizer.json`` as
    ``pipelines.selector.export`` writes them. Objects may be used from several threads at once.
    """

    def __init__(self, name: str, folder: Path, *, bf16: bool = True) -> None:
        self._name = name
        self._bert = OpenVinoBert(
            f"the selector {name}", folder, graph=_graph, service="selector",
            advice="reinstall leanrag, or set compression.selector to similarity", bf16=bf16,
        )  # fmt: skip

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        """What each passage and each of its sentences is worth; see ``Judged``.

        Raises:
            ModelError: the model is not there or fails.
        """
        if not any(passage.sentences for passage in passages):
            return [Judged(-np.inf, np.zeros(0)) for _ in passages]
        read = read_question(self._bert.tokenizer, question)
        windows = cut_windows(self._bert.tokenizer, passages)
        total = sum(len(passage.sentences) for passage in passages)
        if not windows:  # white space alone
            empty = np.full(total, -np.inf)
            return _by_passage(passages, empty, np.full(len(passages), -np.inf), {})
        asked, marks = mark_windows(question, passages, windows, read)
        tokens, relevance = self._infer(read, asked, windows, marks)
        scores = _pooled(windows, tokens, relevance, total)
        best = np.full(len(passages), -np.inf)
        for window, value in zip(windows, relevance, strict=True):
            here = np.unique(window.passages[window.passages >= 0])
            best[here] = np.maximum(best[here], value)
        return _by_passage(passages, scores, best, _places(windows, tokens))

    def _infer(
        self, read: Question, asked: Ints, windows: Sequence[Window], marks: Sequence[Ints]
    ) -> tuple[list[NDArray[np.float32]], NDArray[np.float32]]:
        """The logits of each window's tokens, and each window's relevance."""
        first, last = self._bert.ends
        front = np.concatenate([[first], read.ids, [last]])
        front_marks = np.concatenate([[0], asked, [0]])
        lengths = [-(-(len(front) + len(w.ids) + 1) // _STEP) * _STEP for w in windows]
        tokens: list[NDArray[np.float32]] = [np.zeros((0, 2), dtype=np.float32)] * len(windows)
        relevance = np.zeros(len(windows), dtype=np.float32)
        for batch in length_batches(lengths, _TOKENS_PER_CORE * cores()):
            width = max(lengths[number] for number in batch)
            ids = np.zeros((len(batch), width), dtype=np.int32)
            extras = np.zeros((len(batch), width), dtype=np.int32)
            mask = np.zeros((len(batch), width), dtype=np.float32)
            for row, number in enumerate(batch):
                body, size = windows[number].ids, len(front) + len(windows[number].ids) + 1
                ids[row, :size] = np.concatenate([front, body, [last]])
                extras[row, : len(front)] = front_marks
                extras[row, len(front) : size - 1] = marks[number]
                extras[row, len(front) : size] += MARKS
                mask[row, :size] = 1.0
            given, value = self._bert.run([ids, extras, mask])
            for row, number in enumerate(batch):
                start = len(front)
                tokens[number] = given[row, start : start + len(windows[number].ids)]
                relevance[number] = value[row, 0]
        return tokens, relevance


def _graph(folder: Path, tokenizer: Any) -> Any:
    return selector_graph(folder, vocabulary=tokenizer.get_vocab_size())


def _pooled(
    windows: Sequence[Window],
    tokens: Sequence[NDArray[np.float32]],
    relevance: NDArray[np.float32],
    sentences: int,
) -> NDArray[np.float64]:
    """The score of each sentence: mean of the first logit, soft maximum of the second, relevance.

    A sentence without a token, of white space alone, is worth nothing.
    """
    owner = np.concatenate([window.sentences for window in windows])
    used = owner != NO_SENTENCE
    about = np.concatenate([t[:, 0] + r for t, r in zip(tokens, relevance, strict=True)])
    point = np.concatenate([t[:, 1] for t in tokens]).clip(-_CLAMP, _CLAMP).astype(np.float64)
    owner = owner[used]
    count = np.bincount(owner, minlength=sentences)
    safe = np.maximum(count, 1)
    mean = np.bincount(owner, about[used].astype(np.float64), sentences) / safe
    soft = np.log(np.bincount(owner, np.exp(point[used]), sentences) / safe + 1e-9)
    scores: NDArray[np.float64] = np.where(count > 0, mean + soft, -np.inf)
    return scores


def _places(windows: Sequence[Window], tokens: Sequence[NDArray[np.float32]]) -> dict[int, Places]:
    """The second logit of the tokens that are scored, by the number of their passage."""
    used = [window.sentences != NO_SENTENCE for window in windows]
    owners = np.concatenate([w.passages[u] for w, u in zip(windows, used, strict=True)])
    starts = np.concatenate([w.starts[u] for w, u in zip(windows, used, strict=True)])
    logits = np.concatenate([t[u, 1] for t, u in zip(tokens, used, strict=True)])
    order = np.lexsort((starts, owners))
    owners, starts = owners[order], starts[order]
    logits = logits[order].clip(-_CLAMP, _CLAMP)
    known, first = np.unique(owners, return_index=True)
    ends = [*first[1:].tolist(), len(owners)]
    return {
        int(number): Places(starts[a:b], logits[a:b])
        for number, a, b in zip(known, first.tolist(), ends, strict=True)
    }


def _by_passage(
    passages: Sequence[Passage],
    scores: NDArray[np.float64],
    best: NDArray[np.float64],
    places: Mapping[int, Places],
) -> list[Judged]:
    judged, first = [], 0
    for number, (passage, relevance) in enumerate(zip(passages, best, strict=True)):
        last = first + len(passage.sentences)
        sentences = scores[first:last]
        judged.append(Judged(float(relevance), sentences, places=places.get(number)))
        first = last
    return judged
