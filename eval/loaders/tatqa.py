"""TAT-QA: questions over a table and the paragraphs around it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from leanrag.errors import EvaluationError
from leanrag.evaluation.datasets import Dataset, LoadOptions, existing
from leanrag.evaluation.loaders.pooled import PooledItem, PoolText, pooled
from leanrag.evaluation.rows import CaseProblem, open_text
from leanrag.evaluation.sentences import answer_sentence
from leanrag.evaluation.words import words
from leanrag.types import Span

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def load_tatqa(path: Path, options: LoadOptions) -> Dataset:
    """One case a question; the document is the table with its paragraphs.

    Answers that are computed are a ``reference``; their evidence are the table rows that hold
    the numbers of the derivation. A problem names the question's running number.
    """
    try:
        with open_text(existing(path)) as file:
            documents = json.load(file)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: not JSON: {error}") from error
    if not isinstance(documents, list):
        raise EvaluationError(f"{path}: not in TAT-QA's form, a list of documents")
    return pooled(_items(documents, path), path, options)


def _items(documents: Sequence[Any], path: Path) -> Iterator[tuple[int, PooledItem | CaseProblem]]:
    number = 0
    for document in documents:
        questions = document.get("questions", ()) if isinstance(document, dict) else ()
        for question in questions:
            number += 1
            try:
                yield number, _item(question, document)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                yield number, CaseProblem(str(path), number, f"not in TAT-QA's form: {error!r}")


def _item(question: Mapping[str, Any], document: Mapping[str, Any]) -> PooledItem:
    rows = [" | ".join(cell.strip() for cell in row) for row in document["table"]["table"]]
    table = PoolText("\n".join(rows))
    paragraphs = {
        str(paragraph["order"]): PoolText(paragraph["text"].strip())
        for paragraph in document["paragraphs"]
        if paragraph["text"].strip()
    }
    answer = question["answer"]
    parts = [str(part) for part in (answer if isinstance(answer, list) else [answer])]
    stated = question["answer_type"] in {"span", "multi-span"}
    gold: list[PoolText] = []
    evidence: list[tuple[int, Span | None]] = []
    if "table" in question["answer_from"]:
        gold.append(table)
        numbers = _NUMBER.findall(question["derivation"]) if question["derivation"] else []
        spans = _rows_with(rows, [*numbers, *(parts if stated else ())])
        evidence.extend((0, span) for span in spans or (None,))
    if "text" in question["answer_from"]:
        for order in question["rel_paragraphs"]:
            if order in paragraphs:
                passage = paragraphs[order]
                evidence.append((len(gold), answer_sentence(passage.text, parts)))
                gold.append(passage)
    others = tuple(text for text in (table, *paragraphs.values()) if text not in gold)
    scaled = f"{' '.join(parts)} {question['scale']}".strip()
    return PooledItem(
        values={
            "id": question["uid"],
            "question": question["question"],
            "answers": (parts if len(parts) == 1 else [parts]) if stated else [],
            "reference": None if stated else scaled,
            "tags": [question["answer_type"], f"from {question['answer_from']}"],
        },
        document=document["table"]["uid"],
        gold=tuple(gold),
        evidence=tuple(evidence),
        others=others,
    )


def _rows_with(rows: Sequence[str], wanted: Sequence[str]) -> list[Span]:
    """Spans, in the rows joined by line ends, of rows with a cell that is one of ``wanted``."""
    keys = {tuple(words(text)) for text in wanted} - {()}
    spans, start = [], 0
    for row in rows:
        if any(tuple(words(cell)) in keys for cell in row.split(" | ")):
            spans.append((start, start + len(row)))
        start += len(row) + 1
    return spans
