"""Training arrays: what is asked, what is evidence; training sees what the product does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leanrag.adapters.openvino.selector import OpenVinoSelector
from leanrag.adapters.openvino.selector_windows import cut_windows
from leanrag.text.marks import MARKS
from leanrag.text.sentences import split_sentences
from leanrag.types import Passage
from pipelines.selector import arrays as read_arrays
from pipelines.selector import data
from pipelines.selector.arrays import (
    IGNORED,
    NEGATIVE,
    NO_OWNER,
    POSITIVE,
    WHOLE,
    Groups,
    Sampling,
    batch_of,
    epochs,
)
from pipelines.selector.data import Builder, _clauses, passages_of
from tests.pipelines.conftest import WORDS, case, weights
from tests.small_selector import small_selector

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def groups(arrays: Path) -> Groups:
    return Groups(arrays / "train.npz")


def test_constants_are_those_of_the_product(tokenizer: Any) -> None:
    assert read_arrays.MARKS == MARKS
    assert tokenizer.token_to_id("[CLS]") == read_arrays.CLS
    assert tokenizer.token_to_id("[SEP]") == read_arrays.SEP
    assert (data.NEGATIVE, data.POSITIVE, data.IGNORED) == (NEGATIVE, POSITIVE, IGNORED)


def test_the_sentence_of_the_evidence_is_to_be_found(groups: Groups) -> None:
    assert len(groups) == 8
    for number in range(len(groups)):
        targets = groups.targets[number]
        assert (targets == POSITIVE).sum() == 1
        at = int(np.flatnonzero(targets == POSITIVE)[0])
        assert groups.passages[number][at] == number % len(WORDS)
        # the other texts hold the year, too, so nothing is learned from those sentences
        assert (targets == IGNORED).sum() == len(WORDS) - 1
        assert len(groups.tokens[number]) == len(targets) == 3 * len(WORDS)


def test_the_tokens_of_the_answer_are_told(groups: Groups, tokenizer: Any) -> None:
    for number in range(len(groups)):
        first = int(groups.first_member[number])
        found = [
            tokenizer.decode(groups.window_ids[int(window)][bits > 0].tolist())
            for window, bits in (
                (window, groups.answers[first + member])
                for member, window in enumerate(groups.windows[number])
            )
            if bits.any()
        ]
        assert found == [str(1900 + number)]


def test_clauses_are_counted_within_each_window(tokenizer: Any) -> None:
    text = "The bridge opened in May, and the tolls were raised in June. It stands there still."
    given = Passage("a", text, tuple(split_sentences(text)), "Bridges")
    (window,) = cut_windows(tokenizer, [given])
    clauses = _clauses(window, [given])
    joints = (text.index("and"), text.index("It stands"))
    body = window.passages >= 0
    expected = 1 + sum(window.starts[body] >= joint for joint in joints)
    assert clauses[body].tolist() == expected.tolist()
    assert set(clauses[~body].tolist()) == {0}


def test_owners_are_the_numbers_of_the_groups_sentences(groups: Groups) -> None:
    for number in range(len(groups)):
        first = int(groups.first_member[number])
        seen: set[int] = set()
        for member, window in enumerate(groups.windows[number]):
            owners = groups.window_owners[int(window)]
            local = set(owners[owners != NO_OWNER].tolist())
            assert local == set(range(len(groups.sentences[first + member])))
            seen |= set(groups.sentences[first + member].tolist())
            assert len(groups.marks[first + member]) == len(owners)
        assert seen == set(range(len(groups.targets[number])))


def test_a_batch_shows_windows_whole_and_in_their_groups(groups: Groups) -> None:
    batch = batch_of(groups, [3, 5], np.random.default_rng(0), WHOLE)
    assert batch.ids.shape == batch.marks.shape == batch.owners.shape == batch.mask.shape
    assert set(batch.window_group.tolist()) == {0, 1}
    assert len(batch.sentence_target) == len(batch.sentence_group) == 6 * len(WORDS)
    used = batch.owners >= 0
    assert set(batch.owners[used].tolist()) == set(range(6 * len(WORDS)))
    assert (batch.mask[used] == 1).all()
    assert (batch.types[used] == 1).all()
    # a sentence's tokens stand in windows of its own group
    rows = np.nonzero(used)[0]
    assert (batch.sentence_group[batch.owners[used]] == batch.window_group[rows]).all()
    assert (batch.ids[:, 0] == read_arrays.CLS).all()
    ends = batch.ids[np.arange(len(batch.ids)), batch.mask.sum(1).astype(int) - 1]
    assert (ends == read_arrays.SEP).all()


def test_sampling_hides_what_it_says(groups: Groups) -> None:
    everything = Sampling(members=3, no_marks=1.0, no_label=1.0, no_answer=1.0)
    batch = batch_of(groups, [0, 1], np.random.default_rng(0), everything)
    assert len(batch.ids) == 6
    assert not batch.marks.any()
    assert not (batch.window_label == POSITIVE).any()
    assert not (batch.sentence_target == POSITIVE).any()
    shown = batch_of(groups, [0, 1], np.random.default_rng(0), WHOLE)
    assert shown.marks.any()
    assert batch.mask.sum(1).max() < shown.mask.sum(1).max(), "the label is masked"


def test_epochs_are_the_same_again_and_can_be_entered_anywhere(groups: Groups) -> None:
    def shown(skip: int) -> list[tuple[list[int], float]]:
        found = epochs(groups, seed=3, size=4, sampling=Sampling(members=5), count=2, skip=skip)
        return [(b.groups.tolist(), float((b.ids * b.marks).sum())) for b in found]

    whole = shown(0)
    assert len(whole) == 4
    assert shown(1) == whole[1:]
    for epoch in (whole[:2], whole[2:]):
        assert sorted(number for row, _ in epoch for number in row) == list(range(8))


def test_training_and_product_score_alike(
    tmp_path: Path, tokenizer: Any, tokenizer_file: Path
) -> None:
    """From a case through the arrays and torch, and straight through the product's selector."""
    import torch

    from pipelines.selector.train import score

    model = small_selector(tmp_path, tokenizer_file)
    builder = Builder(tokenizer, seed=0)
    cases = [case(number) for number in (3, 4)]
    for one in cases:
        builder.add(one, 0, most=None)
    builder.arrays.save(tmp_path / "two.npz")
    # the training computes in bfloat16 where it can
    with torch.no_grad():
        theirs = score(model, Groups(tmp_path / "two.npz"), torch.device("cpu"))
    product = OpenVinoSelector("small", tmp_path, bf16=False)
    for one, expected in zip(cases, theirs, strict=True):
        judged = product.judge(one.question, passages_of(one))
        found = np.concatenate([row.sentences for row in judged])
        assert found.std() > 0.05
        assert np.corrcoef(found, expected)[0, 1] > 0.999


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the evaluation data is not beside this tree")
@pytest.mark.parametrize("name", ["xquad_zh", "tatqa", "mtrag"])
def test_rows_of_the_evaluation_data_become_arrays(
    name: str, tmp_path: Path, tokenizer: Any
) -> None:
    source = next(one for one in data.SOURCES if one.name == name)
    builder = Builder(tokenizer, seed=0)
    found = [row for _, row in zip(range(6), data.cases(SHARED, source, "tune", 5), strict=False)]
    assert len(found) == 6
    for row in found:
        assert builder.add(row, 0, most=8)
    builder.arrays.save(tmp_path / "some.npz")
    groups = Groups(tmp_path / "some.npz")
    assert any((groups.targets[n] == POSITIVE).any() for n in range(len(groups)))
    batch = batch_of(groups, list(range(6)), np.random.default_rng(0), Sampling())
    assert batch.ids.max() < tokenizer.get_vocab_size()
    assert batch.marks.max() < MARKS
    assert batch.marks.any()


