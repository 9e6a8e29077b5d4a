"""Dropping words by a model against dropping them at random and stop words first.

    python eval/bench/squeeze.py [--model builtin|FOLDER|NAME] [--method llmlingua2] [--data FOLDER]
                                 [--sets nq,xquad_en,xquad_zh] [--limit N] [--out FILE.json]

The gold passage of every report row is squeezed to a share of its tokens (o200k_base), by each
method with the same protected words, so that they differ in the order of the other words alone
(the model's with the weight that neighbours lend, as in use).
Counted are the answers that survive, apart those that are protected anyway and those that are
not, and the cosine of MiniLM's vectors of the passage before and after. Intervals are a paired
bootstrap over source documents. No question is used. Random order is drawn three times and
averaged.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from eval.loaders import LOADERS
from leanrag.adapters.models import load_embedder
from leanrag.adapters.word_scorers import load_word_scorer
from leanrag.compress.neighbours import lend_weight
from leanrag.compress.pieces import pieces_of
from leanrag.compress.protect import lost, protect
from leanrag.compress.squeeze import squeeze
from leanrag.compress.unspaced import group_unspaced
from leanrag.evaluation.cases import Case
from leanrag.evaluation.datasets import LoadOptions
from leanrag.evaluation.metrics import answer_survives
from leanrag.evaluation.statistics import Resampler, mean_interval, paired_difference
from leanrag.protocols import TokenCounter
from leanrag.settings import CompressionSettings, EmbeddingSettings
from leanrag.text.languages import STOP_WORDS
from leanrag.text.sentences import split_sentences
from leanrag.text.words import split_words
from leanrag.tokens import counter_for
from leanrag.types import Cuts, Passage, Word

RATES = (0.8, 0.65, 0.5, 0.33)
DRAWS = 3
MODEL, RANDOM, STOP = "model", "random", "stop words first"
FILES = {"nq": "qa/nq.jsonl.gz", "cmrc": "qa/cmrc_trial.jsonl.gz"}


@dataclass(frozen=True)
class Row:
    """A question with its gold passage."""

    document: str
    text: str
    language: str
    answers: tuple[Any, ...]
    is_protected: bool


def rows_of(name: str, data: Path, limit: int | None) -> list[Row]:
    """The report rows of a set, with the one passage that holds the answer."""
    path = data / FILES.get(name, f"qa/{name}.jsonl.gz")
    loader = LOADERS["xquad" if name.startswith("xquad") else name]
    dataset = loader(path, LoadOptions(split="report", limit=limit, contexts=1))
    rows = []
    for case in dataset.rows():
        if isinstance(case, Case) and case.answers:
            text = case.contexts[0].text
            if answer_survives(text, case.answers, language=case.language):
                shielded = is_protected(text, case.answers, case.language)
                rows.append(Row(case.document, text, case.language, case.answers, shielded))
    return rows


def is_protected(text: str, answers: Sequence[Any], language: str) -> bool:
    """Whether an answer stands among what is protected, so that no order of words can lose it."""
    items = protect(text)
    spans = [(a, b) for a, b in split_words(text) if any(i.start < b and a < i.end for i in items)]
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and not text[merged[-1][1] : start].strip():
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    assert not lost(items, merged)
    shown = " ¦ ".join(text[a:b] for a, b in merged)
    return answer_survives(shown, answers, language=language)


def seeded(text: str, draw: int) -> Random:
    """Random numbers that depend on the text and the draw alone."""
    return Random(hashlib.sha256(f"{draw}\x1f{text}".encode("utf-8", "replace")).digest())


def random_order(text: str, language: str, draw: int) -> list[Word]:
    """Words with random weights."""
    random = seeded(text, draw)
    return [Word(a, b, random.random()) for a, b in split_words(text)]


def stop_words_first(text: str, language: str, draw: int) -> list[Word]:
    """Stop words and marks below all others; random order within both."""
    stop = STOP_WORDS.get(language, STOP_WORDS["en"])
    found = []
    for word in random_order(text, language, draw):
        shown = text[word.start : word.end].casefold()
        cheap = shown in stop or not any(map(str.isalnum, shown))
        found.append(Word(word.start, word.end, word.keep / 2 + (0.0 if cheap else 0.5)))
    return found


def squeezed(text: str, words: Sequence[Word], rate: float, counter: TokenCounter) -> str:
    """What is left of ``text`` at a share of its tokens; sentences go from the end, if at all."""
    passage = Passage("", text, tuple(split_sentences(text)))
    values = dict.fromkeys(range(len(passage.sentences)), 1.0)
    pieces = pieces_of(0, passage, group_unspaced(text, words, counter.count), values=values)

    def shown(cuts: Cuts) -> str:
        return "".join(text[a:b] for key in sorted(cuts) for a, b in cuts[key])

    target = int(rate * counter.count(text))
    found = squeeze(pieces, lambda cuts: counter.count(shown(cuts)), target, least=0.0)
    assert counter.count(shown(found)) <= target
    return shown(found)


Order = Callable[[str, str, int], Sequence[Word]]


def measure(rows: Sequence[Row], rate: float, orders: dict[str, Order]) -> dict[str, Any]:
    """Figures of every method at one rate, and the model's lead over the others."""
    counter = counter_for("gpt-4o")
    embedder = load_embedder(EmbeddingSettings())
    passages = list(dict.fromkeys((row.text, row.language, row.document) for row in rows))
    original = embedder.embed_documents([text for text, _, _ in passages])
    by_document = Resampler([document for _, _, document in passages])
    shielded = np.array([row.is_protected for row in rows])
    draws = {
        kind: Resampler([r.document for r in rows if r.is_protected == (kind == "protected")])
        for kind in ("protected", "open")
        if (shielded == (kind == "protected")).any()
    }
    survival: dict[str, np.ndarray] = {}
    cosine: dict[str, np.ndarray] = {}
    methods: dict[str, Any] = {}
    for name, order in orders.items():
        times = 1 if name == MODEL else DRAWS
        survival[name], cosine[name], tokens = np.zeros(len(rows)), np.zeros(len(passages)), 0.0
        for draw in range(times):
            left = {
                text: squeezed(text, order(text, language, draw), rate, counter)
                for text, language, _ in passages
            }
            vectors = embedder.embed_documents([left[text] for text, _, _ in passages])
            cosine[name] += (vectors * original).sum(axis=1) / times
            survival[name] += [
                answer_survives(left[row.text], row.answers, language=row.language) / times
                for row in rows
            ]
            tokens += sum(map(counter.count, left.values())) / len(passages) / times
        methods[name] = {
            "tokens": tokens,
            "similarity": mean_interval(cosine[name], by_document).model_dump(),
        } | {
            f"{kind}_answers": mean_interval(
                survival[name][shielded == (kind == "protected")], resampler
            ).model_dump()
            for kind, resampler in draws.items()
        }
    lead = {}
    for name in orders.keys() - {MODEL}:
        similarity = paired_difference(cosine[MODEL], cosine[name], by_document)
        lead[name] = {"similarity": asdict(similarity)}
        if "open" in draws:
            answers = paired_difference(
                survival[MODEL][~shielded], survival[name][~shielded], draws["open"]
            )
            lead[name]["open_answers"] = asdict(answers)
    counts = [counter.count(text) for text, _, _ in passages]
    return {
        "rate": rate,
        "questions": len(rows),
        "passages": len(passages),
        "tokens_in": float(np.mean(counts)),
        "methods": methods,
        "lead": dict(sorted(lead.items())),
    }


