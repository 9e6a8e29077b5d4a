"""Trains the selector on the arrays that ``pipelines.selector.data`` wrote.

    python -m pipelines.selector.train --arrays build/selector --out build/selector/run

The defaults are for two CPU cores and about an hour; a GPU is used where there is one. The weights
that ship come from ``--epochs 3 --batch 16 --members 16 --rate 7e-5 --attention-dropout 0.1`` on
one, in 7 minutes. ``--start`` goes on from the weights of an earlier run. The seed is fixed, a
checkpoint every few minutes makes a run resumable, and ``log.jsonl`` holds the curves.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.checkpoint import Checkpoint
from pipelines.selector.arrays import (
    CLS,
    IGNORED,
    NEGATIVE,
    POSITIVE,
    SEP,
    WHOLE,
    Batch,
    Groups,
    Sampling,
    batch_of,
    epochs,
)
from pipelines.selector.figures import figures
from pipelines.selector.model import Selector, load, pooled, save

WARM_UP = 0.06
CLIP = 1.0
CALIBRATED, ANSWERED, RANKED, LIKENED = 0.2, 0.3, 0.5, 0.3
"""Weights of the probability of a sentence, of the answer's tokens, of the windows' order, and of
their likeness by the embedder, beside 1 for the order of the sentences."""
MOST_CLAUSES = 1 << 10
"""More than a window has."""
ENGLISH = ("nq", "xquad_en", "clapnq", "mtrag", "tatqa", "qmsum")
"""Sets whose language the embedder knows."""
SHARP = 0.05
"""Temperature of the embedder's cosines."""
PARTS = 2
"""A batch is computed in parts of like length."""
CHECKPOINT_S = 240.0
LOG_EVERY = 20


class Losses(nn.Module):
    """The losses, with the offsets that turn scores into logits.

    ``located`` is the weight of the loss of the answer's clause within its sentence.
    """

    def __init__(self, *, located: float = 0.0) -> None:
        super().__init__()
        self._located = located
        self.offsets = nn.Parameter(torch.zeros(2))

    def forward(self, given: Any, batch: dict[str, Tensor], cosines: Tensor) -> Any:
        """The loss and its parts; ``cosines`` are those of each window, NaN where unknown."""
        tokens, relevance, likeness = given
        target, group = batch["sentence_target"], batch["sentence_group"]
        groups = int(group.max()) + 1
        scores = pooled(tokens, relevance, batch["owners"], len(target))
        order = _order(scores, target, group, groups)
        windows = _order(relevance, batch["window_label"], batch["window_group"], groups)
        known = target != IGNORED
        sure = functional.binary_cross_entropy_with_logits(
            scores[known] + self.offsets[0], target[known].float()
        )
        answer = self._answers(tokens[..., 1], batch)
        located = _located(tokens[..., 1], batch)
        alike = _alike(likeness, cosines, batch["window_group"], groups)
        total = order + RANKED * windows + CALIBRATED * sure + ANSWERED * answer
        total = total + self._located * located + LIKENED * alike
        parts = (order, windows, sure, answer, located, alike)
        return total, tuple(part.detach() for part in parts)

    def _answers(self, point: Tensor, batch: dict[str, Tensor]) -> Tensor:
        """Tokens of the answer against the others of its sentence."""
        owners = batch["owners"]
        holds = torch.zeros(len(batch["sentence_target"]), device=point.device)
        used = owners >= 0
        holds.index_add_(0, owners[used], batch["answers"][used])
        asked = used & (holds[owners.clamp(min=0)] > 0)
        if not bool(asked.any()):
            return point.sum() * 0.0
        return functional.binary_cross_entropy_with_logits(
            point[asked] + self.offsets[1], batch["answers"][asked]
        )


