"""The selector: the graph is the trained model, batch-mates do not matter, answers rank first."""

import json
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leanrag.adapters.models import SELECTOR_FOLDER, SELECTOR_NAME, load_selector
from leanrag.adapters.openvino import selector as openvino_selector
from leanrag.adapters.openvino.bert_graph import selector_graph
from leanrag.adapters.openvino.engine import compile_graph
from leanrag.adapters.openvino.selector import OpenVinoSelector
from leanrag.errors import ModelError
from leanrag.text.languages import detect_language
from leanrag.text.marks import MARKS
from leanrag.text.sentences import split_sentences
from leanrag.types import Judged, Passage
from tests.small_selector import small_selector

pytestmark = pytest.mark.skipif(
    not (SELECTOR_FOLDER / "model.safetensors").is_file(), reason="the model is not in this tree"
)
BRIDGE = (
    "The Golden Gate Bridge is painted in a colour called international orange. "
    "It opened to traffic in May 1937. Tolls are paid by plate and not in cash. "
)
OTHERS = (
    "The museum sells tickets online. It is closed on Mondays, and dogs must wait outside.",
    "In the harbour, ferries leave for the island every hour.",
    "The town hall was rebuilt after the fire. Its bell is older than the town.",
)
QUESTION = "When did the Golden Gate Bridge open?"


def passage(text: str, label: str = "") -> Passage:
    language = detect_language(text)
    return Passage(text[:9], text, tuple(split_sentences(text, language)), label, language)


