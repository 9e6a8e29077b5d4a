"""LLMLingua in its three kinds on the real package, with small models of random weights."""

import json
import os
import random
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leanrag.adapters.huggingface.llmlingua import (
    LLMLingua2Words,
    LLMLinguaWords,
    LongLLMLinguaWords,
)
from leanrag.adapters.huggingface.llmlingua_package import load_compressor
from leanrag.adapters.openvino.words import OpenVinoWordScorer
from leanrag.adapters.word_scorers import BUILTIN_FOLDER, load_word_scorer
from leanrag.errors import ModelError
from leanrag.settings import CompressionSettings
from tests import tiny_models
from tests.tiny_models import CHINESE, ENGLISH

TEXTS = (
    ENGLISH,
    CHINESE,
    "",
    " \n ",
    "e\u0301t\u00e9 \U0001f469\u200d\U0001f52c \ud83d naïve\u200b x",
    " ".join([ENGLISH, CHINESE] * 6),
)
QUESTION = "How old is the tower?"
Make = Callable[[Path], Path]
CLASSIFIERS: dict[str, Make] = {
    "bert uncased": tiny_models.bert_classifier,
    "bert cased": lambda folder: tiny_models.bert_classifier(folder, cased=True),
    "xlm-roberta": tiny_models.xlmr_classifier,
}
CAUSAL: dict[str, Make] = {"gpt2": tiny_models.gpt2, "llama": tiny_models.llama}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folders: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in folders:
            folder = tmp_path_factory.mktemp("model")
            folders[name] = (CLASSIFIERS | CAUSAL)[name](folder)
        return folders[name]

    return make


def test_llmlingua_keeps_what_the_model_did_not_expect(made: Callable[[str], Path]) -> None:
    """By hand: one pass of the model over a short text, one minus the probability of each token."""
    import torch

    scorer = LLMLinguaWords(str(made("gpt2")))
    text = "The tower"
    words = scorer.score([text])[0]
    compressor = load_compressor(str(made("gpt2")), classifier=False)
    tokens = compressor.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids = torch.tensor([[0, *tokens["input_ids"]]])
    with torch.no_grad():
        logits = compressor.model(input_ids=ids).logits[0, :-1]
    chance = torch.softmax(logits, -1)[range(ids.shape[1] - 1), ids[0, 1:]]
    tower = [1 - p for p, (_, b) in zip(chance, tokens["offset_mapping"], strict=True) if b > 4]
    assert words[1].keep == pytest.approx(float(np.mean(tower)), abs=1e-5)


def test_only_longllmlingua_listens_to_the_question(made: Callable[[str], Path]) -> None:
    def keeps(scorer: LLMLinguaWords, question: str) -> list[float]:
        return [word.keep for word in scorer.score([ENGLISH], question)[0]]

    plain, long = LLMLinguaWords(str(made("llama"))), LongLLMLinguaWords(str(made("llama")))
    assert keeps(plain, QUESTION) == keeps(plain, "")
    assert keeps(long, QUESTION) != keeps(long, "Who built it?")
    assert keeps(long, "  ") == pytest.approx(keeps(plain, ""))


def test_one_token_over_several_characters_makes_one_word(made: Callable[[str], Path]) -> None:
    words = LLMLingua2Words(str(made("xlm-roberta"))).score(["他去了北京。他去了上海。"])[0]
    assert any(word.end - word.start > 1 for word in words)


@pytest.mark.parametrize("name", ["bert uncased", "bert cased"])
def test_openvino_agrees_with_the_package(made: Callable[[str], Path], name: str) -> None:
    theirs = LLMLingua2Words(str(made(name))).score(TEXTS)
    ours = OpenVinoWordScorer("tiny", made(name)).score(TEXTS)
    for mine, other in zip(ours, theirs, strict=True):
        assert [(w.start, w.end) for w in mine] == [(w.start, w.end) for w in other]
        assert [w.keep for w in mine] == pytest.approx([w.keep for w in other], abs=1e-4)


