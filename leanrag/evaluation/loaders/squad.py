"""SQuAD's own form: articles with paragraphs with questions, in one JSON file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leanrag.errors import EvaluationError
from leanrag.evaluation.datasets import Dataset, LoadOptions, existing
from leanrag.evaluation.loaders.pooled import PooledItem, PoolText, pooled
from leanrag.evaluation.rows import CaseProblem, open_text
from leanrag.evaluation.sentences import answer_sentence


def load_squad(path: Path, options: LoadOptions) -> Dataset:
    """SQuAD 1.1 and 2.0, CMRC, XQuAD, MLQA and others of the form; split by article.

    A problem names the question's running number, since the file has no lines.
    """
    try:
        with open_text(existing(path)) as file:
            articles = json.load(file)["data"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise EvaluationError(f"{path}: not in SQuAD's form, {{'data': […]}}: {error}") from error
    return pooled(_items(articles, path, options), path, options)


def _items(
    articles: Any, path: Path, options: LoadOptions
) -> Iterator[tuple[int, PooledItem | CaseProblem]]:
    number = 0
    for article in articles:
        for paragraph in article.get("paragraphs", ()):
            for question in paragraph.get("qas", ()):
                number += 1
                try:
                    yield number, _item(question, paragraph["context"], article, options)
                except (KeyError, TypeError, AttributeError) as error:
                    yield number, CaseProblem(str(path), number, f"not in SQuAD's form: {error!r}")


def _item(question: Any, text: str, article: Any, options: LoadOptions) -> PooledItem:
    found = {answer["text"].strip(): answer.get("answer_start") for answer in question["answers"]}
    found.pop("", None)
    answerable = bool(found) and not question.get("is_impossible", False)
    spans = {
        span
        for answer, start in found.items()
        if (span := answer_sentence(text, [answer], start)) is not None
    }
    title = str(article.get("title", ""))
    return PooledItem(
        values={
            "id": question["id"],
            "question": question["question"],
            "answers": list(found),
            "answerable": answerable,
            "language": options.language or "en",
            "tags": [] if answerable else ["unanswerable"],
        },
        document=title or text[:80],
        gold=(PoolText(text, title.replace("_", " ")),),
        evidence=tuple((0, span) for span in sorted(spans))[:1] if answerable else (),
    )
