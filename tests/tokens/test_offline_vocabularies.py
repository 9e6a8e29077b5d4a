import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from leanrag.errors import ModelError
from leanrag.tokens import encodings

BLOCKED = """
import socket, sys
attempts = []
def refuse(*args, **kwargs):
    attempts.append(args)
    raise OSError("network blocked by the test")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
"""


def run_blocked(program: str, tmp_path: Path, **environment: str) -> str:
    """Output of ``program`` in a fresh process without network or any tiktoken cache."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")
    }
    kept["TMPDIR"] = str(tmp_path)
    kept["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + program],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


COUNT = """
import os
from leanrag.tokens import counter_for
before = dict(os.environ)
print(counter_for("gpt-4o").count("Hello world"), counter_for("gpt-4").count("Hello world"))
assert dict(os.environ) == before
assert "llama_index" not in sys.modules and not attempts
"""


def test_counts_with_an_empty_cache_and_no_network(tmp_path: Path) -> None:
    assert run_blocked(COUNT, tmp_path) == "2 2"


def test_counts_where_the_user_names_an_empty_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    assert run_blocked(COUNT, tmp_path, TIKTOKEN_CACHE_DIR=str(cache)) == "2 2"
    assert run_blocked(COUNT, tmp_path, TIKTOKEN_CACHE_DIR="") == "2 2"


def test_a_missing_vocabulary_never_reaches_for_the_network(tmp_path: Path) -> None:
    program = """
from leanrag.errors import ModelError
from leanrag.tokens import counter_for
for name in ("gpt2", "r50k_base", "p50k_base", "p50k_edit"):
    try:
        counter_for("x", tokenizer=name)
    except ModelError as error:
        assert name in str(error)
        print("refused")
assert not attempts
"""
    assert run_blocked(program, tmp_path).split() == ["refused"] * 4


def test_importing_and_choosing_an_unknown_model_loads_no_vendor(tmp_path: Path) -> None:
    program = """
import leanrag.tokens
vendors = {"torch", "transformers", "tiktoken", "tokenizers", "llama_index", "jinja2"}
print(sorted(vendors & set(sys.modules)))
leanrag.tokens.counter_for("gpt-4o").count("x")
print(sorted(vendors & set(sys.modules)))
"""
    assert run_blocked(program, tmp_path).splitlines() == ["[]", "['tiktoken']"]


def test_the_users_cache_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert encodings._cache_folders()[0] is None
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR")
    assert encodings._cache_folders()[-1] is None


def test_a_damaged_vocabulary_in_the_users_cache_is_passed_over(tmp_path: Path) -> None:
    name = "fb374d419588a4632f3f557e76b4b70aebbca790"  # o200k_base as tiktoken stores it
    (tmp_path / name).write_bytes(b"damaged")
    program = 'from leanrag.tokens import counter_for\nprint(counter_for("gpt-4o").count("a b"))'
    assert run_blocked(program, tmp_path, TIKTOKEN_CACHE_DIR=str(tmp_path)) == "2"


def test_without_the_carried_vocabularies_the_error_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tiktoken

    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    monkeypatch.setattr(encodings, "_carried_folder", lambda: None)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: pytest.fail("network was asked"))
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    with pytest.raises(ModelError, match="set TIKTOKEN_CACHE_DIR"):
        encodings.load_encoding("o200k_base")
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(tmp_path)


def test_an_unreadable_vocabulary_is_a_model_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tiktoken

    cache = tmp_path / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"  # cl100k_base
    cache.mkdir()  # a folder where the file should be
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    with pytest.raises(ModelError, match="cl100k_base cannot be read"):
        encodings.load_encoding("cl100k_base")
