"""How often nothing is sent: to questions of a set's own passages, and to those of another set.

    cd eval/suites/retrieval
    python ../../bench/nothing.py docs_dev.yaml nq.yaml qmsum.yaml --questions 40 \\
        --out ../../../build/nothing --table ../../baselines/retrieval/nothing.md

Each suite's questions are put to its own store, where all have an answer, and to the others', where
none has. Tune rows are asked unless ``--split`` says otherwise.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from eval.retrieval.pools import pool_of
from eval.retrieval.spec import load_spec, with_split
from leanrag.evaluation.pipelines.corpus import LeanCorpus
from leanrag.evaluation.pool import seeded
from leanrag.settings import Settings

BUDGET = 1000


def measured(
    files: Sequence[Path], folder: Path, *, split: str, questions: int
) -> dict[str, dict[str, tuple[int, int]]]:
    """By store and by the questions' suite: prompts without a source, and questions asked."""
    specs = {file.stem: with_split(load_spec(file), split) for file in files}  # type: ignore[arg-type]
    pools = {file.stem: pool_of(specs[file.stem], file) for file in files}
    asked = {}
    for name, pool in pools.items():
        drawn = sorted(pool.asked, key=lambda one: (seeded(one.id, seed=0), one.id))
        asked[name] = [(one.question, one.where) for one in drawn[:questions]]
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for name, pool in pools.items():
        settings = Settings.create(**specs[name].settings)
        corpus = LeanCorpus(pool.corpus, settings, folder / name)
        found[name] = {}
        for other, rows in asked.items():
            empty = sum(
                not corpus.rag.prompt(
                    question, budget=BUDGET, where=where if other == name else None
                ).sources
                for question, where in rows
            )
            found[name][other] = (empty, len(rows))
        corpus.close()
    return found


def table(found: Mapping[str, Mapping[str, tuple[int, int]]], split: str) -> str:
    """The counts as Markdown, a line for each store."""
    names = list(found)
    lines = [["passages of", *(f"questions of {name}" for name in names)]]
    lines.append(["---"] * (len(names) + 1))
    for name, counts in found.items():
        cells = [f"{counts[other][0]} of {counts[other][1]}" for other in names]
        lines.append([name, *cells])
    body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return (
        "# Questions that nothing answers\n\nPrompts that were sent without any source, of the "
        f"questions asked ({split} rows). A set's own questions all have an answer among its "
        f"passages; another set's have none.\n\n{body}\n"
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="How often nothing is sent.")
    parser.add_argument("suites", type=Path, nargs="+")
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--split", default="tune", choices=("train", "tune", "report"))
    parser.add_argument("--out", type=Path, required=True, help="folder for the stores")
    parser.add_argument("--table", type=Path, help="file for the table")
    given = parser.parse_args()
    found = measured(given.suites, given.out, split=given.split, questions=given.questions)
    text = table(found, given.split)
    print(text)
    if given.table is not None:
        given.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
