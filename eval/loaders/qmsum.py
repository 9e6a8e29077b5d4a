"""QMSum: questions about meetings, with the turns that are relevant to each."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case, Row, Turn, parse_case
from leanrag.evaluation.datasets import Dataset, LoadOptions, choose, converted, existing
from leanrag.evaluation.rows import CaseProblem, json_lines
from leanrag.types import Span

BLOCK_LETTERS = 1200
"""Turns are grouped up to this length, as a transcript is cut before it is searched."""


def load_qmsum(path: Path, options: LoadOptions) -> Dataset:
    """A file of meetings, or a folder of ``qmsum_*.jsonl.gz``; split by meeting.

    Only the specific queries have evidence, so the general ones ("summarise the meeting") are
    left out. The contexts are the whole transcript in blocks of consecutive turns.
    """
    files = tuple(sorted(path.glob("qmsum_*.jsonl*"))) if path.is_dir() else (existing(path),)
    if not files:
        raise EvaluationError(f"{path}: no qmsum_*.jsonl or .jsonl.gz in this folder")

    def rows() -> Iterator[Row]:
        keys: list[tuple[str, str]] = []
        for file in files:
            for line, row in converted(json_lines(file), str(file), _queries):
                if isinstance(row, CaseProblem):
                    yield row
                else:
                    meeting = _meeting(file, line)
                    keys += [(meeting, f"{meeting}-{n}") for n, _ in enumerate(row, start=1)]
        wanted = {name for _, name in choose(keys, options, key=lambda key: key)}
        for file in files:
            for line, meeting in json_lines(file):
                yield from _cases(meeting, file, line, wanted)

    return Dataset(rows, files)


def load_qmsum_turns(path: Path, options: LoadOptions) -> Dataset:
    """The same as conversations: the turns of the meeting are also the history of each case."""
    texts = load_qmsum(path, options)

    def rows() -> Iterator[Row]:
        for row in texts.rows():
            yield _as_conversation(row) if isinstance(row, Case) else row

    return Dataset(rows, texts.files)


def _as_conversation(case: Case) -> Case:
    turns = [line for context in case.contexts for line in context.text.split("\n")]
    history = [Turn(role="user", content=text, id=f"t{n}") for n, text in enumerate(turns)]
    return case.model_copy(update={"history": tuple(history)})


def _meeting(file: Path, line: int) -> str:
    return f"{file.name.split('.')[0]}-{line}"


def _queries(meeting: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    queries = [query for query in meeting["specific_query_list"] if query["relevant_text_span"]]
    for query in queries:
        _ranges(query)
    for turn in meeting["meeting_transcripts"]:
        turn["speaker"], turn["content"]
    return queries


def _ranges(query: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Half-open ranges of turns; the file gives both ends inclusive, as text."""
    return [(int(first), int(last) + 1) for first, last in query["relevant_text_span"]]


def _cases(meeting: Any, file: Path, line: int, wanted: set[str]) -> Iterator[Row]:
    if isinstance(meeting, CaseProblem):
        return
    name = _meeting(file, line)
    numbered = list(enumerate(_queries_or_none(meeting), start=1))
    numbered = [(number, query) for number, query in numbered if f"{name}-{number}" in wanted]
    if not numbered:
        return
    turns = [
        f"{turn['speaker']}: {turn['content'].strip()}" for turn in meeting["meeting_transcripts"]
    ]
    contexts, places = _blocks(turns)
    for number, query in numbered:
        evidence = [
            {"context": context, "span": span}
            for first, last in _ranges(query)
            for context, span in _runs(places[first:last])
        ]
        values = {
            "id": f"{name}-{number}",
            "question": query["query"],
            "reference": query["answer"],
            "contexts": contexts,
            "evidence": evidence,
            "document": name,
            "tags": [file.name.split(".")[0].removeprefix("qmsum_")],
        }
        yield parse_case(values, str(file), line)


def _queries_or_none(meeting: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    try:
        return _queries(meeting)
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


def _blocks(turns: Sequence[str]) -> tuple[list[dict[str, str]], list[tuple[str, Span]]]:
    """The transcript in blocks, and where each turn stands: block id and span."""
    blocks: list[dict[str, str]] = []
    places: list[tuple[str, Span]] = []
    for turn in turns:
        if not blocks or len(blocks[-1]["text"]) + len(turn) + 1 > BLOCK_LETTERS:
            blocks.append({"id": f"b{len(blocks) + 1}", "text": turn})
        else:
            blocks[-1]["text"] += f"\n{turn}"
        end = len(blocks[-1]["text"])
        places.append((blocks[-1]["id"], (end - len(turn), end)))
    return blocks, places


def _runs(places: Sequence[tuple[str, Span]]) -> Iterator[tuple[str, Span]]:
    """One span a block for turns that follow each other."""
    joined: dict[str, Span] = {}
    for block, (start, end) in places:
        joined[block] = (joined[block][0] if block in joined else start, end)
    yield from joined.items()