def test_the_manifest_names_files_licences_and_hashes(tmp_path: Path) -> None:
    for source in data.SOURCES:
        place = tmp_path / source.path
        if place.suffix != ".gz":
            place.mkdir(exist_ok=True)
            place /= "a.gz"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(source.name.encode())
    described = data.manifest(tmp_path, {"train": {"nq": 3}})
    assert described["sets"] == [source.name for source in data.SOURCES]
    assert len(described["files"]) == len(data.SOURCES)
    for entry in described["files"].values():
        assert len(entry["sha256"]) == 64
        assert entry["licence"]
    assert not described["files"]["dialogue/a.gz"]["learned_from"]


def test_new_tokens_start_from_what_they_are_translated_by(tokenizer: Any) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    from pipelines.selector.vocabulary import embeddings, extend

    vocabulary = {
        "[UNK]": 0,
        "red": 1,
        "house": 2,
        "sea": 3,
        **{c: 4 + n for n, c in enumerate("abdehnorstuз")},
    }
    before = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    before.normalizer = normalizers.BertNormalizer(lowercase=True)
    before.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    texts = {"de": ["rot haus", "rot", "haus", "rot haus", "rot haus"], "zh": ["红房"]}
    after = Tokenizer.from_str(extend(before.to_str(), texts))
    assert after.encode("rot haus 红").tokens == ["rot", "haus", "红"]
    assert after.encode("red sea").ids == before.encode("red sea").ids, "known ones stay"
    known = np.eye(len(vocabulary), dtype=np.float32)
    pairs = [("rot haus", "red house"), ("rot", "red"), ("haus", "house"), ("红", "red")]
    vectors = embeddings(before, after, known, pairs)
    assert (vectors[: len(known)] == known).all()
    for token, english in (("rot", "red"), ("haus", "house"), ("红", "red")):
        vector = vectors[after.token_to_id(token)]
        assert int(np.argmax(vector[1:4])) == vocabulary[english] - 1


def test_a_tokenizer_that_is_given_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.small_selector import TOKENIZER

    if not TOKENIZER.is_file():
        pytest.skip("the model is not in this tree")
    monkeypatch.setattr(data, "SOURCES", ())
    found = data.tokenizer_with(tmp_path, tmp_path, TOKENIZER)
    assert (tmp_path / "tokenizer.json").read_bytes() == TOKENIZER.read_bytes()
    words = weights(tmp_path / "start.safetensors")["embeddings.word_embeddings.weight"]
    assert len(words) == found.get_vocab_size()
