"""MTRAG: questions in a conversation, with gold passages, an answer and its answerability."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leanrag.evaluation.datasets import Dataset, LoadOptions, converted, existing
from leanrag.evaluation.loaders.pooled import PooledItem, PoolText, pooled
from leanrag.evaluation.rows import json_lines


def load_mtrag(path: Path, options: LoadOptions) -> Dataset:
    """The last user turn is the question, the turns before it the history."""
    rows = converted(json_lines(existing(path)), str(path), _item)
    return pooled(rows, path, options)


def _item(row: Mapping[str, Any]) -> PooledItem:
    *earlier, last = row["input"]
    history = [
        {
            "role": "user" if turn["speaker"] == "user" else "assistant",
            "content": turn["text"],
            "id": f"t{number}",
        }
        for number, turn in enumerate(earlier, start=1)
    ]
    gold = tuple(
        PoolText(context["text"].strip(), str(context.get("title") or ""))
        for context in row["contexts"]
        if context["text"].strip()
    )
    answerability = row["answerability"][0]
    answerable = answerability in {"ANSWERABLE", "PARTIAL"}
    return PooledItem(
        values={
            "id": row["task_id"],
            "question": last["text"],
            "reference": row["targets"][0]["text"],
            "history": history,
            "answerable": answerable,
            "tags": [
                answerability.lower(),
                row["Collection"],
                *(kind.lower() for kind in row["Multi-Turn"]),
            ],
        },
        document=row["conversation_id"],
        gold=gold,
        evidence=tuple((number, None) for number in range(len(gold))) if answerable else (),
    )
