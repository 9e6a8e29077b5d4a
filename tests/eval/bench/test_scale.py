"""The benchmark of scale: its corpus, its phases and its figures, over some hundred chunks."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from leanrag.text.bm25 import term_counts
from leanrag.text.hashing import content_hash, stable_id
from leanrag.text.terms import terms
from leanrag.types import Chunk, Document, EmbeddedChunk, MadeWith

DIMENSIONS = 16
WORDS = ["server", "client", "query", "table", "index", "vacuum", "lock", "commit", "cursor"]


@pytest.fixture(scope="module")
def modules() -> dict[str, ModuleType]:
    names = ("scale_corpus", "scale_build", "scale_questions", "scale")
    return {name: importlib.import_module(f"eval.bench.{name}") for name in names}


def _document(number: int) -> tuple[Document, list[EmbeddedChunk]]:
    draw = np.random.default_rng(number)
    source = f"pages/{number:03}.html"
    chunks, text = [], ""
    for ordinal in range(3):
        first, second = (" ".join(draw.choice(WORDS, 8)) for _ in range(2))
        body = f"{first.capitalize()} rare{number}. {second.capitalize()}."
        start = len(text)
        half = start + len(first) + len(f" rare{number}. ")
        chunk = Chunk(
            id=stable_id(source, str(ordinal)),
            document_id=stable_id(source),
            ordinal=ordinal,
            kind="prose",
            headings=(f"Section {ordinal}",),
            span=(start, start + len(body)),
            text=body,
            sentences=((start, half), (half, start + len(body))),
            tokens=20,
        )
        vector = draw.normal(size=DIMENSIONS)
        chunks.append(
            EmbeddedChunk(chunk, vector / np.linalg.norm(vector), term_counts(terms(body)))
        )
        text += body + "\n\n"
    text = text.removesuffix("\n\n")
    return Document(stable_id(source), source, f"Page {number}", text, content_hash(text)), chunks


@pytest.fixture(scope="module")
def work(modules: dict[str, ModuleType], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scale")
    made_with = MadeWith("test", "fp32", DIMENSIONS)
    with modules["scale_build"].opened(folder / "base", made_with) as store:
        store.write([_document(number) for number in range(20)])
    return folder


def test_the_corpus_starts_with_the_real_chunks(modules: dict[str, ModuleType], work: Path) -> None:
    corpus = modules["scale_build"].corpus_of(work)
    assert (corpus.real_chunks, corpus.dimensions) == (60, DIMENSIONS)
    assert [corpus.size(chunks) for chunks in (1, 60, 61, 300)] == [1, 20, 21, 100]
    real = {document.title: chunks for document, chunks in map(_document, range(20))}
    for document, chunks in corpus.documents(0, 20):
        for mine, given in zip(chunks, real[document.title], strict=True):
            assert mine.chunk.text == given.chunk.text
            assert np.allclose(mine.vector, given.vector, atol=1e-6)


def test_further_rounds_are_varied_and_whole(modules: dict[str, ModuleType], work: Path) -> None:
    corpus = modules["scale_build"].corpus_of(work)
    first, again = ([*corpus.documents(20, 60)] for _ in range(2))
    originals = [*corpus.documents(0, 20)] * 2
    differing = 0
    for (document, chunks), (same, _), (_, given) in zip(first, again, originals, strict=True):
        assert document == same
        for mine, original in zip(chunks, given, strict=True):
            chunk = mine.chunk
            assert chunk.text == document.text[slice(*chunk.span)]
            assert "".join(document.text[a:b] for a, b in chunk.sentences) == chunk.text
            assert np.linalg.norm(mine.vector) == pytest.approx(1, abs=1e-5)
            assert 0.3 < float(np.dot(mine.vector, original.vector)) < 0.999
            differing += chunk.text != original.chunk.text
    assert differing > 100
    ids = [document.id for document, _ in [*corpus.documents(0, 60)]]
    assert len(set(ids)) == 60


def test_a_broken_build_goes_on(
    modules: dict[str, ModuleType], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = modules["scale_build"]
    corpus = build.corpus_of(work)
    monkeypatch.setattr(build, "_BATCH_CHUNKS", 30)
    whole = corpus.documents

    def broken(start: int, stop: int) -> Iterator[tuple[Document, list[EmbeddedChunk]]]:
        yield from whole(start, 45)
        raise KeyboardInterrupt

    monkeypatch.setattr(corpus, "documents", broken)
    with pytest.raises(KeyboardInterrupt):
        build.write(work, 200, corpus)
    with build.opened(work / "200" / "store") as store:
        assert 0 < store.info().documents < 67
    monkeypatch.setattr(corpus, "documents", whole)
    assert (build.write(work, 200, corpus)["documents"], corpus.size(200)) == (67, 67)
    with build.opened(work / "200" / "store") as store:
        stored = {record.source for record in store.records()}
    assert stored == {document.source for document, _ in whole(0, 67)}


def test_the_figures_of_a_size(modules: dict[str, ModuleType], work: Path) -> None:
    build, asking, scale = (modules[name] for name in ("scale_build", "scale_questions", "scale"))
    corpus = build.corpus_of(work)
    written = build.write(work, 300, corpus)
    built = build.optimize(work, 300)
    texts = asking.questions(corpus, 12)
    assert texts == asking.questions(corpus, 12)
    assert len(set(texts)) > 6
    draw = np.random.default_rng(5)
    vectors = [one / np.linalg.norm(one) for one in draw.normal(size=(12, DIMENSIONS))]
    asked = {"texts": texts, "vectors": [vector.tolist() for vector in vectors]}
    build.save(work / "questions.json", asked)
    found = asking.search(work, 300)
    assert found["unfiltered"]["chunks"] == written["chunks"] == 300
    # without a graph nothing is missed
    assert [found[name]["recall_at_10"] for name in asking.FILTERS] == [1.0, 1.0, 1.0]
    assert found["keeps_1_percent"]["chunks"] == 3
    assert found["unfiltered"]["ms"]["p50"] <= found["unfiltered"]["ms"]["p95"]
    size = {"wanted": 300, "write": written, "optimize": built, "search": found}
    table = scale.lines({"sizes": [size]})
    assert [line.split()[1] for line in table[1:4]] == list(asking.FILTERS)


def test_recall_is_of_the_true_hits(modules: dict[str, ModuleType]) -> None:
    asking = modules["scale_questions"]

    class One:
        def __init__(self, name: str) -> None:
            self.id = name

    assert asking.recall([One("a"), One("b")], [One("b"), One("c")]) == 0.5
    assert asking.recall([One("a")], []) == 1.0


def test_figures_are_kept(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    build, scale = modules["scale_build"], modules["scale"]
    assert build.read(tmp_path / "none.json") is None
    build.save(tmp_path / "one.json", {"p50": 1.23456789})
    assert scale.rounded(build.read(tmp_path / "one.json")) == {"p50": 1.2346}
    assert build.resident()["all"] > 1
