import json
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from leanrag.adapters.models import builtin_folder
from leanrag.adapters.openvino import minilm as openvino_minilm
from leanrag.adapters.openvino.minilm import OpenVinoMiniLM
from leanrag.errors import ModelError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(builtin_folder(), tmp_path / "model"))


@pytest.mark.parametrize(
    "file", ["model.safetensors", "config.json", "tokenizer.json", "sentence_bert_config.json"]
)
def test_a_missing_file_is_a_model_error(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(ModelError, match="reinstall its package") as caught:
        OpenVinoMiniLM("m", folder=folder).embed_queries(["a"])
    assert file in str(caught.value)


def test_damaged_weights_are_a_model_error(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="reinstall its package"):
        OpenVinoMiniLM("m", folder=folder).embed_queries(["a"])


@pytest.mark.parametrize(
    ("field", "value"), [("model_type", "mpnet"), ("hidden_act", "relu"), ("num_hidden_layers", 7)]
)
def test_another_architecture_is_a_model_error(folder: Path, field: str, value: object) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {field: value}), encoding="utf-8")
    with pytest.raises(ModelError, match="reinstall its package"):
        OpenVinoMiniLM("m", folder=folder).embed_queries(["a"])


def test_openvino_missing_is_a_model_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ModelError, match="pip install openvino"):
        OpenVinoMiniLM("m", folder=builtin_folder()).embed_queries(["a"])
    assert sys.modules.get("openvino_telemetry", "absent") is not None


def test_telemetry_that_the_application_loaded_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = ModuleType("openvino_telemetry")
    monkeypatch.setitem(sys.modules, "openvino_telemetry", theirs)
    OpenVinoMiniLM("m", folder=builtin_folder()).embed_queries(["a"])
    assert sys.modules["openvino_telemetry"] is theirs


def test_batches_stay_below_the_token_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, int]] = []
    infer = OpenVinoMiniLM._infer

    def spy(self: OpenVinoMiniLM, request: object, tokens: list) -> object:  # type: ignore[type-arg]
        shapes.append((len(tokens), max(len(ids) for ids in tokens)))
        return infer(self, request, tokens)

    monkeypatch.setattr(OpenVinoMiniLM, "_infer", spy)
    embedder = OpenVinoMiniLM("m", folder=builtin_folder(), batch_tokens=512)
    embedder.embed_documents(["word " * n for n in (1, 300, 100, 2, 50, 60, 250, 10)])
    assert sum(count for count, _ in shapes) == 8
    assert len(shapes) > 2
    assert all(count * length <= 512 for count, length in shapes)


def test_many_texts_are_tokenized_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = OpenVinoMiniLM("m", folder=builtin_folder())
    texts = [f"number {n}" for n in range(7)]
    at_once = embedder.embed_documents(texts)
    monkeypatch.setattr(openvino_minilm, "_SLICE", 3)
    assert (embedder.embed_documents(texts) == at_once).all()


def test_token_vectors_are_those_that_the_text_vector_is_the_mean_of() -> None:
    model = OpenVinoMiniLM("m", folder=builtin_folder())
    texts = ["The bridge opened in 1937.", "", "Dogs wait. " * 200]
    found = model.embed_tokens(texts)
    assert [len(vectors) for vectors in found] == [6, 0, model.max_tokens - 2]
    for vectors in found:
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    alone = model.embed_tokens(texts[:1])[0]
    assert np.allclose(alone, found[0], atol=1e-4), "the batch does not matter"
    (whole,) = model.embed_documents(texts[:1])
    assert float(whole @ alone.mean(axis=0)) > 0.9 * float(np.linalg.norm(alone.mean(axis=0)))
