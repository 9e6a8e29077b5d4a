"""BEIR folders: ``corpus.jsonl``, ``queries.jsonl`` and ``qrels/*.tsv``."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Row, parse_case
from leanrag.evaluation.datasets import Corpus, Dataset, LoadOptions, choose, converted, existing
from leanrag.evaluation.rows import CaseProblem, json_lines, open_text

_PARTS = {"all": ("test", "dev", "train"), "report": ("test",), "tune": ("dev",)}


def load_beir(path: Path, options: LoadOptions) -> Dataset:
    """The set's own split: report is ``test``, tune ``dev`` and train ``train``; all is the first
    of these that is there. Evidence are the documents judged relevant (score above 0)."""
    folder = existing(path, kind="folder")
    corpus = _either(folder, "corpus.jsonl")
    queries = _either(folder, "queries.jsonl")
    parts = _PARTS.get(options.split, ("train",))
    judged = next((f for p in parts if (f := folder / "qrels" / f"{p}.tsv").is_file()), None)
    if judged is None:
        raise EvaluationError(f"{folder}: there is no qrels/{' or '.join(parts)}.tsv")
    judgements, problems = _judgements(judged)

    def values(row: Mapping[str, Any]) -> dict[str, Any] | None:
        name = str(row["_id"])
        if name not in judgements:
            return None
        return {
            "id": name,
            "question": row["text"],
            "evidence": [{"source": document} for document in judgements[name]],
            "document": name,
            "language": options.language or "en",
        }

    def rows() -> Iterator[Row]:
        yield from problems
        good: list[tuple[int, dict[str, Any]]] = []
        for line, row in converted(json_lines(queries), str(queries), values):
            if isinstance(row, CaseProblem):
                yield row
            elif row is not None:
                good.append((line, row))
        unsplit = LoadOptions(limit=options.limit, seed=options.seed)
        for line, row in choose(good, unsplit, key=lambda item: (item[1]["id"], item[1]["id"])):
            yield parse_case(row, str(queries), line)

    def documents() -> Iterator[Mapping[str, Any]]:
        for line, row in json_lines(corpus):
            if not isinstance(row, dict) or "_id" not in row or "text" not in row:
                raise EvaluationError(f"{corpus}:{line}: a document needs _id and text")
            yield {"id": str(row["_id"]), "title": row.get("title") or "", "text": row["text"]}

    return Dataset(rows, (corpus, queries, judged), Corpus(documents=documents))


def _either(folder: Path, name: str) -> Path:
    packed = folder / f"{name}.gz"
    return packed if packed.is_file() else existing(folder / name)


def _judgements(file: Path) -> tuple[dict[str, list[str]], list[CaseProblem]]:
    relevant: defaultdict[str, list[str]] = defaultdict(list)
    problems = []
    with open_text(file) as lines:
        for number, line in enumerate(lines, start=1):
            fields = line.rstrip("\r\n").split("\t")
            if number == 1 and fields[-1] == "score":
                continue
            if len(fields) != 3 or not fields[2].lstrip("-").isdigit():
                problems.append(
                    CaseProblem(str(file), number, "expected query id, document id and score")
                )
            elif int(fields[2]) > 0:
                relevant[fields[0]].append(fields[1])
    return dict(relevant), problems
