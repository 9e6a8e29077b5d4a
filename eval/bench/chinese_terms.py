"""Chinese BM25 terms compared: characters and bigrams, and the words of jieba.

    python eval/bench/chinese_terms.py ../shared/data --out eval/baselines/lexical/chinese.json

Needs ``rjieba`` (jieba's dictionary and algorithm in Rust), which leanrag itself does not use.
Looks at tune rows alone. Pools are all passages of a set, or all sentences of these passages; gold
is the passage, or the sentence that holds the answer.
"""

import argparse
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.evaluation.datasets import split_of
from leanrag.evaluation.rows import json_lines
from leanrag.evaluation.statistics import Resampler, paired_difference
from leanrag.text.bm25 import document_weights, term_counts
from leanrag.text.languages import HAN, STOP_WORDS
from leanrag.text.sentences import split_sentences
from leanrag.text.terms import terms

SETS = {"XQuAD": "qa/xquad_zh.jsonl.gz", "CMRC": "qa/cmrc_trial.jsonl.gz"}
TOP = (1, 5)
OWN = "leanrag: characters and bigrams"
_RUN = re.compile(f"[{HAN}]+")

Cut = Callable[[str], list[str]]
Values = NDArray[np.float64]


def cuts() -> dict[str, Cut]:
    """The ways to cut, by name; all but the product's own leave other scripts to it."""
    import rjieba

    def words(run: str) -> list[str]:
        return [word for word in rjieba.cut_for_search(run) if word not in STOP_WORDS["zh"]]

    def mixed(*parts: Callable[[str], Sequence[str]]) -> Cut:
        def cut(text: str) -> list[str]:
            own = [term for term in terms(_RUN.sub(" ", text), "zh") if term]
            runs = _RUN.findall(text)
            return own + [term for run in runs for part in parts for term in part(run)]

        return cut

    return {
        OWN: lambda text: terms(text, "zh"),
        "characters": mixed(list),
        "bigrams": mixed(_bigrams),
        "jieba words": mixed(words),
        "jieba words and characters": mixed(words, _single),
        "jieba words, characters and bigrams": mixed(words, _single, _bigrams),
        "leanrag and jieba words": lambda text: (
            terms(text, "zh") + [w for run in _RUN.findall(text) for w in words(run) if len(w) > 2]
        ),
    }


def _bigrams(run: str) -> list[str]:
    return [a + b for a, b in pairwise(run)]


def _single(run: str) -> list[str]:
    return [character for character in run if character not in STOP_WORDS["zh"]]


def measured(
    pool: Sequence[str], asked: Sequence[tuple[str, set[int], str]], cut: Cut
) -> Iterator[list[float]]:
    """The reciprocal rank of the first gold text and its recall at ``TOP``, a question."""
    counts = [term_counts(cut(text)) for text in pool]
    average = sum(sum(one.values()) for one in counts) / len(counts)
    postings: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for place, one in enumerate(counts):
        for term, weight in document_weights(one, average).items():
            postings[term].append((place, weight))
    for question, gold, _ in asked:
        scores = np.zeros(len(pool))
        for term, count in term_counts(cut(question)).items():
            if held := postings.get(term):
                idf = math.log(1 + (len(pool) - len(held) + 0.5) / (len(held) + 0.5))
                for place, weight in held:
                    scores[place] += count * idf * weight
        order = np.argsort(-scores, kind="stable")
        rank = next(n for n, place in enumerate(order, start=1) if int(place) in gold)
        yield [1 / rank, *(float(rank <= top) for top in TOP)]


def rows_of(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All rows, and those of the tune split (XQuAD by paragraph, CMRC by title)."""
    rows = [row for _, row in json_lines(path)]
    if "xquad" not in path.name:
        return rows, [row for row in rows if split_of(row["title"]) == "tune"]
    names: dict[str, str] = {}
    for row in rows:
        names[row["text"]] = min(row["id"], names.get(row["text"], row["id"]))
    return rows, [row for row in rows if split_of(f"xquad-{names[row['text']]}") == "tune"]


def main() -> None:
    """Prints a table, and writes it with the intervals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name, file in SETS.items():
        rows, tune = rows_of(options.data / file)
        passages = list(dict.fromkeys(row["text"] for row in rows))
        places = {text: {n} for n, text in enumerate(passages)}
        sentences = list(
            dict.fromkeys(t[a:b].strip() for t in passages for a, b in split_sentences(t, "zh"))
        )
        asked = [(row["question"], places[row["text"]], row["text"]) for row in tune]
        within = list(_in_sentences(tune, sentences))
        for unit, pool, wanted in (
            ("passages", passages, asked),
            ("sentences", sentences, within),
        ):
            print(f"{name}, {len(wanted)} questions, {len(pool)} {unit}")
            found = {
                label: np.array(list(measured(pool, wanted, cut))) for label, cut in cuts().items()
            }
            draws = Resampler([document for _, _, document in wanted])
            table = results[f"{name} {unit}"] = {"questions": len(wanted), "pool": len(pool)}
            for label, values in found.items():
                table[label] = shown = _figures(values, found[OWN], draws)
                print(f"  {label:36}", *(f"{key} {value}" for key, value in shown.items()))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n")


def _figures(values: Values, own: Values, draws: Resampler) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for column, measure in enumerate(("mrr", *(f"recall@{top}" for top in TOP))):
        against = paired_difference(values[:, column], own[:, column], draws)
        shown[measure] = round(float(values[:, column].mean()), 4)
        shown[f"{measure} minus leanrag"] = [round(against.low, 4), round(against.high, 4)]
    return shown


def _in_sentences(
    rows: Sequence[dict[str, Any]], sentences: Sequence[str]
) -> Iterator[tuple[str, set[int], str]]:
    """Questions whose answer stands in a sentence of their passage, with these sentences."""
    places = {text: n for n, text in enumerate(sentences)}
    for row in rows:
        text = row["text"]
        own = [text[a:b].strip() for a, b in split_sentences(text, "zh")]
        gold = {places[one] for one in own if any(a in one for a in row["answers"] if a.strip())}
        if gold:
            yield row["question"], gold, text


if __name__ == "__main__":
    main()
