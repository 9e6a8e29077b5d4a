"""Cuts passages into the windows that the selector reads, and marks what a question shares.

A window is ``[CLS] question [SEP] label, text [SEP]``. Its text are whole sentences of a passage,
or of short passages that follow each other under one label, such as the turns of a conversation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.text.marks import Match, matches, question_marks, rarity, text_mark
from leanrag.text.terms import terms
from leanrag.tokens.memory import without_surrogates
from leanrag.types import Passage

QUESTION_TOKENS = 64
LABEL_TOKENS = 48
TEXT_TOKENS = 256
CONTEXT_TOKENS = 40
"""Tokens of the text before a window that are shown again, to be read but not scored."""
SHORT_TOKENS = 128
"""A passage of at most this many tokens may share a window with its neighbours."""
NO_SENTENCE = -1

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens of a label and a text.

    ``ids``, ``sentences``, ``passages`` and ``starts`` have one entry a token: the number of its
    sentence over all passages (``NO_SENTENCE`` where it is not scored), its passage (-1 in the
    label), and where it starts in the passage, or in the label. The first ``label`` tokens are
    the label's.
    """

    ids: Ints
    sentences: Ints
    passages: Ints
    starts: Ints
    label: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question's tokens."""

    ids: Ints
    starts: Ints


@dataclass(frozen=True, slots=True)
class _Text:
    ids: Ints
    sentences: Ints
    starts: Ints


def read_question(tokenizer: Any, question: str) -> Question:
    """The question's tokens, from its end where it is too long: what is asked stands there."""
    encoding = tokenizer.encode(without_surrogates(question), add_special_tokens=False)
    ids = np.array(encoding.ids, dtype=np.int32)[-QUESTION_TOKENS:]
    starts = np.array([start for start, _ in encoding.offsets], dtype=np.int32)[-QUESTION_TOKENS:]
    return Question(ids, starts)


def cut_windows(tokenizer: Any, passages: Sequence[Passage]) -> list[Window]:
    """The windows of all passages, in order; every sentence is scored in at least one."""
    texts = _texts(tokenizer, passages)
    windows: list[Window] = []
    open_run: list[int] = []
    for number, passage in enumerate(passages):
        size = len(texts[number].ids)
        if open_run:
            together = size + sum(len(texts[place].ids) for place in open_run)
            same = passage.label and passage.label == passages[open_run[-1]].label
            if not same or size > SHORT_TOKENS or together > TEXT_TOKENS:
                windows += _windows(tokenizer, passages, texts, open_run)
                open_run = []
        if size:
            open_run.append(number)
        if size > SHORT_TOKENS:
            windows += _windows(tokenizer, passages, texts, open_run)
            open_run = []
    if open_run:
        windows += _windows(tokenizer, passages, texts, open_run)
    return windows


def _texts(tokenizer: Any, passages: Sequence[Passage]) -> list[_Text]:
    encodings = tokenizer.encode_batch(
        [without_surrogates(passage.text) for passage in passages], add_special_tokens=False
    )
    texts, first = [], 0
    for passage, encoding in zip(passages, encodings, strict=True):
        starts = np.array([start for start, _ in encoding.offsets], dtype=np.int32)
        borders = np.array([start for start, _ in passage.sentences], dtype=np.int32)
        owner = np.searchsorted(borders, starts, side="right") - 1
        owner = np.where(owner >= 0, owner + first, NO_SENTENCE)
        ids = np.array(encoding.ids, dtype=np.int32)
        texts.append(_Text(ids, owner.astype(np.int32), starts))
        first += len(passage.sentences)
    return texts


def _windows(
    tokenizer: Any, passages: Sequence[Passage], texts: Sequence[_Text], run: Sequence[int]
) -> list[Window]:
    """The windows of passages that are read together."""
    label = tokenizer.encode(without_surrogates(passages[run[0]].label), add_special_tokens=False)
    head = np.array(label.ids, dtype=np.int32)[:LABEL_TOKENS]
    head_starts = np.array([start for start, _ in label.offsets], dtype=np.int32)[:LABEL_TOKENS]
    ids = np.concatenate([texts[place].ids for place in run])
    sentences = np.concatenate([texts[place].sentences for place in run])
    starts = np.concatenate([texts[place].starts for place in run])
    owners = np.repeat(np.array(run, dtype=np.int32), [len(texts[place].ids) for place in run])
    windows = []
    for start, end in _cuts(sentences):
        shown = max(0, start - min(CONTEXT_TOKENS, TEXT_TOKENS - (end - start)))
        scored = sentences[shown:end].copy()
        scored[: start - shown] = NO_SENTENCE
        none = np.full(len(head), -1, dtype=np.int32)
        windows.append(
            Window(
                np.concatenate([head, ids[shown:end]]),
                np.concatenate([none, scored]),
                np.concatenate([none, owners[shown:end]]),
                np.concatenate([head_starts, starts[shown:end]]),
                len(head),
            )
        )
    return windows


