"""The texts, questions and evidence spans that ``chunking.py`` measures on."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import yaml

from eval.bench.chunkers import Text
from leanrag.evaluation.datasets import TWO_WAY, Split, split_of
from leanrag.ingest.canonical import assemble, title_of
from leanrag.readers.formats import DocumentParser
from leanrag.text.languages import detect_language
from leanrag.types import Span

DOCUMENTATION = (
    Path("/usr/share/doc/python3.11/html"),
    Path("/usr/share/doc/postgresql-doc-15/html"),
)
_OTHER_PAGES = 20
_FEWEST_QUESTIONS = 2
_LEAST_MATCH = 0.6
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Question:
    """A question with its evidence: text ids and spans. ``pool`` limits what is searched."""

    text: str
    document: str
    evidence: tuple[tuple[str, Span], ...]
    pool: tuple[str, ...] = ()


Loaded = tuple[list[Question], list[Text]]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    yield from map(json.loads, text.splitlines())


def _parsed(path: Path, name: str) -> Text:
    parsed = DocumentParser().parse(path, name)
    text, blocks = assemble(parsed)
    return Text(name, title_of(parsed), text, blocks, detect_language(text))


def _plain(text: str, name: str, title: str) -> Text:
    parsed = DocumentParser().parse_text(text, name)
    canonical, blocks = assemble(parsed)
    return Text(name, title, canonical, blocks, detect_language(canonical))


def find_words(text: str, wanted: str) -> Span | None:
    """Where the words of ``wanted`` stand in a text, whatever white space is between them."""
    pattern = r"\W+".join(map(re.escape, _WORD.findall(wanted)))
    found = re.search(pattern, text) if pattern else None
    return found.span() if found else None


def clapnq(data: Path, split: Split) -> Loaded:
    """Wikipedia passages; evidence are the selected sentences."""
    questions, texts = [], []
    for row in _rows(data / "qa" / "clapnq.jsonl.gz"):
        passage = row["passages"][0]
        text = _plain(passage["text"], row["id"], passage["title"])
        texts.append(text)
        outputs = [o for o in row["output"] if o["selected_sentences"]]
        if not outputs or split_of(passage["title"]) != split:
            continue
        spans = [find_words(text.text, s) for s in outputs[0]["selected_sentences"]]
        evidence = tuple((text.id, span) for span in spans if span)
        if evidence:
            questions.append(Question(row["input"], passage["title"], evidence))
    return questions, texts


def qmsum(data: Path, split: Split) -> Loaded:
    """Meetings; evidence are the relevant turns."""
    questions, texts = [], []
    for file in sorted((data / "meetings").glob("qmsum_*.jsonl.gz")):
        for number, meeting in enumerate(_rows(file), start=1):
            name = f"{file.name.split('.')[0]}-{number}"
            if split_of(name) != split:
                continue
            turns = [
                f"{turn['speaker']}: {' '.join(turn['content'].split())}"
                for turn in meeting["meeting_transcripts"]
            ]
            text = _plain("\n".join(turns), name, "")
            texts.append(text)
            places = _turn_places(text.text, turns)
            for query in meeting["specific_query_list"]:
                evidence = tuple(
                    (name, (places[int(a)][0], places[int(b)][1]))
                    for a, b in query["relevant_text_span"]
                )
                if evidence:
                    questions.append(Question(query["query"], name, evidence, (name,)))
    return questions, texts


def _turn_places(text: str, turns: list[str]) -> list[Span]:
    places: list[Span] = []
    position = 0
    for turn in turns:
        words = turn.split()
        start = text.index(words[0], position)
        for word in words:
            position = text.index(word, position) + len(word)
        places.append((start, position))
    return places


def docs(data: Path, split: Split) -> Loaded:
    """Pages of two documentations; evidence are the sentences that our suites name."""
    suite = "docs.yaml" if split == "report" else "docs_dev.yaml"
    folder = Path(__file__).resolve().parents[1] / "suites"
    cases = yaml.safe_load((folder / suite).read_text(encoding="utf-8"))["cases"]
    pages = {path: path for root in DOCUMENTATION for path in sorted(root.rglob("*.html"))}
    if not pages:
        return [], []
    named: dict[str, Path] = {}
    for case in cases:
        for item in case.get("evidence", ()):
            found = [page for page in pages if str(page).endswith(f"/{item['source']}")]
            if found:
                named[item["source"]] = found[0]
    step = max(1, len(pages) // _OTHER_PAGES)
    chosen = sorted({*named.values(), *list(pages)[::step]})
    texts = [text for text in (_parsed(page, str(page)) for page in chosen) if text.blocks]
    by_id = {text.id: text for text in texts}
    questions = []
    for case in cases:
        evidence = []
        for item in case.get("evidence", ()):
            page = by_id.get(str(named.get(item["source"])))
            span = find_words(page.text, item["text"]) if page else None
            if page and span:
                evidence.append((page.id, span))
        if evidence:
            questions.append(Question(case["question"], evidence[0][0], tuple(evidence)))
    return questions, texts


def filings(data: Path, split: Split) -> Loaded:
    """Annual reports as PDF; evidence are the passages that annotators copied from a page.

    Only filings with several questions are taken: each is embedded whole by every chunker.
    """
    texts: dict[str, Text] = {}
    questions = []
    rows = list(_rows(data / "filings" / "questions.jsonl"))
    asked = Counter(row["doc_name"] for row in rows)
    for row in rows:
        name = row["doc_name"]
        if split_of(name, TWO_WAY) != split or asked[name] < _FEWEST_QUESTIONS:
            continue
        if name not in texts:
            texts[name] = _parsed(data / "filings" / f"{name}.pdf", name)
        text = texts[name]
        evidence = [
            (name, span)
            for item in row["evidence"]
            if item["doc_name"] == name
            for span in _on_page(text, item["evidence_text"], int(item["evidence_page_num"]) + 1)
        ]
        if evidence:
            questions.append(Question(row["question"], name, tuple(evidence), (name,)))
    return questions, list(texts.values())


def _on_page(text: Text, wanted: str, page: int) -> list[Span]:
    """The parts of a page that an excerpt of it matches, word by word."""
    blocks = [block for block in text.blocks if block.page == page]
    if not blocks:
        return []
    start, end = blocks[0].span[0], blocks[-1].span[1]
    here = list(_WORD.finditer(text.text, start, end))
    words = _WORD.findall(wanted)
    matcher = SequenceMatcher(None, [m.group() for m in here], words, autojunk=False)
    found = [block for block in matcher.get_matching_blocks() if block.size >= 2]
    if sum(block.size for block in found) < _LEAST_MATCH * len(words):
        return []
    return [(here[b.a].start(), here[b.a + b.size - 1].end()) for b in found]


SETS: dict[str, Callable[[Path, Split], Loaded]] = {
    "clapnq": clapnq,
    "qmsum": qmsum,
    "docs": docs,
    "filings": filings,
}