def flat(judged: Sequence[Judged]) -> np.ndarray:
    return np.concatenate([[one.relevance, *one.sentences] for one in judged])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A folder with a small selector of random weights, and the same model in torch."""
    folder = tmp_path_factory.mktemp("selector")
    return folder, small_selector(folder)


@pytest.fixture(scope="module")
def builtin() -> OpenVinoSelector:
    return OpenVinoSelector(SELECTOR_NAME, SELECTOR_FOLDER, bf16=False)


def test_the_graph_is_the_model_that_was_trained(small: tuple[Path, Any]) -> None:
    import torch

    folder, model = small
    draw = np.random.default_rng(5)
    ids = draw.integers(5, 30_000, (6, 40)).astype(np.int32)
    marks = draw.integers(0, MARKS, ids.shape) * (draw.random(ids.shape) < 0.4)
    types = np.arange(40)[None, :] >= draw.integers(3, 20, (6, 1))
    mask = (np.arange(40)[None, :] < draw.integers(25, 41, (6, 1))).astype(np.float32)
    extras = (marks + MARKS * types).astype(np.int32)
    found = compile_graph(selector_graph(folder)).create_infer_request().infer([ids, extras, mask])
    with torch.inference_mode():
        given = (torch.from_numpy(a.astype(np.int64)) for a in (ids, types, marks))
        tokens, relevance, _ = model(*given, torch.from_numpy(mask))
    real = mask > 0
    for mine, theirs in ((found[0][real], tokens.numpy()[real]), (found[1][:, 0], relevance)):
        theirs = np.asarray(theirs)
        assert theirs.std() > 0.01, "the model tells its inputs apart"
        assert np.corrcoef(mine.ravel(), theirs.ravel())[0, 1] > 0.9999
        assert np.abs(mine - theirs).max() < 1e-3


@pytest.mark.parametrize("bf16", [False, True])
def test_a_passage_alone_is_judged_as_among_others(bf16: bool) -> None:
    """One word of the question is in none of the texts, so that marks are equal either way."""
    selector = OpenVinoSelector(SELECTOR_NAME, SELECTOR_FOLDER, bf16=bf16)
    many = [passage(text, "Travel " * n) for n, text in enumerate([BRIDGE * 3, *OTHERS, "Yes."])]
    question = "Why zebrafish?"
    together = selector.judge(question, many)
    alone = [selector.judge(question, [one])[0] for one in many]
    np.testing.assert_allclose(flat(together), flat(alone), atol=0.3 if bf16 else 1e-3)
    turned = list(reversed(selector.judge(question, many[::-1])))
    np.testing.assert_allclose(flat(together), flat(turned), atol=0.3 if bf16 else 1e-3)


def test_bfloat16_agrees_with_single_precision(builtin: OpenVinoSelector) -> None:
    half = OpenVinoSelector(SELECTOR_NAME, SELECTOR_FOLDER, bf16=True)
    many = [passage(text) for text in (BRIDGE, *OTHERS)]
    one, other = (flat(s.judge(QUESTION, many)) for s in (half, builtin))
    assert np.corrcoef(one, other)[0, 1] > 0.999


def test_small_batches_change_nothing(
    builtin: OpenVinoSelector, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [passage(text) for text in (BRIDGE * 12, *OTHERS)]
    at_once = builtin.judge(QUESTION, many)
    monkeypatch.setattr(openvino_selector, "_TOKENS_PER_CORE", 16)
    np.testing.assert_allclose(flat(at_once), flat(builtin.judge(QUESTION, many)), atol=1e-3)


def test_the_same_input_gives_the_same_bytes(builtin: OpenVinoSelector) -> None:
    many = [passage(text) for text in (BRIDGE, *OTHERS)]
    first = flat(builtin.judge(QUESTION, many))
    assert (first == flat(builtin.judge(QUESTION, many))).all()


def test_threads_get_their_own_answers(small: tuple[Path, Any]) -> None:
    fresh = OpenVinoSelector("small", small[0], bf16=False)
    jobs = [
        (f"When did {word} open?", [passage(text, word) for text in (BRIDGE, *OTHERS)[: n + 1]])
        for n, word in enumerate(["Bridge", "Museum", "Harbour", "Hall"])
    ] * 4
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda job: flat(fresh.judge(*job)), jobs))
    for job, found in zip(jobs, at_once, strict=True):
        np.testing.assert_array_equal(found, flat(fresh.judge(*job)))


@pytest.mark.parametrize("text", ["", "  ", "\n\n", "\u200b", "\ud800"])
def test_a_text_without_words_is_worth_nothing(builtin: OpenVinoSelector, text: str) -> None:
    (alone,) = builtin.judge(QUESTION, [passage(text)])
    assert alone.relevance == -np.inf
    assert (alone.sentences == -np.inf).all()
    first, second = builtin.judge(QUESTION, [passage(text), passage(BRIDGE)])
    assert first.relevance == -np.inf
    assert np.isfinite(second.relevance)
    assert np.isfinite(second.sentences).all()


@pytest.mark.parametrize(
    "text", ["🙂", "\ud83d lone half", "x" * 5000, "7 " * 600, "का " * 200, "\x00\x01."]
)
@pytest.mark.parametrize("question", ["why?", "🙂", "?" * 400, "word " * 400, "\udc00"])
def test_hostile_texts_are_judged(builtin: OpenVinoSelector, question: str, text: str) -> None:
    one = passage(text)
    (judged,) = builtin.judge(question, [one])
    assert judged.sentences.shape == (len(one.sentences),)
    assert not np.isnan(judged.sentences).any()


def test_no_passages_no_judgement(builtin: OpenVinoSelector) -> None:
    assert builtin.judge(QUESTION, []) == []


def test_headings_tell_passages_apart(builtin: OpenVinoSelector) -> None:
    text = "It is 128 megabytes by default."
    wrong, right = builtin.judge(
        "What is the default of shared_buffers?",
        [passage(text, "Server > work_mem"), passage(text, "Server > shared_buffers")],
    )
    assert right.relevance > wrong.relevance
    assert right.sentences[0] > wrong.sentences[0]


ANSWERS = {
    "en": (
        "When did the bridge open to traffic?",
        "The bridge is painted orange. Cars first crossed it in May 1937. "
        "Its towers are hollow. Many films show the bridge.",
        1,
    ),
    "en negated": (
        "Who did not sign the treaty?",
        "The treaty has nine articles. Twelve states signed the treaty. "
        "Only Norway refused to sign it. It was printed in Paris.",
        2,
    ),
    "de": (
        "Wann wurde die Brücke für den Verkehr eröffnet?",
        "Die Brücke ist rot gestrichen. Seit Mai 1937 rollt der Verkehr über die Brücke. "
        "Die Maut wird ohne Bargeld bezahlt. Viele Filme spielen in der Stadt.",
        1,
    ),
    "es": (
        "¿En qué año se abrió el puente al tráfico?",
        "El puente está pintado de rojo. Los peajes se pagan sin dinero. "
        "El puente se abrió al tráfico en el año 1937. La ciudad tiene un museo.",
        2,
    ),
    "ru": (
        "В каком году мост открыли для движения?",
        "Город известен своим музеем. Билеты продаются в кассе. "
        "Мост был открыт для движения в 1937 году. По вечерам здесь тихо.",
        2,
    ),
    "zh": (
        "这座桥是哪一年通车的？",
        "桥身漆成了橙色。过桥费不收现金。这座桥于1937年正式通车。城里有一座博物馆。",
        2,
    ),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_the_answering_sentence_ranks_first(builtin: OpenVinoSelector, case: str) -> None:
    question, text, place = ANSWERS[case]
    others = [passage(t) for t in (*OTHERS, "博物馆周一关门。", "Музей закрыт по понедельникам.")]
    judged = builtin.judge(question, [*others, passage(text)])
    assert len(judged[-1].sentences) == 4
    assert int(np.argmax(judged[-1].sentences)) == place
    best = judged[-1].sentences[place]
    assert all((one.sentences < best).all() for one in judged[:-1])
    assert all(one.relevance < judged[-1].relevance for one in judged[:-1])


def test_a_language_is_no_part_of_the_answer(builtin: OpenVinoSelector) -> None:
    """The same text, wrongly told to be of another language, is still judged."""
    one = passage(BRIDGE)
    (judged,) = builtin.judge(QUESTION, [replace(one, language="fi")])
    assert int(np.argmax(judged.sentences)) == 1


# ── damage ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(small: tuple[Path, Any], tmp_path: Path) -> Path:
    return Path(shutil.copytree(small[0], tmp_path / "model"))


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
@pytest.mark.parametrize("damage", [b"", b"{}", b"[]", b"\xff\xfe", None])
def test_a_damaged_file_is_a_model_error(folder: Path, file: str, damage: bytes | None) -> None:
    if damage is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(damage)
    with pytest.raises(ModelError, match=r"reinstall leanrag.*compression\.selector"):
        OpenVinoSelector("m", folder).judge(QUESTION, [passage(BRIDGE)])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model_type", "mpnet"),
        ("hidden_act", "relu"),
        ("num_hidden_layers", 7),
        ("num_hidden_layers", None),
        ("hidden_size", 100),
        ("num_attention_heads", 0),
        ("layer_norm_eps", "small"),
    ],
)
def test_another_architecture_is_a_model_error(folder: Path, field: str, value: object) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {field: value}), encoding="utf-8")
    with pytest.raises(ModelError, match="reinstall leanrag"):
        OpenVinoSelector("m", folder).judge(QUESTION, [passage(BRIDGE)])


def _changed(folder: Path, **arrays: np.ndarray) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    save_file(weights | arrays, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("marks.weight", (MARKS - 4, 384)),
        ("marks.weight", (384,)),
        ("tokens.weight", (2, 380)),
        ("embeddings.word_embeddings.weight", (40, 384)),
        ("embeddings.position_embeddings.weight", (16, 384)),
    ],
)
def test_weights_of_another_shape_are_a_model_error(
    folder: Path, name: str, shape: tuple[int, ...]
) -> None:
    _changed(folder, **{name: np.zeros(shape, dtype=np.float16)})
    with pytest.raises(ModelError, match=r"selector m|m failed"):
        OpenVinoSelector("m", folder).judge(QUESTION, [passage(BRIDGE * 2)])


def test_a_missing_model_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"compression\.selector to\s+similarity") as caught:
        load_selector(str(tmp_path))
    assert str(tmp_path) in str(caught.value)


def test_a_selector_has_the_name_of_its_folder(small: tuple[Path, Any]) -> None:
    assert load_selector("builtin").name == SELECTOR_NAME
    assert load_selector(str(small[0])).name == str(small[0])
