"""How much of single web pages is their text, after reading: words kept, boilerplate left.

    python eval/bench/web_pages.py [--data FILE] [--limit N] [--out DIR]

Reads ``readability.jsonl.gz``, rows of ``id``, ``html`` and ``expected_html`` (the labelled main
text; development of extraction only), or another file of that form. Every page is a document of its
own, with no neighbours that could show its frame. Beside leanrag's reader stands trafilatura with
its defaults (comments left out), and the same reader without looking for the main text.

A page is a bag of words, as ``leanrag.text`` splits them and Chinese and Japanese by character, in
lower case, marks left out. ``precision`` is the share of the result's words that are labelled,
``recall`` the share of the labelled words that are in the result, F1 their harmonic mean;
each is the mean over pages, with a 95 % interval by a bootstrap over pages.
"""

import argparse
import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lxml import html as lxml_html

from eval.bench.chunkers import shared_data
from leanrag.errors import DocumentError
from leanrag.readers.formats import DocumentParser
from leanrag.readers.html.text import BLOCKS
from leanrag.readers.html.unstructured import parse_html
from leanrag.text.words import split_words

NAME = "web/readability.jsonl.gz"
MEASURES = ("precision", "recall", "f1", "boilerplate_left")
_RESAMPLES = 2000
_SEED = 7
_LEAST_RECALL = 0.9
_INVISIBLE = ("script", "style", "noscript", "template")


def bag(text: str) -> Counter[str]:
    """The words of a text with their counts."""
    low = text.casefold()
    words = (low[start:end] for start, end in split_words(low))
    return Counter(word for word in words if any(map(str.isalnum, word)))


def plain(markup: str) -> str:
    """The text of labelled HTML, a blank at every block."""
    root = lxml_html.fromstring(markup)
    for element in list(root.iter(*_INVISIBLE)):
        element.drop_tree()
    for element in root.iter(*BLOCKS, "br"):
        element.text = f" {element.text or ''}"
        element.tail = f" {element.tail or ''}"
    return str(root.text_content())


def judged(page: str) -> str:
    """What leanrag reads of a page that stands alone in its folder."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(page, encoding="utf-8")
        document = DocumentParser().parse(file, file.name)
    return "\n".join(element.text for element in document.elements)


def unjudged(page: str) -> str:
    """The same without looking for the main text."""
    document = parse_html(page, "page.html", "page.html")
    return "\n".join(element.text for element in document.elements)


def by_trafilatura(page: str) -> str:
    """What trafilatura extracts with its defaults, comments left out."""
    from trafilatura import extract

    return extract(page, include_comments=False) or ""


SYSTEMS: dict[str, Callable[[str], str]] = {
    "leanrag": judged,
    "leanrag, boilerplate by markup alone": unjudged,
    "trafilatura": by_trafilatura,
}


def measures(read: Callable[[str], str], row: dict[str, Any]) -> tuple[float, float, float, float]:
    """Precision, recall, F1, and the share of the unlabelled words that is left, of one page."""
    try:
        got = bag(read(row["html"]))
    except DocumentError:
        got = Counter()
    wanted, whole = bag(plain(row["expected_html"])), bag(plain(row["html"]))
    right = sum((got & wanted).values())
    precision = right / max(1, sum(got.values()))
    recall = right / max(1, sum(wanted.values()))
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    boilerplate = whole - wanted
    left = sum(((got - wanted) & boilerplate).values()) / max(1, sum(boilerplate.values()))
    return precision, recall, f1, left


def interval(values: Sequence[float]) -> dict[str, float]:
    """The mean and its 95 % interval."""
    rows = np.asarray(values)
    drawn = np.random.default_rng(_SEED).integers(0, len(rows), (_RESAMPLES, len(rows)))
    low, high = np.percentile(rows[drawn].mean(axis=1), (2.5, 97.5))
    return {"value": round(float(rows.mean()), 4), "low": round(low, 4), "high": round(high, 4)}


def load(file: Path, limit: int | None) -> Iterator[dict[str, Any]]:
    """The labelled pages."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and number >= limit:
                return
            yield json.loads(line)


def main() -> None:
    """Prints the figures, and writes them below ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, help=f"default: {NAME} of the shared data")
    parser.add_argument("--limit", type=int, help="pages")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    file = options.data or shared_data() / NAME
    if not file.exists():
        raise SystemExit(f"{file} is not there")
    rows = list(load(file, options.limit))
    figures: dict[str, Any] = {"data": file.name, "pages": len(rows), "systems": {}}
    for name, read in SYSTEMS.items():
        columns = list(zip(*(measures(read, row) for row in rows), strict=True))
        system = dict(
            zip(
                ("precision", "recall", "f1", "boilerplate_left"),
                map(interval, columns),
                strict=True,
            )
        )
        low = [
            row["id"] for row, value in zip(rows, columns[1], strict=True) if value < _LEAST_RECALL
        ]
        figures["systems"][name] = {**system, f"recall_below_{_LEAST_RECALL}": low}
        print(name, {key: value["value"] for key, value in system.items()}, "low recall:", low)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(figures, indent=2, ensure_ascii=False)
        (options.out / "web_pages.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
