"""NaturalQuestions ("Lost in the middle"), XQuAD and CMRC: one question, one passage a line."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from leanrag.evaluation.datasets import Dataset, LoadOptions, converted, existing
from leanrag.evaluation.loaders.pooled import PooledItem, PoolText, pooled
from leanrag.evaluation.rows import json_lines
from leanrag.evaluation.sentences import answer_sentence


def load_qa(path: Path, options: LoadOptions) -> Dataset:
    """Lines of id, question, answers, title and text; the document is the title."""
    return _load(path, options, lambda row: str(row["title"]))


def load_xquad(path: Path, options: LoadOptions) -> Dataset:
    """XQuAD, split by paragraph alike in all languages.

    A paragraph is named by the least of its questions' ids, which are the same everywhere.
    """
    names: dict[str, str] = {}
    for _, row in json_lines(existing(path)):
        if isinstance(row, dict) and isinstance(row.get("text"), str):
            text, name = row["text"], str(row.get("id"))
            names[text] = min(name, names.get(text, name))
    return _load(path, options, lambda row: f"xquad-{names[row['text']]}")


def _load(
    path: Path, options: LoadOptions, document: Callable[[Mapping[str, Any]], str]
) -> Dataset:
    existing(path)

    def item(row: Mapping[str, Any]) -> PooledItem:
        answers = [answer.strip() for answer in row["answers"] if answer.strip()]
        start = row.get("answer_start")
        span = answer_sentence(row["text"], answers, start)
        return PooledItem(
            values={
                "id": row["id"],
                "question": row["question"],
                "answers": answers,
                "language": row.get("lang", options.language or "en"),
            },
            document=document(row),
            gold=(PoolText(row["text"], row["title"].replace("_", " ")),),
            evidence=((0, span),),
        )

    rows = converted(json_lines(path), str(path), item)
    return pooled(rows, path, options)
