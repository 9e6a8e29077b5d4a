"""Trains the squeezer on the arrays that ``pipelines.squeezer.data`` wrote.

    python -m pipelines.squeezer.train --arrays build/squeezer --out build/squeezer/run \\
        --start build/selector/start.safetensors --words leanrag/models/selector/model.safetensors

What a word is worth: how far the embedder's vector of the sentence moves when the word is masked
(English), how rare the word is, and whether people ask about it. Each is ranked within its
sentence, so that a sentence of small words is not all noise. It takes about 35 minutes on two CPU
cores, most of it for the embedder. Stopped, it goes on after the last whole epoch. The weights that
ship come from ``--epochs 5``.
"""

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from pipelines.checkpoint import Checkpoint
from pipelines.selector.arrays import CLS, SEP, Ragged
from pipelines.selector.export import unpacked

ANSWER, ASKED, STOP, SIGN = 1, 2, 4, 8
MOVED, RARE = 0.75, 0.25
"""Shares of the embedder and of rarity in the worth of an English word."""
ASKED_BONUS = 0.2
SIGNS_AT_MOST = 0.25
WARM_UP = 0.1
MOVES = "moves.npz"
LENGTHS = (0, 120, 250)
"""Tokens up to which sentences are put together."""


class Sentences:
    """The arrays of a file."""

    def __init__(self, file: Path) -> None:
        with np.load(file) as stored:
            arrays = {name: stored[name] for name in stored.files}
        self.ids = Ragged(arrays["ids"], arrays["ids_lengths"])
        self.words = Ragged(arrays["words"], arrays["words_lengths"])
        self.flags = Ragged(arrays["flags"], arrays["flags_lengths"])
        self.rarity = Ragged(arrays["rarity"], arrays["flags_lengths"])
        self.english = arrays["english"]

    def __len__(self) -> int:
        return len(self.english)


@torch.inference_mode()
def moved(sentences: Sentences, bert: nn.Module, device: torch.device) -> list[np.ndarray | None]:
    """For each word of each English sentence: 1 - cosine of the vectors with and without it."""
    found: list[np.ndarray | None] = [None] * len(sentences)
    for number in np.flatnonzero(sentences.english).tolist():
        ids, words = sentences.ids[number].astype(np.int64), sentences.words[number]
        count = int(words.max()) + 1
        row = torch.from_numpy(np.concatenate([[CLS], ids, [SEP]])).to(device)
        owner = torch.from_numpy(np.concatenate([[-1], words, [-1]]).astype(np.int64)).to(device)
        mask = torch.ones(count + 1, len(row), device=device)
        mask[1:] = (owner[None, :] != torch.arange(count, device=device)[:, None]).float()
        with torch.autocast(device.type, torch.bfloat16):
            state = bert(input_ids=row.expand(count + 1, -1), attention_mask=mask).last_hidden_state
        vectors = functional.normalize((state.float() * mask[..., None]).sum(1), dim=1)
        found[number] = (1 - vectors[1:] @ vectors[0]).clamp(min=0).cpu().numpy()
    return found


