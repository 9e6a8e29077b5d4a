"""Reads the training arrays and puts batches of groups together; needs numpy alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MARKS = 18
CLS, SEP = 101, 102
NEGATIVE, POSITIVE, IGNORED = 0, 1, 2
NO_OWNER = 255


class Ragged:
    """Rows of different lengths in one array."""

    def __init__(self, flat: np.ndarray, lengths: np.ndarray) -> None:
        self._flat = flat
        self._ends = np.concatenate([[0], np.cumsum(lengths)])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        return self._flat[self._ends[row] : self._ends[row + 1]]


class Groups:
    """Questions, each with its windows, from a file that ``pipelines.selector.data`` wrote."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as stored:
            arrays = {name: stored[name] for name in stored.files}

        def ragged(name: str) -> Ragged:
            return Ragged(arrays[name], arrays[f"{name}_lengths"])

        self.sets = arrays["group_set"]
        self.window_label = arrays["window_label"]
        self.window_ids = ragged("window_ids")
        self.window_owners = ragged("window_owners")
        self.window_clauses = ragged("window_clauses")
        self.question_ids = ragged("question_ids")
        self.question_marks = ragged("question_marks")
        self.windows = ragged("member_window")
        self.labels = ragged("member_label")
        self.marks = ragged("member_marks")
        self.answers = ragged("member_answers")
        self.sentences = ragged("member_sentences")
        self.targets = ragged("group_targets")
        self.tokens = ragged("group_tokens")
        self.passages = ragged("group_passages")
        self.first_member = np.concatenate([[0], np.cumsum(arrays["member_window_lengths"])])

    def __len__(self) -> int:
        return len(self.sets)


@dataclass
class Batch:
    """Padded windows of some groups, and what is to be learned from them."""

    ids: np.ndarray
    types: np.ndarray
    marks: np.ndarray
    mask: np.ndarray
    owners: np.ndarray
    clauses: np.ndarray
    """The clause of each token, counted within its window; -1 for none."""
    answers: np.ndarray
    sentence_target: np.ndarray
    sentence_group: np.ndarray
    window_label: np.ndarray
    window_group: np.ndarray
    window_pool: np.ndarray
    """The number of each window in the file."""
    groups: np.ndarray
    """The number of each group in the file."""


@dataclass(frozen=True)
class Sampling:
    """How groups are varied at each sight.

    Args:
        members: most windows of a group.
        no_marks: share of groups that are shown without marks, so that meaning is learned too.
        no_label: share of windows without title and headings.
        no_answer: share of groups whose windows with evidence are left out.
    """

    members: int = 24
    no_marks: float = 0.1
    no_label: float = 0.2
    no_answer: float = 0.08


WHOLE = Sampling(members=100_000, no_marks=0.0, no_label=0.0, no_answer=0.0)


def batch_of(
    groups: Groups, chosen: Sequence[int], draw: np.random.Generator, sampling: Sampling
) -> Batch:
    """One batch of the groups ``chosen``."""
    rows: list[tuple[Any, ...]] = []
    targets: list[np.ndarray] = []
    sentence_group: list[np.ndarray] = []
    about: list[tuple[int, int, int]] = []
    first = 0
    for place, group in enumerate(chosen):
        bare = draw.random() < sampling.no_marks
        target = groups.targets[group]
        members = _members(groups, group, draw, sampling)
        question = groups.question_ids[group].astype(np.int64)
        none = np.full(len(question) + 2, -1)
        asked = groups.question_marks[group]
        for member in members:
            window = int(groups.windows[group][member])
            at = int(groups.first_member[group]) + member
            body = groups.window_ids[window].astype(np.int64)
            local = groups.window_owners[window]
            shown = groups.sentences[at]
            owner = np.where(
                local == NO_OWNER, -1, first + shown[np.minimum(local, len(shown) - 1)]
            )
            label = int(groups.window_label[window])
            hidden = label if draw.random() < sampling.no_label else 0
            marks = groups.marks[at]
            rows.append(
                (
                    np.concatenate([[CLS], question, [SEP], body, [SEP]]),
                    len(question) + 2,
                    np.concatenate([[0], asked, [0], marks, [0]]) * (not bare),
                    hidden,
                    np.concatenate([none, owner, [-1]]),
                    np.concatenate([none, groups.window_clauses[window].astype(np.int64), [-1]]),
                    np.concatenate([np.zeros(len(question) + 2), groups.answers[at], [0]]),
                )
            )
            about.append((int(groups.labels[group][member]), place, window))
        targets.append(target)
        sentence_group.append(np.full(len(target), place))
        first += len(target)
    # by length, so that a part of the batch can be computed without much padding
    order = sorted(range(len(rows)), key=lambda number: len(rows[number][0]))
    labels, places, pool = np.array([about[number] for number in order]).T
    padded = _padded([rows[number] for number in order])
    # sentences of windows that were not sampled have no tokens: they teach nothing
    target = np.concatenate(targets)
    shown = np.zeros(len(target), dtype=bool)
    shown[padded[4][padded[4] >= 0]] = True
    target = np.where(shown, target, IGNORED)
    where = np.concatenate(sentence_group)
    return Batch(*padded, target, where, labels, places, pool, np.array(chosen))  # type: ignore[call-arg]


def _members(
    groups: Groups, group: int, draw: np.random.Generator, sampling: Sampling
) -> list[int]:
    labels = groups.labels[group]
    positive = np.flatnonzero(labels == POSITIVE)
    others = np.flatnonzero(labels != POSITIVE)
    if len(positive) and len(others) and draw.random() < sampling.no_answer:
        positive = positive[:0]
    if len(positive) + len(others) > sampling.members:
        positive = draw.permutation(positive)[: sampling.members // 2]
        others = draw.permutation(others)[: sampling.members - len(positive)]
    return sorted([*positive.tolist(), *others.tolist()])


def _padded(rows: Sequence[tuple[Any, ...]]) -> Any:
    longest = -(-max(len(row[0]) for row in rows) // 8) * 8
    shape = (len(rows), longest)
    ids, types, marks = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    mask = np.zeros(shape, dtype=np.float32)
    owners, clauses = (np.full(shape, -1, dtype=np.int64) for _ in range(2))
    answers = np.zeros(shape, dtype=np.float32)
    for number, (tokens, second, marked, hidden, owner, clause, answer) in enumerate(rows):
        size = len(tokens)
        ids[number, :size] = tokens
        types[number, second:size] = 1
        marks[number, :size] = marked
        mask[number, :size] = 1.0
        mask[number, second : second + hidden] = 0.0
        owners[number, :size] = owner
        clauses[number, :size] = clause
        answers[number, :size] = answer
    return ids, types, marks, mask, owners, clauses, answers


def epochs(
    groups: Groups, *, seed: int, size: int, sampling: Sampling, count: int, skip: int = 0
) -> Iterator[Batch]:
    """``count`` passes over the groups in a new order each; the first ``skip`` batches left out."""
    number = 0
    for epoch in range(count):
        order = np.random.default_rng([seed, epoch]).permutation(len(groups))
        for start in range(0, len(order) - size + 1, size):
            if number >= skip:
                draw = np.random.default_rng([seed, epoch, start])
                yield batch_of(groups, order[start : start + size].tolist(), draw, sampling)
            number += 1