def run(options: argparse.Namespace) -> dict[str, Any]:
    """All sets at all rates."""
    settings = CompressionSettings(squeezer=options.model, method=options.method)
    scorer = load_word_scorer(settings)
    results: dict[str, Any] = {
        "model": scorer.name,
        "method": options.method,
        "split": "report",
        "limit": options.limit,
        "sets": {},
    }
    for name in options.sets.split(","):
        rows = rows_of(name, options.data, options.limit)
        texts = list(dict.fromkeys(row.text for row in rows))
        scored = zip(texts, scorer.score(texts), strict=True)
        words = {text: lend_weight(text, found) for text, found in scored}
        orders: dict[str, Order] = {
            MODEL: lambda text, language, draw, words=words: words[text],  # type: ignore[misc]
            RANDOM: random_order,
            STOP: stop_words_first,
        }
        results["sets"][name] = [measure(rows, rate, orders) for rate in options.rates]
    return results


def show(results: dict[str, Any]) -> None:
    """The figures as lines."""
    for name, cells in results["sets"].items():
        for cell in cells:
            title = f"{name} at {cell['rate']}: {cell['questions']} questions"
            print(f"{title}, {cell['tokens_in']:.0f} tokens in")
            for method, found in cell["methods"].items():
                figures = [
                    f"{kind} {found[kind]['value']:.3f} "
                    f"[{found[kind]['low']:.3f}, {found[kind]['high']:.3f}]"
                    for kind in ("open_answers", "protected_answers", "similarity")
                    if kind in found
                ]
                print(f"  {method:18} {found['tokens']:6.1f} tokens  " + "  ".join(figures))
            for method, lead in cell["lead"].items():
                figures = [
                    f"{kind} {d['difference']:+.3f} [{d['low']:+.3f}, {d['high']:+.3f}] "
                    f"{d['verdict']}"
                    for kind, d in lead.items()
                ]
                print(f"  model - {method:12} " + "  ".join(figures))


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the benchmark, prints it and writes it where ``--out`` says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="builtin")
    parser.add_argument(
        "--method", default="llmlingua2", choices=("llmlingua2", "llmlingua", "longllmlingua")
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", default="nq,xquad_en,xquad_zh")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    results = run(options)
    show(results)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
