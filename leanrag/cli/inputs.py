"""Reads what commands are given: histories, JSON Lines on stdin, the store's place."""

import difflib
import json
import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

from leanrag.errors import InputError, StoreError

_NEIGHBOURS = 500


def read_history(file: Path) -> list[dict[str, Any]]:
    """The messages of a JSON file: a list of them, or an object with ``messages``.

    Raises:
        InputError: the file cannot be read, or a message is malformed; it names file and place.
    """
    from leanrag.history.messages import validate

    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"{file}: no such history file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror or error}") from error
    value = _json(text, str(file))
    if isinstance(value, dict) and "messages" in value:
        value = value["messages"]
    if not isinstance(value, list):
        raise InputError(
            f"{file}: expected a JSON list of messages, or an object with 'messages', "
            f"got {type(value).__name__}"
        )
    try:
        validate(value)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    return value


def read_texts(lines: Iterable[bytes]) -> tuple[list[dict[str, str]], list[str]]:
    """The texts of JSON Lines with id, title and text, and warnings.

    A line without an id, or with that of an earlier line, gets its number from 1 as its id.

    Raises:
        InputError: a line cannot be used; it names the line and what to mend.
    """
    texts: list[dict[str, str]] = []
    warnings: list[str] = []
    lines_by_id: dict[str, int] = {}
    for number, raw in enumerate(lines, start=1):
        where = f"line {number} of the input"
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{where} is not UTF-8 text") from error
        if not line.strip():
            continue
        text = _text(_json(line, where), where, number)
        if text["id"] in lines_by_id:
            first = lines_by_id[text["id"]]
            warnings.append(
                f"{where}: id {text['id']!r} is that of line {first}; taken as {number}"
            )
            text["id"] = str(number)
        if text["id"] in lines_by_id:
            raise InputError(
                f"{where}: id {text['id']!r} is that of line {lines_by_id[text['id']]}; "
                "give each text its own"
            )
        lines_by_id[text["id"]] = number
        texts.append(text)
    return texts, warnings


def require_store(location: str) -> None:
    """Refuses a store that does not exist, before anything heavy is loaded.

    Raises:
        StoreError: there is no such folder; it says what to do, and which one may be meant.
    """
    if "://" in location:
        return
    folder = Path(location)
    if folder.is_dir() and any(folder.iterdir()):
        return
    if folder.is_file():
        raise StoreError(f"{location} is a file, not a store; a store is a folder", service="store")
    near = _similar(folder)
    hint = f" Is it {near}?" if near else ""
    raise StoreError(
        f"no store at {location}; make one with: leanrag ingest PATH --store {location} ; "
        f"or name another with --store.{hint}",
        service="store",
    )


def _similar(folder: Path) -> str | None:
    """A folder beside a missing one with nearly its name."""
    parent = folder.parent
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in islice(entries, _NEIGHBOURS) if entry.is_dir()]
    except OSError:
        return None
    close = difflib.get_close_matches(folder.name, sorted(names), n=1, cutoff=0.7)
    return str(parent / close[0]) if close else None


def _text(value: Any, where: str, number: int) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InputError(f'{where}: expected an object such as {{"id": "a", "text": "…"}}')
    if not isinstance(value.get("text"), str):
        raise InputError(f"{where}: 'text' is missing or is not a text")
    title = value.get("title") or ""
    if not isinstance(title, str):
        raise InputError(f"{where}: 'title' is not a text")
    identity = value.get("id")
    if identity is None or identity == "":
        identity = number
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise InputError(f"{where}: 'id' is neither a text nor an integer")
    return {"id": str(identity), "title": title, "text": value["text"]}


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: " if "\n" in text.strip() else ""
        raise InputError(f"{where}: not valid JSON: {place}{error.msg}") from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number too long
        raise InputError(f"{where}: not valid JSON: {error}") from error