def _located(point: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """The clauses with the answer against the others of its sentence, by the sum of their tokens.

    A sentence's soft maximum is the logarithm of that sum over all its tokens: the loss asks which
    part of it stems from the clause that answers.
    """
    owners, answers = batch["owners"], batch["answers"]
    used = owners >= 0
    rows = torch.arange(len(owners), device=owners.device)[:, None].expand_as(owners)
    clause, owner = (rows * MOST_CLAUSES + batch["clauses"])[used], owners[used]
    weight = point[used].clamp(-20, 20).exp()
    zeros = torch.zeros(len(batch["sentence_target"]), device=point.device)
    held = torch.zeros(len(owners) * MOST_CLAUSES, device=point.device)
    inside = held.index_add(0, clause, answers[used])[clause] > 0
    whole = zeros.index_add(0, owner, weight)
    part = zeros.index_add(0, owner, weight * inside)
    size = zeros.index_add(0, owner, torch.ones_like(weight))
    share = zeros.index_add(0, owner, inside.float())
    asked = (share > 0) & (share < size)
    if not bool(asked.any()):
        return point.sum() * 0.0
    return (whole[asked].log() - (part[asked] + 1e-9).log()).mean()


def _alike(likeness: Tensor, cosines: Tensor, group: Tensor, groups: int) -> Tensor:
    """Cross entropy between the two distributions over the windows of a group."""
    known = ~cosines.isnan()
    if not bool(known.any()):
        return likeness.sum() * 0.0
    group, likeness, wanted = group[known], likeness[known], cosines[known] / SHARP
    zeros = torch.zeros(groups, device=likeness.device)

    def log_softmax(values: Tensor) -> Tensor:
        top = zeros.scatter_reduce(0, group, values.detach(), "amax", include_self=False)
        shifted = values - top[group]
        return shifted - zeros.index_add(0, group, shifted.exp()).log()[group]

    teacher = log_softmax(wanted)
    gap = teacher.exp() * (teacher - log_softmax(likeness))
    return gap.sum() / group.unique().numel()


def _order(scores: Tensor, target: Tensor, group: Tensor, groups: int) -> Tensor:
    """Each positive against all negatives of its group, mean over positives, then over groups."""
    zeros = torch.zeros(groups, device=scores.device)
    top = zeros.scatter_reduce(0, group, scores.detach(), "amax", include_self=True)
    shifted = scores - top[group]
    negative = target == NEGATIVE
    others = zeros.index_add(0, group[negative], shifted[negative].exp())
    positive = target == POSITIVE
    if not bool(positive.any()):
        return scores.sum() * 0.0
    own, at = shifted[positive], group[positive]
    each = torch.logaddexp(own, torch.log(others[at] + 1e-9)) - own
    count = zeros.index_add(0, at, torch.ones_like(own))
    means = zeros.index_add(0, at, each) / count.clamp(min=1)
    return means[count > 0].mean()


def on_device(batch: Batch, device: torch.device) -> dict[str, Tensor]:
    """The batch's arrays as tensors."""
    return {
        name: torch.from_numpy(np.ascontiguousarray(value)).to(device, non_blocking=True)
        for name, value in vars(batch).items()
    }


def ahead(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches, made in a thread of their own; what goes wrong there is raised here."""
    queue: Queue[Batch | BaseException | None] = Queue(maxsize=8)

    def work() -> None:
        try:
            for batch in batches:
                queue.put(batch)
        except BaseException as error:  # noqa: BLE001 - raised where the batches are wanted
            queue.put(error)
        else:
            queue.put(None)

    Thread(target=work, daemon=True).start()
    while (batch := queue.get()) is not None:
        if isinstance(batch, BaseException):
            raise batch
        yield batch


def forward(model: Selector, batch: dict[str, Tensor], device: torch.device, parts: int) -> Any:
    """The model's outputs for a batch, computed in parts that are padded by themselves."""
    size = -(-len(batch["ids"]) // parts)
    width = batch["ids"].shape[1]
    found = []
    for start in range(0, len(batch["ids"]), size):
        rows = slice(start, start + size)
        longest = int(batch["mask"][rows].sum(1).max().item())
        columns = slice(0, min(width, -(-(longest + 48) // 8) * 8))
        given = [batch[name][rows, columns] for name in ("ids", "types", "marks", "mask")]
        with torch.autocast(device.type, torch.bfloat16):
            tokens, relevance, likeness = model(*given)
        gap = width - tokens.shape[1]
        found.append((functional.pad(tokens, (0, 0, 0, gap)), relevance, likeness))
    return tuple(torch.cat(part) for part in zip(*found, strict=True))


class Teacher:
    """Cosines of the embedder that the selector starts from."""

    def __init__(self, start: Selector, groups: Groups, names: list[str], device: Any) -> None:
        self._device = device
        self._bert = start.bert
        self._known = np.array([name in ENGLISH for name in names])[groups.sets]
        self._english = torch.from_numpy(self._known).to(device)
        used = np.zeros(len(groups.window_ids), dtype=bool)
        for group in np.flatnonzero(self._known).tolist():
            used[groups.windows[group]] = True
        self._windows = self._vectors([groups.window_ids[n] for n in range(len(used))], used)
        asked = [groups.question_ids[n] for n in range(len(groups))]
        self._questions = self._vectors(asked, self._known)

    @torch.inference_mode()
    def _vectors(self, texts: list[np.ndarray], used: np.ndarray) -> Tensor:
        found = torch.zeros(len(texts), 384, device=self._device)
        wanted = sorted(np.flatnonzero(used).tolist(), key=lambda n: len(texts[n]))
        for start in range(0, len(wanted), 256):
            part = wanted[start : start + 256]
            ids = torch.zeros(len(part), len(texts[part[-1]]) + 2, dtype=torch.long)
            mask = torch.zeros(ids.shape)
            for row, number in enumerate(part):
                text = np.concatenate([[CLS], texts[number].astype(np.int64), [SEP]])
                ids[row, : len(text)] = torch.from_numpy(text)
                mask[row, : len(text)] = 1.0
            ids, mask = ids.to(self._device), mask.to(self._device)
            with torch.autocast(self._device.type, torch.bfloat16):
                state = self._bert(input_ids=ids, attention_mask=mask).last_hidden_state
            vectors = (state.float() * mask[..., None]).sum(1)
            found[torch.tensor(part, device=self._device)] = functional.normalize(vectors, dim=1)
        return found

    def cosines(self, batch: dict[str, Tensor]) -> Tensor:
        """Of each window with its question; NaN where the language is not known."""
        group = batch["groups"][batch["window_group"]]
        found = (self._windows[batch["window_pool"]] * self._questions[group]).sum(1)
        return torch.where(self._english[group], found, torch.nan)


@torch.inference_mode()
def score(model: Selector, groups: Groups, device: torch.device) -> list[np.ndarray]:
    """Sentence scores of every group."""
    model.eval()
    found = []
    for group in range(len(groups)):
        batch = on_device(batch_of(groups, [group], np.random.default_rng(0), WHOLE), device)
        parts = -(-len(batch["ids"]) // 128)
        tokens, relevance, _ = forward(model, batch, device, parts)
        scores = pooled(tokens, relevance, batch["owners"], len(batch["sentence_target"]))
        found.append(scores.float().cpu().numpy())
    model.train()
    return found


def optimizer_for(model: Selector, losses: Losses, rate: float) -> torch.optim.AdamW:
    """New parts and word vectors learn faster than the layers that know language already."""
    fast: list[Tensor] = []
    slow: list[Tensor] = []
    for name, value in model.named_parameters():
        new = not name.startswith("bert.") or "word_embeddings" in name
        (fast if new else slow).append(value)
    return torch.optim.AdamW(
        [
            {"params": slow, "lr": rate},
            {"params": [*fast, *losses.parameters()], "lr": 3 * rate},
        ],
        weight_decay=0.01,
    )


def train(given: argparse.Namespace) -> None:
    """The whole run."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    from safetensors.torch import load_file

    groups = Groups(given.arrays / "train.npz")
    manifest = json.loads((given.arrays / "manifest.json").read_text(encoding="utf-8"))
    weights = load_file(given.arrays / "start.safetensors")
    model = Selector(
        len(weights["embeddings.word_embeddings.weight"]),
        layers=given.layers,
        dropout=given.dropout,
        attention_dropout=given.attention_dropout,
    )
    model.start_from(weights)
    model.to(device).eval()
    teacher = Teacher(model, groups, manifest["sets"], device)
    if given.start is not None:
        load(model, given.start)
    torch.manual_seed(given.seed)
    model.train()
    losses = Losses(located=given.located).to(device)
    optimizer = optimizer_for(model, losses, given.rate)
    steps = given.epochs * (len(groups) // given.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(
            (step + 1) / (WARM_UP * steps),
            0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))),
        ),
    )
    given.out.mkdir(parents=True, exist_ok=True)
    parts = {"model": model, "losses": losses, "optimizer": optimizer, "schedule": schedule}
    checkpoint = Checkpoint(given.out / "checkpoint.pt", parts, given)
    done = checkpoint.resume(device)
    sampling = Sampling(members=given.members, no_marks=given.no_marks)
    batches = epochs(
        groups, seed=given.seed, size=given.batch, sampling=sampling, count=given.epochs, skip=done
    )
    tune = Groups(given.arrays / "tune.npz")
    started = saved = time.monotonic()
    recent: list[Tensor] = []
    per_epoch = len(groups) // given.batch
    with (given.out / "log.jsonl").open("a", encoding="utf-8") as log:

        def write(**row: Any) -> None:
            row = {"step": done, "seconds": round(time.monotonic() - started, 1), **row}
            log.write(json.dumps(row) + "\n")
            log.flush()
            print(json.dumps(row), flush=True)

        for batch in ahead(batches):
            tensors = on_device(batch, device)
            outputs = forward(model, tensors, device, PARTS)
            loss, values = losses(outputs, tensors, teacher.cosines(tensors))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            schedule.step()
            done += 1
            recent.append(torch.stack(values))
            if done % LOG_EVERY == 0:
                write(of=steps, losses=[round(v, 4) for v in torch.stack(recent).mean(0).tolist()])
                recent = []
            if done < steps and done % (per_epoch * given.every) == 0:
                write(tune=figures(tune, manifest["sets"], score(model, tune, device)))
            if time.monotonic() - saved > CHECKPOINT_S and device.type == "cpu":
                checkpoint.save(done)
                saved = time.monotonic()
        write(tune=figures(tune, manifest["sets"], score(model, tune, device)), final=True)
    save(model, given.out / "model.safetensors")
    checkpoint.remove()


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Trains the selector.")
    parser.add_argument("--arrays", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights of an earlier run to go on from")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=8, help="questions in a step")
    parser.add_argument("--members", type=int, default=4, help="windows of a question in a step")
    parser.add_argument("--rate", type=float, default=1e-4, help="highest learning rate")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument(
        "--attention-dropout", type=float, default=0.0, help="any makes a CPU half as fast"
    )
    parser.add_argument(
        "--located", type=float, default=0.0, help="weight of the answer's clause in its sentence"
    )
    parser.add_argument("--no-marks", type=float, default=0.1)
    parser.add_argument("--every", type=int, default=1, help="epochs between development figures")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(given)


if __name__ == "__main__":
    train(arguments())