def _cuts(sentences: Ints) -> list[tuple[int, int]]:
    """Ranges of tokens of about equal length, cut between sentences where that is possible."""
    total = len(sentences)
    parts = -(-total // TEXT_TOKENS)
    borders = np.flatnonzero(np.diff(sentences)) + 1
    cuts, start = [], 0
    while total - start > TEXT_TOKENS:
        wanted = start + min(TEXT_TOKENS, -(-(total - start) // max(1, parts)) + CONTEXT_TOKENS)
        fitting = borders[(borders > start) & (borders <= min(wanted, start + TEXT_TOKENS))]
        end = int(fitting[-1]) if len(fitting) else start + TEXT_TOKENS
        cuts.append((start, end))
        start = end
        parts -= 1
    cuts.append((start, total))
    return cuts


def mark_windows(
    question: str, passages: Sequence[Passage], windows: Sequence[Window], read: Question
) -> tuple[Ints, list[Ints]]:
    """Marks of the question's tokens, and of each window's; see ``leanrag.text.marks``."""
    languages = sorted({passage.language for passage in passages})
    wanted = {language: frozenset(terms(question, language)) for language in languages}
    found = [matches(p.text, p.language, wanted[p.language]) for p in passages]
    labels = {
        (p.label, p.language): matches(p.label, p.language, wanted[p.language])
        for p in passages
        if p.label
    }
    frequencies: dict[str, int] = {}
    for passage, places in zip(passages, found, strict=True):
        for term in _terms_by_sentence(passage, places):
            frequencies[term] = frequencies.get(term, 0) + 1
    levels = rarity(frequencies, sum(len(passage.sentences) for passage in passages))
    for places in labels.values():
        for match in places:
            # a word of the label alone is not rare: it counts for every sentence below it
            levels.setdefault(match.term, len(_LABEL_LEVEL))
    asked = np.zeros(len(read.ids), dtype=np.int32)
    for start, end, mark in question_marks(question, languages, levels):
        asked[(read.starts >= start) & (read.starts < end)] = mark
    marked = [_tokens_marked(passages, window, found, labels, levels) for window in windows]
    return asked, marked


_LABEL_LEVEL = (0, 1)


def _terms_by_sentence(passage: Passage, places: Sequence[Match]) -> list[str]:
    """The terms of the passage's matches, once for each sentence that holds them."""
    if not places:
        return []
    borders = [start for start, _ in passage.sentences]
    owners = np.searchsorted(borders, [match.start for match in places], side="right")
    return [term for _, term in {(int(o), m.term) for o, m in zip(owners, places, strict=True)}]


def _tokens_marked(
    passages: Sequence[Passage],
    window: Window,
    found: Sequence[Sequence[Match]],
    labels: dict[tuple[str, str], list[Match]],
    levels: dict[str, int],
) -> Ints:
    marks = np.zeros(len(window.ids), dtype=np.int32)
    body = window.passages[window.label :]
    if len(body):
        first = passages[int(body[0])]
        places = labels.get((first.label, first.language), [])
        _mark(marks[: window.label], window.starts[: window.label], places, levels)
    for number in np.unique(body):
        where = np.flatnonzero(window.passages == number)
        part = marks[where]
        _mark(part, window.starts[where], found[int(number)], levels)
        marks[where] = part
    return marks


def _mark(marks: Ints, starts: Ints, places: Sequence[Match], levels: dict[str, int]) -> None:
    if not len(starts) or not places:
        return
    low = np.searchsorted(starts, [match.start for match in places], side="left")
    high = np.searchsorted(starts, [match.end for match in places], side="left")
    for match, a, b in zip(places, low, high, strict=True):
        mark = text_mark(match, levels)
        part = marks[a:b]
        # the lower of two marks is the rarer and the closer match
        part[(part == 0) | (part > mark)] = mark
