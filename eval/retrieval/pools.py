"""The pool that a retrieval suite searches, its questions, and what they should find."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.loaders import LOADERS
from eval.retrieval.spec import RetrievalSpec
from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.datasets import Corpus, Dataset, LoadOptions, Split
from leanrag.evaluation.metrics import AnswerFinder
from leanrag.evaluation.suite import data_folder, load_suite
from leanrag.ingest.path_template import PathTemplate, read_path
from leanrag.types import Hit, Span

GOLD = "answer"
"""The name of every chunk that holds an answer, where chunks are what is found."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the units that answer it; ``name`` gives the unit that a hit belongs to."""

    id: str
    question: str
    document: str
    gold: frozenset[str]
    name: Callable[[Hit], str]
    where: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """What is searched and asked."""

    corpus: Corpus
    asked: tuple[Asked, ...]
    files: tuple[Path, ...]


def pool_of(spec: RetrievalSpec, path: Path) -> Pool:
    """The pool and the answerable questions of a suite.

    Raises:
        EvaluationError: the data is not there, or no question has evidence.
    """
    if spec.suite is not None:
        suite = load_suite(path.parent / spec.suite)
        corpus, whole, chosen = suite.corpus, suite.dataset, suite.dataset
    else:
        chosen = _dataset(spec, path, None)
        whole = _dataset(spec, path, "all")
        corpus = whole.corpus
    if spec.units in ("passages", "turns"):
        documents = {"passages": _passages, "turns": _turns}[spec.units]
        # a meeting is searched by itself, so that those of other parts need not be there
        rows = (whole if spec.units == "passages" else chosen).rows()
        cases = tuple(row for row in rows if isinstance(row, Case))
        corpus = Corpus(documents=lambda: documents(cases))
    if corpus is None:
        raise EvaluationError(f"{path}: units {spec.units!r} need a corpus to search")
    asked = tuple(
        one
        for row in chosen.rows()
        if isinstance(row, Case) and row.answerable
        for one in _asked(row, spec)
        if one.gold
    )
    if not asked:
        raise EvaluationError(f"{path}: no question has evidence to be found")
    return Pool(corpus, asked, whole.files)


def _dataset(spec: RetrievalSpec, path: Path, split: Split | None) -> Dataset:
    given = spec.dataset
    if given is None or given.loader not in LOADERS:
        raise EvaluationError(f"{path}: dataset.loader: one of {', '.join(LOADERS)}")
    options = LoadOptions(
        split=split or given.split,
        limit=None if split else given.limit,
        contexts=1,
        seed=spec.seed,
        language=given.language,
    )
    return LOADERS[given.loader](data_folder(path, spec.data) / given.path, options)


def _asked(case: Case, spec: RetrievalSpec) -> Iterator[Asked]:
    one = Asked(case.id, case.question, case.document, frozenset(), lambda hit: hit.source)
    match spec.units:
        case "passages":
            yield replace(one, gold=frozenset(e.context for e in case.evidence if e.context))
        case "turns":
            gold = frozenset(_relevant(case))
            yield replace(one, gold=gold, where={"meeting": case.document})
        case "pages":
            gold = frozenset(_page(e.source, e.page) for e in case.evidence if e.source and e.page)
            yield replace(
                one,
                gold=gold,
                name=lambda hit: _page(hit.source, hit.page),
                where=_where(case, spec),
            )
        case "answers":
            finder = AnswerFinder(case.answers, case.language)
            if finder:
                yield replace(
                    one,
                    gold=frozenset((GOLD,)),
                    name=lambda hit: GOLD if finder.found_in(hit.text) else hit.id,
                )


def _page(source: str, page: int | None) -> str:
    return f"{Path(source).name}#{page}"


def _where(case: Case, spec: RetrievalSpec) -> Mapping[str, Any] | None:
    """The named fields of the evidence's document, as ingest reads them from its path."""
    if not spec.where:
        return None
    source = next(e.source for e in case.evidence if e.source)
    texts = spec.settings.get("ingest", {}).get("path_templates", ())
    found = read_path([PathTemplate.compile(text) for text in texts], source)
    if found is not None and found.keys() >= set(spec.where):
        return {name: found[name] for name in spec.where}
    raise EvaluationError(
        f"{spec.name}: no path template of settings.ingest fits {source}, which where needs"
    )


# ── documents ───────────────────────────────────────────────────────────────────────────────────


def _passages(cases: Iterable[Case]) -> Iterator[Mapping[str, Any]]:
    """Every passage once, as a document."""
    seen: set[str] = set()
    for case in cases:
        for context in case.contexts:
            if context.id not in seen:
                seen.add(context.id)
                yield {"id": context.id, "text": context.text, "title": context.title}


def _turns(cases: Iterable[Case]) -> Iterator[Mapping[str, Any]]:
    """Every turn of every meeting once, as a document."""
    seen: set[str] = set()
    for case in cases:
        if case.document not in seen:
            seen.add(case.document)
            for name, text, _ in _numbered(case):
                yield {"id": name, "text": text, "metadata": {"meeting": case.document}}


def _numbered(case: Case) -> Iterator[tuple[str, str, tuple[str, Span]]]:
    """The turns of a transcript, which stand one a line in its blocks: id, text, place."""
    for context in case.contexts:
        start = 0
        for number, turn in enumerate(context.text.split("\n")):
            end = start + len(turn)
            if turn.strip():
                yield f"{case.document}/{context.id}/{number}", turn, (context.id, (start, end))
            start = end + 1


def _relevant(case: Case) -> Collection[str]:
    spans: dict[str, list[Span]] = {}
    for item in case.evidence:
        if item.context and item.span:
            spans.setdefault(item.context, []).append(item.span)
    return [
        name
        for name, _, (context, (start, end)) in _numbered(case)
        if any(a < end and start < b for a, b in spans.get(context, ()))
    ]
