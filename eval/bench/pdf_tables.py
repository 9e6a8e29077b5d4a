"""Tables of PDFs: leanrag's reader against pdfplumber, on the lines of figures that pages have.

    python eval/bench/pdf_tables.py --out eval/baselines/tables/filings.json ../shared/data/filings

A line with two figures or more, as pdfplumber's words stand on it, is *whole* where one row of a
table holds all of them, in order, each in a cell of its own. ``prose`` is how many of the words in
tables stand in cells of more than 25 words: text taken for a table. Every n-th page with such a
line is looked at (``--every``); seconds are those of these pages, for leanrag of the whole file
divided by its pages. It needs ``pip install pdfplumber``, which leanrag does not.
"""

import argparse
import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leanrag.readers.pdf import document as pdf

_FIGURE = re.compile(r"[$€£]?\s?\(?\s?[$€£]?\s?-?\d[\d,]*(?:\.\d+)?\s?%?\s?\)?\s?%?")
_NOTE = re.compile(r"[⁰-⁹]+|(?<=\d)\s\d$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")
_LONG = 25
_LINE = 3.0
_TEXT = {"vertical_strategy": "text", "horizontal_strategy": "text"}
Rows = list[list[str]]


@dataclass
class Score:
    """What one reader made of one file."""

    lines: int = 0
    whole: int = 0
    words: int = 0
    prose: int = 0
    pages: int = 0
    seconds: float = 0.0
    missed: list[str] = field(default_factory=list)

    def add(self, lines: Sequence[list[str]], rows: Rows, seconds: float) -> None:
        """Counts one page."""
        held = [[d for cell in row if (d := _alone(cell))] for row in rows]
        self.pages += 1
        self.seconds += seconds
        for line in lines:
            self.lines += 1
            found = any(_holds(row, line) for row in held)
            self.whole += found
            if not found and len(self.missed) < 40:
                self.missed.append(" ".join(line))
        for row in rows:
            for cell in row:
                count = len(cell.split())
                self.words += count
                self.prose += count if count > _LONG else 0

    def as_json(self) -> dict[str, float]:
        """The figures."""
        return {
            "pages": self.pages,
            "lines": self.lines,
            "whole": round(self.whole / max(1, self.lines), 4),
            "prose": round(self.prose / max(1, self.words), 4),
            "seconds_per_page": round(self.seconds / max(1, self.pages), 4),
        }


def _alone(cell: str) -> str:
    """The digits of a cell that holds one figure and nothing else."""
    plain = _NOTE.sub("", " ".join(cell.split()))
    found = _DIGITS.findall(plain)
    return found[0] if len(found) == 1 and _FIGURE.fullmatch(plain.strip("* ")) else ""


def _holds(row: Sequence[str], line: Sequence[str]) -> bool:
    """Whether the figures of a line stand in a row, in order."""
    left = iter(row)
    return all(figure in left for figure in line)


def _lines(page: Any) -> Iterator[list[str]]:
    """The figures of each line of a page that has two or more."""
    words = sorted(page.extract_words(), key=lambda word: (word["bottom"], word["x0"]))
    line: list[Any] = []
    for word in [*words, None]:
        if word is not None and (not line or word["bottom"] - line[0]["bottom"] <= _LINE):
            line.append(word)
            continue
        figures = _figures(" ".join(w["text"] for w in sorted(line, key=lambda w: w["x0"])))
        if len(figures) > 1:
            yield figures
        line = [word]


def _figures(text: str) -> list[str]:
    """The amounts at the end of a line, those of a sentence left out."""
    found = re.search(rf"(?:(?:^|\s)(?:{_FIGURE.pattern}|[—–-]|[$)%]))+$", text)
    figures = _DIGITS.findall(found[0]) if found else []
    # years and days are dates as often as amounts, and a single digit may be that of a note
    return [one for one in figures if len(one) > 1 and one[-1] != "," and not _YEAR.match(one)]


def _plumbed(page: Any, settings: dict[str, str]) -> Rows:
    tables = page.extract_tables(settings)
    return [[cell or "" for cell in row] for table in tables for row in table]


def compare(path: Path, every: int) -> dict[str, Score]:
    """What the readers make of one file."""
    import pdfplumber

    scores = {name: Score() for name in ("leanrag", "pdfplumber lines", "pdfplumber text")}
    started = time.perf_counter()
    read = pdf.read(path.read_bytes(), path.name, path.stem)
    pages = int(str(read.properties["pages"]))
    each = (time.perf_counter() - started) / pages
    with pdfplumber.open(path) as opened:
        for number in range(every // 2, pages, every):
            page = opened.pages[number]
            started = time.perf_counter()
            _ = page.objects
            parsing = time.perf_counter() - started
            lines = list(_lines(page))
            if not lines:
                continue
            ours = [e.text for e in read.elements if e.kind == "table" and e.page == number + 1]
            rows = [line.split(" | ") for text in ours for line in text.split("\n")]
            scores["leanrag"].add(lines, rows, each)
            for name, settings in (("pdfplumber lines", {}), ("pdfplumber text", _TEXT)):
                started = time.perf_counter()
                found = _plumbed(page, settings)
                scores[name].add(lines, found, parsing + time.perf_counter() - started)
            page.close()
    return scores


def _sum(all_scores: Iterable[Score]) -> Score:
    out = Score()
    for one in all_scores:
        for name in ("lines", "whole", "words", "prose", "pages", "seconds"):
            setattr(out, name, getattr(out, name) + getattr(one, name))
    return out


def main() -> None:
    """Compares and writes the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    files = [
        file
        for path in given.paths
        for file in (sorted(path.glob("*.pdf")) if path.is_dir() else [path])
    ]
    by_file = {}
    for file in files:
        by_file[file.name] = compare(file, given.every)
        print(
            file.name, {name: one.as_json() for name, one in by_file[file.name].items()}, flush=True
        )
    names = ("leanrag", "pdfplumber lines", "pdfplumber text")
    result = {
        "every": given.every,
        "all": {name: _sum(one[name] for one in by_file.values()).as_json() for name in names},
        "files": {
            file: {name: one.as_json() for name, one in scores.items()}
            for file, scores in by_file.items()
        },
    }
    text = json.dumps(result, indent=1) + "\n"
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text)
    print(json.dumps(result["all"], indent=1))


if __name__ == "__main__":
    main()
