"""LoCoMo: very long conversations of two people, with questions and the turns that answer them."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case, Context, Evidence, Row, Turn, parse_case
from leanrag.evaluation.datasets import TWO_WAY, Dataset, LoadOptions, choose, existing
from leanrag.evaluation.metrics import AnswerFinder
from leanrag.evaluation.rows import CaseProblem, open_text

_CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
_SESSION = re.compile(r"session_(\d+)")
_TURN_ID = re.compile(r"D:?(\d+):(\d+)")
INCOMPLETE = "evidence incomplete"
"""Tag of cases that cite a turn which is not in the conversation."""


def load_locomo(path: Path, options: LoadOptions) -> Dataset:
    """A conversation's file, or a folder of ``locomo_*.json.gz``; split by conversation.

    Every turn is a context and a message of the history under the same id, so that selection
    from texts and condensing of a history can be compared. The first speaker is the user.
    """
    files = tuple(sorted(path.glob("locomo_*.json*"))) if path.is_dir() else (existing(path),)
    if not files:
        raise EvaluationError(f"{path}: no locomo_*.json or .json.gz in this folder")

    def rows() -> Iterator[Row]:
        questions: list[tuple[Path, int, Mapping[str, Any]]] = []
        for file in files:
            questions += [(file, n, row) for n, row in enumerate(_read(file)["qa"], start=1)]
        chosen = choose(
            questions, options, key=lambda q: (_name(q[0]), f"{_name(q[0])}-{q[1]}"), shares=TWO_WAY
        )
        for file in files:
            wanted = [(number, row) for source, number, row in chosen if source == file]
            if wanted:
                yield from _cases(file, wanted)

    return Dataset(rows, files)


def _name(file: Path) -> str:
    return file.name.split(".")[0]


def _read(file: Path) -> Mapping[str, Any]:
    try:
        with open_text(file) as text:
            value = json.load(text)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{file}: not JSON: {error}") from error
    if not isinstance(value, dict) or not isinstance(value.get("qa"), list):
        raise EvaluationError(f"{file}: not a LoCoMo conversation with its questions under 'qa'")
    return value


def _cases(file: Path, questions: Sequence[tuple[int, Mapping[str, Any]]]) -> Iterator[Row]:
    conversation = _read(file)
    contexts, history = _turns(conversation)
    texts = " ".join(context.text for context in contexts)
    known = {context.id for context in contexts}
    for number, row in questions:
        try:
            values = _values(row, known, texts)
        except (KeyError, TypeError, AttributeError) as error:
            yield CaseProblem(str(file), number, f"question {number}: {error!r}")
            continue
        values |= {"id": f"{_name(file)}-{number}", "document": _name(file)}
        # The turns are the same in all cases and already validated: only the rest is checked.
        evidence = values.pop("evidence")
        case = parse_case(values, str(file), number)
        if isinstance(case, Case):
            case = case.model_copy(update={"contexts": contexts, "history": history})
            case = _with_evidence(case, evidence)
        yield case


def _with_evidence(case: Case, turns: Sequence[str]) -> Case:
    return case.model_copy(
        update={"evidence": tuple(Evidence(context=turn, turn=turn) for turn in turns)}
    )


def _turns(conversation: Mapping[str, Any]) -> tuple[tuple[Context, ...], tuple[Turn, ...]]:
    contexts, history = [], []
    sessions = [key for key in conversation if _SESSION.fullmatch(key)]
    for key in sorted(sessions, key=lambda name: int(name.removeprefix("session_"))):
        day = str(conversation.get(f"{key}_date_time", ""))
        for turn in conversation[key]:
            text = f"{turn['speaker']}: {turn['text'].strip()}"
            if turn.get("blip_caption"):
                text += f" [shares {turn['blip_caption']}]"
            contexts.append(Context(id=turn["dia_id"], text=text, title=day))
            first = turn["speaker"] == conversation["speaker_a"]
            role = "user" if first else "assistant"
            history.append(Turn(role=role, content=text, id=turn["dia_id"], time=day or None))
    return tuple(contexts), tuple(history)


def _values(row: Mapping[str, Any], known: set[str], texts: str) -> dict[str, Any]:
    cited = [f"D{a}:{b}" for item in row["evidence"] for a, b in _TURN_ID.findall(item)]
    turns = [turn for turn in dict.fromkeys(cited) if turn in known]
    adversarial = row["category"] == 5
    answer = "" if adversarial else str(row["answer"])
    stated = AnswerFinder([answer]).found_in(texts) if answer else False
    tags = [_CATEGORIES[row["category"]]]
    if len(turns) < len(set(cited)):
        tags.append(INCOMPLETE)
    return {
        "question": row["question"],
        "answers": [answer] if stated else [],
        "reference": None if stated or not answer else answer,
        "evidence": turns,
        "tags": tags,
        "answerable": not adversarial,
    }
