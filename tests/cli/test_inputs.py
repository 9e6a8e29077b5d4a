"""Histories from files, and the place of the store."""

from pathlib import Path

import pytest

from leanrag.cli.inputs import read_history, require_store
from leanrag.errors import InputError, StoreError


@pytest.mark.parametrize(
    "text",
    [
        '[{"role": "user", "content": "Hi"}]',
        '{"messages": [{"role": "user", "content": "Hi"}], "model": "x"}',
        '\ufeff[{"role": "user", "content": "Hi"}]',
    ],
)
def test_a_history_is_a_list_or_stands_under_messages(tmp_path: Path, text: str) -> None:
    file = tmp_path / "chat.json"
    file.write_text(text, encoding="utf-8")
    assert read_history(file) == [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "not valid JSON"),
        (b'[\n{"role": "user",}\n]', "not valid JSON: line 2, column"),
        (b'"text"', "expected a JSON list of messages"),
        (b'{"turns": []}', "expected a JSON list of messages"),
        (b'{"messages": {}}', "expected a JSON list of messages"),
        (b'[{"role": "user"}]', r"history\[0\]\.content: missing"),
        (b"[\xff]", "not UTF-8"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_a_malformed_history_names_file_and_place(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "chat.json"
    file.write_bytes(data)
    with pytest.raises(InputError, match=f"chat.json: {words}"):
        read_history(file)


def test_a_missing_history_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such history file"):
        read_history(tmp_path / "nowhere.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_history(tmp_path)


def test_a_store_is_a_folder_or_a_server(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "anything").touch()
    require_store(str(tmp_path / "made"))
    require_store("http://localhost:6333")
    with pytest.raises(StoreError, match="leanrag ingest"):
        require_store(str(tmp_path / "nowhere" / "deeper"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="no store at"):
        require_store(str(tmp_path / "empty"))
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="is a file"):
        require_store(str(tmp_path / "file"))


def test_only_a_name_that_is_nearly_the_same_is_offered(tmp_path: Path) -> None:
    (tmp_path / "something-else").mkdir()
    (tmp_path / "my-stone").touch()
    with pytest.raises(StoreError) as caught:
        require_store(str(tmp_path / "my-store"))
    assert "Is it" not in str(caught.value)
    (tmp_path / "my-stores").mkdir()
    with pytest.raises(StoreError, match=r"Is it .*my-stores"):
        require_store(str(tmp_path / "my-store"))
