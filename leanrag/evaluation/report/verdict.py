"""The result in plain words, and no more than the intervals allow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from leanrag.evaluation.report.focus import Focus, Need, headline_of, need
from leanrag.evaluation.report.numerals import NARROW, count, number_of, percent
from leanrag.evaluation.statistics import FEWEST_DOCUMENTS


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence."""

    text: str
    strong: bool = False


Sentence: TypeAlias = tuple[Part, ...]

_JUDGED = {
    "survival": "Quality is the share of cases of which an answer stands in what was kept.",
    "evidence_recall": "Quality is the share of the marked evidence that was kept.",
}


def measured(focus: Focus) -> str:
    """What was measured, in a few sentences."""
    run = focus.results.run
    bounded = "the kept texts" if run.budget_counts == "context" else "the whole prompt"
    documents = f" from {number_of(run.documents, 'document')}" if run.documents else ""
    return (
        f"{number_of(run.cases, 'case')}{documents}, "
        f"{number_of(len(focus.results.pipelines), 'pipeline')}, "
        f"{number_of(len(focus.results.budgets), 'budget')}. A budget bounds the tokens of "
        f"{bounded}, counted with {run.counter}. {_JUDGED[run.quality]}"
    )


def verdict(focus: Focus) -> Sentence:
    """The result in one or two sentences, its figures marked as strong."""
    headline = headline_of(focus.results, focus.subject.name)
    if headline is None or not headline.curve:
        missing = "an answer" if focus.what == "answers" else "evidence"
        return (Part(f"No case has {missing} to judge by, so there is no verdict."),)
    title = focus.subject.title
    own = need(focus.results, focus.subject)
    if own is None:
        best = max(headline.curve, key=lambda point: point.share_of_full)
        return (
            Part(f"{title} keeps at most "),
            Part(percent(best.share_of_full), strong=True),
            Part(
                f" of the {focus.what}, in {count(best.tokens)} tokens: no budget run keeps "
                f"95{NARROW}%."
            ),
            *_others(focus, None),
        )
    at_most = own.interval is not None and own.tokens <= min(focus.results.budgets, default=0)
    return (
        Part(f"{_hedge(focus)}{title} keeps 95{NARROW}% of the {focus.what} in "),
        Part("at most " if at_most else ""),
        Part(f"{count(own.tokens)} tokens", strong=True),
        Part("."),
        *_others(focus, own),
    )


def _hedge(focus: Focus) -> str:
    documents = focus.results.run.documents
    if documents >= FEWEST_DOCUMENTS:
        return ""
    return f"{number_of(documents, 'document')} are too few for a verdict. In this sample "


def _others(focus: Focus, own: Need | None) -> Iterator[Part]:
    headline = headline_of(focus.results, focus.subject.name)
    full = count(headline.full_tokens) if headline else ""
    theirs = need(focus.results, focus.rival) if focus.rival else None
    if focus.rival is None:
        yield Part(f" The full context has {full}.")
        return
    if theirs is None:
        yield Part(f" No baseline keeps as much at any budget run; the full context has {full}.")
        return
    verb = "sends" if theirs.interval is None else "needs"
    yield Part(f" The best baseline ({focus.rival.title}) {verb} ")
    yield Part(count(theirs.tokens), strong=True)
    if own and theirs.interval and not own.apart_from(theirs):
        yield Part(", with intervals that overlap")
    yield Part(f"; the full context has {full}.")
