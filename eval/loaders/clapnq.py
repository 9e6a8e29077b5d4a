"""ClapNQ: long answers, with the sentences of the passage that support them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leanrag.evaluation.datasets import Dataset, LoadOptions, converted, existing
from leanrag.evaluation.loaders.pooled import PooledItem, PoolText, pooled
from leanrag.evaluation.rows import json_lines


def load_clapnq(path: Path, options: LoadOptions) -> Dataset:
    """Evidence are the selected sentences of the first annotator who answered."""
    rows = converted(json_lines(existing(path)), str(path), _item)
    return pooled(rows, path, options)


def _item(row: Mapping[str, Any]) -> PooledItem:
    passage = row["passages"][0]
    outputs = [output for output in row["output"] if output["selected_sentences"]]
    output = outputs[0] if outputs else row["output"][0]
    spans = []
    for sentence in output["selected_sentences"]:
        start = passage["text"].find(sentence)
        if start < 0:
            raise ValueError(f"a selected sentence is not in the passage: {sentence[:60]!r}")
        spans.append((start, start + len(sentence)))
    answerable = bool(spans)
    return PooledItem(
        values={
            "id": row["id"],
            "question": row["input"],
            "reference": output["answer"] or None,
            "answerable": answerable,
            "tags": [] if answerable else ["unanswerable"],
        },
        document=passage["title"],
        gold=(PoolText(passage["text"], passage["title"]),),
        evidence=tuple((0, span) for span in spans),
    )
