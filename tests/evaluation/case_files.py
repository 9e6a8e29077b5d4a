"""Files of cases for tests of loaders, and what comes of them."""

import gzip
import json
from pathlib import Path
from typing import Any

from leanrag.evaluation.cases import Case
from leanrag.evaluation.datasets import Loader, LoadOptions
from leanrag.evaluation.rows import CaseProblem


def lines(path: Path, rows: list[Any]) -> Path:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def load(loader: Loader, path: Path, **options: Any) -> tuple[list[Case], list[CaseProblem]]:
    rows = list(loader(path, LoadOptions(**options)).rows())
    return (
        [row for row in rows if isinstance(row, Case)],
        [row for row in rows if isinstance(row, CaseProblem)],
    )


def evidence_texts(case: Case) -> list[str]:
    texts = {context.id: context.text for context in case.contexts}
    return [
        texts[item.context or ""][slice(*item.span)] if item.span else texts[item.context or ""]
        for item in case.evidence
    ]


def qa_row(number: int, **more: Any) -> dict[str, Any]:
    text = f"City {number} lies on a river. It has {number}00 inhabitants. Many are old."
    return {
        "id": f"q{number}",
        "lang": "en",
        "question": f"How many inhabitants has city {number}?",
        "answers": [f"{number}00"],
        "title": f"City_{number}",
        "text": text,
        **more,
    }