def test_weights_in_half_precision_load_in_both(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = tiny_models.bert_classifier(tmp_path)
    file = folder / "model.safetensors"
    halves = {name: w.astype(np.float16) for name, w in load_file(file).items()}
    save_file(halves, file, metadata={"format": "pt"})
    theirs = LLMLingua2Words(str(folder)).score([ENGLISH])[0]
    ours = OpenVinoWordScorer("tiny", folder).score([ENGLISH])[0]
    assert [w.keep for w in ours] == pytest.approx([w.keep for w in theirs], abs=1e-4)


def test_the_package_itself_says_what_the_scorer_says(made: Callable[[str], Path]) -> None:
    """``return_word_label`` of the package keeps the words that score highest here."""
    folder = str(made("bert uncased"))
    text = "the tower is old and many people like to visit it every year"
    result = load_compressor(folder, classifier=True).compress_prompt(
        [text], rate=0.5, return_word_label=True
    )
    labels = {}
    for pair in result["fn_labeled_original_prompt"].split("\t\t|\t\t"):
        word, _, label = pair.rpartition(" ")
        labels[word] = int(label)
    words = LLMLingua2Words(folder).score([text])[0]
    kept = [word.keep for word in words if labels[text[word.start : word.end]]]
    gone = [word.keep for word in words if not labels[text[word.start : word.end]]]
    assert kept
    assert gone
    assert min(kept) >= max(gone)


LONG = " ".join([ENGLISH] * 3)
MODES: dict[str, dict[str, Any]] = {
    "llmlingua": {"rank_method": "llmlingua"},
    "sentences": {"rank_method": "llmlingua", "use_sentence_level_filter": True},
    "longllmlingua": {
        "question": QUESTION,
        "rank_method": "longllmlingua",
        "condition_in_question": "after_condition",
        "condition_compare": True,
        "reorder_context": "sort",
        "dynamic_context_compression_ratio": 0.3,
        "use_sentence_level_filter": True,
    },
}


@pytest.mark.parametrize("name", CAUSAL)
@pytest.mark.parametrize("mode", MODES)
def test_the_package_compresses_with_causal_models(
    made: Callable[[str], Path], name: str, mode: str
) -> None:
    """Contexts longer than the 64 positions of the model, in two languages."""
    compressor = load_compressor(str(made(name)), classifier=False)
    compressor.max_position_embeddings = 2048 if name == "llama" else 64
    result = compressor.compress_prompt(
        [LONG, CHINESE, ENGLISH], target_token=120, iterative_size=20, **MODES[mode]
    )
    assert 0 < result["compressed_tokens"] < result["origin_tokens"]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_package_compresses_with_token_classifiers(
    made: Callable[[str], Path], name: str
) -> None:
    compressor = load_compressor(str(made(name)), classifier=True)
    result = compressor.compress_prompt([LONG, CHINESE], rate=0.5)
    assert 0 < result["compressed_tokens"] < result["origin_tokens"]


def test_a_long_text_ranks_by_a_number(made: Callable[[str], Path]) -> None:
    compressor = load_compressor(str(made("gpt2")), classifier=False)
    for condition in ("none", "before", "after"):
        loss = compressor.get_condition_ppl(LONG, QUESTION, condition)
        assert np.isfinite(float(loss))


def test_loading_leaves_random_numbers_and_environment_alone(
    made: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    import torch

    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = random.random(), np.random.rand(), float(torch.rand(1))
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    hashing = os.environ.get("PYTHONHASHSEED")
    load_compressor(str(made("bert uncased")), classifier=True)
    assert (random.random(), np.random.rand(), float(torch.rand(1))) == expected
    assert os.environ.get("PYTHONHASHSEED") == hashing
    assert capfd.readouterr() == ("", "")


def test_scoring_is_quiet(made: Callable[[str], Path], capfd: pytest.CaptureFixture[str]) -> None:
    LLMLingua2Words(str(made("bert cased"))).score([LONG * 20])
    LLMLinguaWords(str(made("gpt2"))).score([LONG * 5])
    assert capfd.readouterr() == ("", "")


def test_a_missing_hub_model_names_itself_and_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    name = "nobody/llmlingua-2-of-this-name"
    for scorer in (LLMLingua2Words(name), LLMLinguaWords(name)):
        with pytest.raises(ModelError, match=r"hub") as caught:
            scorer.score(["a text"])
        assert name in str(caught.value)
        assert "profile hub" in str(caught.value)


def test_a_model_of_another_kind_is_refused(made: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="causal language model"):
        LLMLinguaWords(str(made("bert cased"))).score(["a"])
    with pytest.raises(ModelError, match="token classifier"):
        LLMLingua2Words(str(made("gpt2"))).score(["a"])
    with pytest.raises(ModelError, match="holds no model"):
        LLMLingua2Words(str(tmp_path)).score(["a"])
    three = tiny_models.bert_classifier(tmp_path, labels=3)
    for scorer in (LLMLingua2Words(str(three)), OpenVinoWordScorer("tiny", three)):
        with pytest.raises(ModelError, match="3 labels"):
            scorer.score(["a"])


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_missing_file_is_a_model_error(tmp_path: Path, file: str) -> None:
    folder = tiny_models.bert_classifier(tmp_path)
    (folder / file).unlink()
    with pytest.raises(ModelError, match=r"compression\.squeezer") as caught:
        OpenVinoWordScorer("tiny", folder).score(["a"])
    assert file in str(caught.value)


def test_another_architecture_is_a_model_error(tmp_path: Path) -> None:
    folder = tiny_models.bert_classifier(tmp_path)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "mpnet"}))
    with pytest.raises(ModelError, match="mpnet"):
        OpenVinoWordScorer("tiny", folder).score(["a"])


def test_the_settings_choose_the_scorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def scorer(**values: Any) -> object:
        return load_word_scorer(CompressionSettings(**values))

    assert type(scorer(squeezer="x")) is LLMLingua2Words
    assert type(scorer(squeezer="x", method="llmlingua")) is LLMLinguaWords
    assert type(scorer(squeezer="x", method="longllmlingua")) is LongLLMLinguaWords
    monkeypatch.setattr("leanrag.adapters.word_scorers.BUILTIN_FOLDER", tmp_path)
    with pytest.raises(ModelError, match=r"compression\.mode"):
        scorer()
    tiny_models.bert_classifier(tmp_path)
    assert type(scorer()) is OpenVinoWordScorer
    assert BUILTIN_FOLDER.parts[-3:] == ("leanrag", "models", "squeezer")