def ranked(values: np.ndarray) -> np.ndarray:
    """The values' ranks, scaled to 0..1; ties share theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    share: np.ndarray = middle[place] / max(1, len(values) - 1)
    return share


def worth(rarity: np.ndarray, flags: np.ndarray, moves: np.ndarray | None) -> np.ndarray:
    """The target of each word, 0..1."""
    value = ranked(rarity.astype(np.float64))
    if moves is not None:
        value = MOVED * ranked(moves) + RARE * value
    value = value + ASKED_BONUS * ((flags & ASKED) > 0)
    sign = (flags & SIGN) > 0
    stop = (flags & STOP) > 0
    value = np.where(sign, np.minimum(value, SIGNS_AT_MOST), value)
    value = np.where(stop & ~sign, 0.5 * value, value)
    value = np.where((flags & ANSWER) > 0, 1.0, value)
    return value.clip(0.0, 1.0)


def classifier(start: dict[str, Tensor], words: Tensor, layers: int) -> nn.Module:
    """MiniLM's first layers with the selector's word vectors, which stay as they are."""
    from transformers import BertConfig, BertForTokenClassification

    config = BertConfig(
        vocab_size=len(words),
        hidden_size=384,
        num_hidden_layers=layers,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=512,
        num_labels=2,
        classifier_dropout=0.1,
    )
    model = BertForTokenClassification(config)
    state = model.bert.state_dict()
    for name in state:
        if name in start:
            state[name] = start[name].float()
    state["embeddings.word_embeddings.weight"] = words.float()
    model.bert.load_state_dict(state)
    model.bert.embeddings.word_embeddings.weight.requires_grad_(False)
    return model


Row = tuple[np.ndarray, np.ndarray]
"""Token ids and the worth of each token."""


def joined(rows: Sequence[Row], draw: np.random.Generator) -> list[Row]:
    """Sentences that follow each other put together to texts of different lengths."""
    found: list[Row] = []
    room = 0
    for ids, worths in rows:
        if found and len(found[-1][0]) + len(ids) <= room:
            before = found[-1]
            found[-1] = (np.concatenate([before[0], ids]), np.concatenate([before[1], worths]))
        else:
            room = int(draw.choice(LENGTHS))
            found.append((ids, worths))
    return found


def batches(rows: Sequence[Row], tokens: int, draw: np.random.Generator) -> list[list[Row]]:
    """Rows of like length together, in random order."""
    sizes = np.array([len(ids) + 2 for ids, _ in rows])
    order = np.argsort(sizes + draw.uniform(0, 6, len(sizes)), kind="stable")
    found: list[list[Row]] = [[]]
    for number in order:
        if found[-1] and (len(found[-1]) + 1) * int(sizes[number]) > tokens:
            found.append([])
        found[-1].append(rows[number])
    return [found[place] for place in draw.permutation(len(found))]


def train(given: argparse.Namespace) -> None:
    """The whole run."""
    from safetensors.numpy import load_file as load_numpy
    from safetensors.torch import save_file
    from transformers import BertConfig, BertModel

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(given.seed)
    sentences = Sentences(given.arrays / "train.npz")
    start = {
        name: torch.from_numpy(value) for name, value in unpacked(load_numpy(given.start)).items()
    }
    words = torch.from_numpy(
        unpacked(load_numpy(given.words))["embeddings.word_embeddings.weight"].astype(np.float32)
    )
    embedder = BertModel(
        BertConfig(
            vocab_size=len(start["embeddings.word_embeddings.weight"]),
            hidden_size=384,
            num_hidden_layers=6,
            num_attention_heads=12,
            intermediate_size=1536,
        ),
        add_pooling_layer=False,
    )
    embedder.load_state_dict({name: start[name].float() for name in embedder.state_dict()})
    given.out.mkdir(parents=True, exist_ok=True)
    moves = _moved_once(sentences, embedder.to(device).eval(), device, given)
    rows = [_row(sentences, number, moves[number]) for number in range(len(sentences))]
    block = np.arange(len(rows)) // 50 % 20 == 0
    held = [row for row, apart in zip(rows, block, strict=True) if apart]
    rows = [row for row, apart in zip(rows, block, strict=True) if not apart]
    print(f"targets of {len(sentences)} sentences", flush=True)
    model = classifier(start, words, given.layers).to(device).train()
    learned = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=given.rate, weight_decay=0.01)
    total = sum(
        len(_epoch(rows, given.tokens, [given.seed, epoch])) for epoch in range(given.epochs)
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda n: min((n + 1) / (WARM_UP * total), max(0.02, 1 - n / total))
    )
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    checkpoint = Checkpoint(given.out / "checkpoint.pt", parts, given)
    done = checkpoint.resume(device)
    with (given.out / "log.jsonl").open("a", encoding="utf-8") as log:
        for epoch in range(done, given.epochs):
            model.train()
            seen = []
            for batch in _epoch(rows, given.tokens, [given.seed, epoch]):
                loss = _loss(model, batch, device)
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                schedule.step()
                seen.append(loss.detach())
            model.eval()
            with torch.inference_mode():
                apart = [_loss(model, batch, device) for batch in _epoch(held, given.tokens, [0])]
            row = {
                "epoch": epoch,
                "loss": round(torch.stack(seen).mean().item(), 4),
                "held": round(torch.stack(apart).mean().item(), 4),
            }
            log.write(json.dumps(row) + "\n")
            print(json.dumps(row), flush=True)
            checkpoint.save(epoch + 1)
    state = {n: v.detach().half().cpu().contiguous() for n, v in model.state_dict().items()}
    state.pop("bert.embeddings.word_embeddings.weight")
    save_file(state, given.out / "model.safetensors")
    checkpoint.remove()
    (given.out / MOVES).unlink(missing_ok=True)


def _moved_once(
    sentences: Sentences, bert: nn.Module, device: torch.device, given: argparse.Namespace
) -> list[np.ndarray | None]:
    """``moved``, kept on disk while the training lasts: it takes most of the time."""
    of = hashlib.sha256()
    for file in (given.arrays / "train.npz", given.start):
        of.update(file.read_bytes())
    file = given.out / MOVES
    if file.is_file():
        with np.load(file) as stored:
            if stored["of"] == of.hexdigest():
                kept = Ragged(stored["moves"], stored["lengths"])
                return [kept[n] if len(kept[n]) else None for n in range(len(kept))]
    moves = moved(sentences, bert, device)
    rows = [np.zeros(0, dtype=np.float32) if row is None else row for row in moves]
    lengths = np.array([len(row) for row in rows])
    part = file.with_suffix(".part.npz")
    np.savez(part, moves=np.concatenate(rows), lengths=lengths, of=of.hexdigest())
    part.replace(file)
    return moves


def _row(sentences: Sentences, number: int, moves: np.ndarray | None) -> Row:
    value = worth(sentences.rarity[number], sentences.flags[number], moves)
    return sentences.ids[number], value[sentences.words[number]]


def _epoch(rows: Sequence[Row], tokens: int, seed: list[int]) -> list[list[Row]]:
    draw = np.random.default_rng(seed)
    return batches(joined(rows, draw), tokens, draw)


def _loss(model: nn.Module, batch: Sequence[Row], device: torch.device) -> Tensor:
    """Cross entropy with the words' worth, over the tokens of the batch."""
    longest = max(len(inner) for inner, _ in batch) + 2
    ids = np.zeros((len(batch), longest), dtype=np.int64)
    mask = np.zeros((len(batch), longest), dtype=np.float32)
    wanted = np.full((len(batch), longest), -1.0, dtype=np.float32)
    for row, (inner, worths) in enumerate(batch):
        ids[row, : len(inner) + 2] = [CLS, *inner.tolist(), SEP]
        mask[row, : len(inner) + 2] = 1.0
        wanted[row, 1 : len(inner) + 1] = worths
    target = torch.from_numpy(wanted).to(device)
    with torch.autocast(device.type, torch.bfloat16):
        logits = model(
            input_ids=torch.from_numpy(ids).to(device),
            attention_mask=torch.from_numpy(mask).to(device),
        ).logits.float()
    known = target >= 0
    odds = (logits[..., 1] - logits[..., 0])[known]
    return functional.binary_cross_entropy_with_logits(odds, target[known])


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Trains the squeezer.")
    parser.add_argument("--arrays", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True, help="MiniLM's weights")
    parser.add_argument("--words", type=Path, required=True, help="an exported selector's weights")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=8192, help="padded tokens in a step")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(given)


if __name__ == "__main__":
    train(arguments())
