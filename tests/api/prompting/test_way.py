"""The way of a question is straight: few stops, and nothing rendered again that is rendered."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import leanrag.api
from leanrag import LeanRAG
from leanrag.api.prompting import rendering
from leanrag.retrieve.followup import Wanted

API = str(Path(leanrag.api.__file__).parent)
QUESTION = "In which order are dict keys and values evaluated?"
HISTORY = [
    {"role": "user", "content": "How does a dict display work?"},
    {"role": "assistant", "content": "It makes a new dict object."},
]


class Way:
    """The functions of the API that are given the question, from ``QueryEngine.prompt`` on."""

    def __init__(self) -> None:
        self.stops: list[tuple[str, str]] = []
        self._on = False

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event not in ("call", "return") or not code.co_filename.startswith(API):
            return
        start = code.co_qualname == "QueryEngine.prompt"
        if event == "return":
            self._on = self._on and not start
            return
        self._on = self._on or start
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        given = [frame.f_locals.get(name) for name in names]
        if self._on and any(isinstance(one, Wanted) or one == QUESTION for one in given):
            self.stops.append((Path(code.co_filename).name, code.co_qualname))


@contextmanager
def watched() -> Iterator[Way]:
    way, before = Way(), sys.getprofile()
    sys.setprofile(way)
    try:
        yield way
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("history", [None, HISTORY], ids=["alone", "in a conversation"])
def test_the_question_makes_few_stops(rag: LeanRAG, history: Any) -> None:
    with watched() as way:
        rag.prompt(QUESTION, budget=400, history=history)
    stops = dict.fromkeys(way.stops)
    assert 0 < len(stops) <= 8, list(stops)
    assert len({file for file, _ in stops}) <= 4


@pytest.mark.parametrize("history", [None, HISTORY], ids=["alone", "in a conversation"])
@pytest.mark.parametrize("budget", [150, 400, 2000])
def test_outside_the_search_for_what_fits_sources_are_rendered_once(
    rag: LeanRAG, monkeypatch: pytest.MonkeyPatch, history: Any, budget: int
) -> None:
    fit, render = rendering.fit_evidence, rendering.render_context
    searching, rendered = [False], []

    def fitting(*given: Any, **named: Any) -> Any:
        searching[0] = True
        try:
            return fit(*given, **named)
        finally:
            searching[0] = False

    def counted(*given: Any, **named: Any) -> Any:
        if not searching[0]:
            rendered.append(given)
        return render(*given, **named)

    monkeypatch.setattr(rendering, "fit_evidence", fitting)
    monkeypatch.setattr(rendering, "render_context", counted)
    prompt = rag.prompt(QUESTION, budget=budget, history=history)
    # once for what is sent; a second time where cuts could be read as a mark
    assert 1 <= len(rendered) <= 2
    assert prompt.tokens.prompt <= budget
