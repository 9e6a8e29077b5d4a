"""Trainings: a step lowers the loss, a run that was stopped ends as one that was not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.selector.arrays import Groups, Sampling, batch_of
from tests.pipelines.conftest import case, weights

torch = pytest.importorskip("torch")
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def on_a_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def same(one: Path, other: Path) -> bool:
    mine, theirs = weights(one), weights(other)
    return mine.keys() == theirs.keys() and all((mine[n] == theirs[n]).all() for n in mine)


# ── the selector ────────────────────────────────────────────────────────────────────────────────


def run(arrays: Path, out: Path) -> Path:
    from pipelines.selector import train

    sizes = ["--epochs", "2", "--batch", "4", "--members", "3", "--layers", "1", "--every", "9"]
    train.train(train.arguments(["--arrays", str(arrays), "--out", str(out), *sizes]))
    return out / "model.safetensors"


@pytest.fixture(scope="module")
def undisturbed(arrays: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: False)
        return run(arrays, tmp_path_factory.mktemp("undisturbed"))


def test_steps_lower_the_loss_of_the_selector(arrays: Path) -> None:
    from pipelines.selector import train
    from pipelines.selector.model import Selector

    start = {n: torch.from_numpy(v) for n, v in weights(arrays / "start.safetensors").items()}
    torch.manual_seed(0)
    words = len(start["embeddings.word_embeddings.weight"])
    model = Selector(words, layers=1, dropout=0.0)
    model.start_from(start)
    losses = train.Losses()
    groups = Groups(arrays / "train.npz")
    batch = train.on_device(
        batch_of(groups, [0, 1, 2], np.random.default_rng(0), Sampling(members=4)), CPU
    )
    teacher = train.Teacher(model.eval(), groups, ["nq"], CPU)
    cosines = teacher.cosines(batch)
    assert ((cosines > -1.01) & (cosines < 1.01)).all()
    optimizer = train.optimizer_for(model.train(), losses, 1e-4)
    totals = []
    for _ in range(4):
        total, parts = losses(train.forward(model, batch, CPU, 2), batch, cosines)
        assert len(parts) == 6
        assert all(torch.isfinite(part) for part in parts)
        totals.append(total.item())
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    assert totals == sorted(totals, reverse=True)


def test_the_answers_clause_is_learned_against_the_others_of_its_sentence() -> None:
    from pipelines.selector import train

    batch = {
        "owners": torch.tensor([[-1, 0, 0, 0, 0, 1, 1]]),
        "clauses": torch.tensor([[-1, 0, 0, 1, 1, 2, 2]]),
        "answers": torch.tensor([[0.0, 0, 0, 1, 0, 0, 0]]),
        "sentence_target": torch.tensor([1, 0]),
    }

    def located(*point: float) -> float:
        return train._located(torch.tensor([[0.0, *point]]), batch).item()

    even = located(0, 0, 0, 0, 0, 0)
    assert even == pytest.approx(np.log(2), abs=1e-4)
    assert located(0, 0, 0, 3, 0, 0) < even, "the other token of the clause counts too"
    assert located(3, 0, 0, 0, 0, 0) > even
    assert located(0, 0, 0, 0, 9, 9) == pytest.approx(even), "other sentences do not count"
    batch["answers"][:] = 0
    assert located(1, 2, 3, 4, 5, 6) == 0


def test_a_run_goes_on_from_weights_that_ship(
    arrays: Path, undisturbed: Path, tmp_path: Path
) -> None:
    from safetensors.numpy import load_file, save_file

    from pipelines.selector import train
    from pipelines.selector.export import packed

    save_file(packed(load_file(undisturbed)), tmp_path / "packed.safetensors")
    out = tmp_path / "more"
    given = ["--arrays", str(arrays), "--out", str(out), "--layers", "1", "--batch", "4"]
    start = ["--start", str(tmp_path / "packed.safetensors"), "--rate", "0"]
    train.train(train.arguments([*given, *start]))
    before, after = weights(undisturbed), weights(out / "model.safetensors")
    for name, value in before.items():
        assert np.allclose(value, after[name], atol=0.02 * max(1e-3, np.abs(value).max())), name


def test_one_part_and_two_parts_of_a_batch_are_the_same(arrays: Path) -> None:
    from pipelines.selector import train
    from pipelines.selector.model import Selector

    words = len(weights(arrays / "start.safetensors")["embeddings.word_embeddings.weight"])
    torch.manual_seed(0)
    model = Selector(words, layers=1).eval()
    groups = Groups(arrays / "train.npz")
    batch = train.on_device(
        batch_of(groups, [0, 5], np.random.default_rng(0), Sampling(no_label=0.5)), CPU
    )
    with torch.inference_mode():
        whole = train.forward(model, batch, CPU, 1)
        parts = train.forward(model, batch, CPU, 3)
    real = batch["owners"] >= 0
    assert torch.allclose(whole[0][real], parts[0][real], atol=0.02)
    assert torch.allclose(whole[1], parts[1], atol=0.02)


def test_a_selector_run_repeats(arrays: Path, undisturbed: Path, tmp_path: Path) -> None:
    assert same(undisturbed, run(arrays, tmp_path))


def test_a_stopped_selector_run_goes_on(
    arrays: Path, undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.selector import train

    whole = train.epochs
    shown: list[list[int]] = []

    def stopped(*args: Any, **named: Any) -> Iterator[Any]:
        for number, batch in enumerate(whole(*args, **named)):
            if number == 3:
                raise KeyboardInterrupt
            shown.append(batch.groups.tolist())
            yield batch

    monkeypatch.setattr(train, "CHECKPOINT_S", -1.0)
    monkeypatch.setattr(train, "epochs", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(arrays, tmp_path)
    assert len(shown) == 3
    assert (tmp_path / "checkpoint.pt").is_file()
    assert not (tmp_path / "model.safetensors").exists()

    def told(*args: Any, **named: Any) -> Iterator[Any]:
        assert named["skip"] == 3
        return whole(*args, **named)

    monkeypatch.setattr(train, "epochs", told)
    assert same(undisturbed, run(arrays, tmp_path))
    assert not (tmp_path / "checkpoint.pt").exists()


def test_a_checkpoint_of_other_arguments_is_refused(arrays: Path, tmp_path: Path) -> None:
    from pipelines.selector import train

    given = train.arguments(["--arrays", str(arrays), "--out", str(tmp_path), "--rate", "0.5"])
    train.Checkpoint(tmp_path / "checkpoint.pt", {}, given).save(3)
    with pytest.raises(ValueError, match="other --out"):
        run(arrays, tmp_path)


def test_a_checkpoint_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines.checkpoint import Checkpoint
    from pipelines.selector.train import arguments

    given = arguments(["--arrays", "a", "--out", "b"])
    layer = torch.nn.Linear(2, 2)
    checkpoint = Checkpoint(tmp_path / "checkpoint.pt", {"layer": layer}, given)
    assert checkpoint.resume(CPU) == 0
    checkpoint.save(1)
    before = layer.weight.clone()

    def torn(state: object, file: Path) -> None:
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", torn)
        with pytest.raises(KeyboardInterrupt):
            checkpoint.save(2)
    drawn = torch.rand(3)
    with torch.no_grad():
        layer.weight.zero_()
    assert checkpoint.resume(CPU) == 1
    assert (layer.weight == before).all()
    assert (torch.rand(3) == drawn).all(), "random numbers go on where they were"
    checkpoint.remove()
    assert checkpoint.resume(CPU) == 0


def test_what_goes_wrong_with_a_batch_ends_the_training() -> None:
    from pipelines.selector.train import ahead

    def broken() -> Iterator[Any]:
        yield 1
        raise OSError("the disk is gone")

    batches = ahead(broken())
    assert next(batches) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(batches)


def test_the_log_holds_the_figures(undisturbed: Path) -> None:
    log = (undisturbed.parent / "log.jsonl").read_text(encoding="utf-8")
    assert '"final": true' in log
    assert "nq 64" in log


# ── the squeezer ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Path:
    """A folder as ``pipelines.squeezer.data`` writes it."""
    from pipelines.squeezer.data import Sentences, passages

    folder = tmp_path_factory.mktemp("sentences")
    found = Sentences(tokenizer)
    for text, answers, asked in passages([case(number) for number in range(8)]):
        found.add(text, answers, asked)
    found.add("Die Brücke wurde im Jahr 1937 für den Verkehr eröffnet und ist rot.", set(), set())
    found.save(folder / "train.npz")
    return folder


@pytest.fixture(scope="module")
def selector(
    undisturbed: Path, tokenizer_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    from pipelines.selector.export import export

    folder = tmp_path_factory.mktemp("exported")
    export(undisturbed.parent, tokenizer_file, folder)
    return folder


def squeeze(sentences: Path, start: Path, selector: Path, out: Path) -> Path:
    from pipelines.squeezer import train

    given = [
        "--arrays", str(sentences), "--start", str(start), "--out", str(out),
        "--words", str(selector / "model.safetensors"),
        "--layers", "1", "--epochs", "2", "--tokens", "600",
    ]  # fmt: skip
    train.train(train.arguments(given))
    return out / "model.safetensors"


def test_words_of_answers_are_worth_most_and_signs_least(sentences: Path) -> None:
    from pipelines.squeezer.data import ANSWER, SIGN, STOP
    from pipelines.squeezer.train import SIGNS_AT_MOST, Sentences, worth

    found = Sentences(sentences / "train.npz")
    assert found.english.any()
    assert not found.english.all()
    answered = 0
    for number in range(len(found)):
        flags = found.flags[number]
        value = worth(found.rarity[number], flags, None)
        assert ((value >= 0) & (value <= 1)).all()
        assert (value[(flags & ANSWER) > 0] == 1.0).all()
        assert (value[(flags & SIGN) > 0] <= SIGNS_AT_MOST).all()
        assert (value[(flags & STOP) > 0] <= 0.6).all()
        answered += int(((flags & ANSWER) > 0).sum())
        assert int(found.words[number].max()) + 1 == len(flags)
    assert answered == 8


def test_ranks_share_ties() -> None:
    from pipelines.squeezer.train import ranked

    assert ranked(np.array([3.0, 1.0, 2.0])).tolist() == [1.0, 0.0, 0.5]
    assert ranked(np.array([5.0, 5.0])).tolist() == [0.5, 0.5]
    assert ranked(np.array([7.0])).tolist() == [0.0]


def test_steps_lower_the_loss_of_the_squeezer(sentences: Path, start: Path, selector: Path) -> None:
    from pipelines.squeezer import train

    given = {n: torch.from_numpy(v) for n, v in weights(start).items()}
    torch.manual_seed(0)
    model = train.classifier(given, given["embeddings.word_embeddings.weight"], 1).eval()
    assert not model.bert.embeddings.word_embeddings.weight.requires_grad
    found = train.Sentences(sentences / "train.npz")
    rows = [train._row(found, number, None) for number in range(12)]
    learned = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-4)
    totals = []
    for _ in range(4):
        loss = train._loss(model, rows, CPU)
        totals.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert totals == sorted(totals, reverse=True)


def test_a_stopped_squeezer_run_goes_on_and_is_exported(
    sentences: Path,
    start: Path,
    selector: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from leanrag.adapters.word_scorers import load_word_scorer
    from leanrag.settings import CompressionSettings
    from pipelines.checkpoint import Checkpoint
    from pipelines.squeezer import train
    from pipelines.squeezer.export import export

    undisturbed = squeeze(sentences, start, selector, tmp_path / "whole")
    save = Checkpoint.save

    def then_stop(self: Checkpoint, done: int) -> None:
        save(self, done)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", then_stop)
        with pytest.raises(KeyboardInterrupt):
            squeeze(sentences, start, selector, tmp_path / "cut")

    def refuse(*_: object) -> None:
        raise AssertionError("the vectors were computed again")

    monkeypatch.setattr(train, "moved", refuse)
    resumed = squeeze(sentences, start, selector, tmp_path / "cut")
    assert same(undisturbed, resumed)
    assert sorted(file.name for file in (tmp_path / "cut").iterdir()) == [
        "log.jsonl",
        "model.safetensors",
    ]

    export(resumed.parent, selector, tmp_path / "out")
    scorer = load_word_scorer(CompressionSettings(squeezer=str(tmp_path / "out")))
    (words,) = scorer.score(["The bridge opened in 1937."])
    assert len(words) == 6
