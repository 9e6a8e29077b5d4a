"""FinanceBench: questions on company filings, with the evidence text and its page."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Row, parse_case
from leanrag.evaluation.datasets import TWO_WAY, Corpus, Dataset, LoadOptions, choose, existing
from leanrag.evaluation.datasets import converted as convert_rows
from leanrag.evaluation.metrics import AnswerFinder
from leanrag.evaluation.rows import CaseProblem, json_lines


def load_financebench(path: Path, options: LoadOptions) -> Dataset:
    """A folder with ``questions.jsonl`` and the filings as PDF; split by filing.

    The corpus are all filings of the folder. An answer that stands in its evidence is looked
    for; one that is computed or argued is a ``reference``.
    """
    folder = existing(path, kind="folder")
    questions = existing(folder / "questions.jsonl")
    filings = tuple(sorted(folder.glob("*.pdf")))
    if not filings:
        raise EvaluationError(f"{folder}: there are no filings (*.pdf) beside questions.jsonl")
    known = {filing.stem for filing in filings}

    def values(row: Mapping[str, Any]) -> dict[str, Any]:
        evidence = [
            {
                "text": item["evidence_text"],
                "source": f"{item['doc_name']}.pdf",
                # The file counts pages from 0.
                "page": int(item["evidence_page_num"]) + 1,
            }
            for item in row["evidence"]
        ]
        missing = {item["doc_name"] for item in row["evidence"]} - known
        if missing:
            raise ValueError(f"no filing {', '.join(sorted(missing))}.pdf in the folder")
        stated = AnswerFinder([row["answer"]]).found_in(" ".join(e["text"] for e in evidence))
        return {
            "id": row["financebench_id"],
            "question": row["question"],
            "answers": [row["answer"]] if stated else [],
            "reference": None if stated else row["answer"],
            "evidence": evidence,
            "document": row["doc_name"],
            "tags": [row["question_type"]],
        }

    def rows() -> Iterator[Row]:
        good: list[tuple[int, dict[str, Any]]] = []
        for line, row in convert_rows(json_lines(questions), str(questions), values):
            if isinstance(row, CaseProblem):
                yield row
            else:
                good.append((line, row))
        chosen = choose(
            good, options, key=lambda row: (row[1]["document"], row[1]["id"]), shares=TWO_WAY
        )
        for line, row in chosen:
            yield parse_case(row, str(questions), line)

    return Dataset(rows, (questions, *filings), Corpus(paths=filings))
