"""The selector over the API: what it says decides, it is asked once, and nothing may be sent."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import leanrag
from leanrag import LeanRAG, Settings
from leanrag.api.wiring import models as parts
from leanrag.compress.calibration import MARGINS
from leanrag.errors import ConfigError, ModelError
from leanrag.types import Compressed, Judged, Passage, TraceEntry

QUESTION = "In which order are dict keys and values evaluated?"
TEXTS = (
    "The bridge opened in 1937. Its paint is orange. Tolls are paid by plate.",
    "The museum sells tickets online. It is closed on Mondays.",
)


class ByWord:
    """Finds the sentences of one word relevant, and keeps count."""

    name = "by word"

    def __init__(self, word: str = "", *, other: float = -12.0) -> None:
        self._word = word
        self._other = other
        self.calls = 0

    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        self.calls += 1
        rows = [
            np.array(
                [8.0 if self._word and self._word in p.text[a:b] else self._other
                 for a, b in p.sentences]
            )
            for p in passages
        ]  # fmt: skip
        return [Judged(float(row.max(initial=-12.0)), row) for row in rows]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> object:
    """Puts a selector in the place of the trained one."""

    def put(selector: ByWord) -> ByWord:
        monkeypatch.setattr(parts, "load_selector", lambda name: selector)
        return selector

    return put


def compressed(budget: int = 200, **chosen: object) -> Compressed:
    settings = Settings.create(compression={"mode": "prune", **chosen})
    return leanrag.compress("Why?", TEXTS, budget=budget, settings=settings)


def entry(trace: Sequence[TraceEntry], stage: str) -> TraceEntry:
    return next(one for one in trace if one.stage == stage)


def test_compress_sends_what_the_selector_finds(use) -> None:  # type: ignore[no-untyped-def]
    use(ByWord("Mondays"))
    kept = compressed()
    # the sentence before says what "It" is
    expected = "The museum sells tickets online. It is closed on Mondays."
    assert [(text.id, text.text) for text in kept.texts] == [("1", expected)]
    assert any(entry.stage == "antecedents" for entry in kept.trace)
    assert entry(kept.trace, "prune").dropped == {"of little worth": 4}


def test_compress_asks_once_for_all_budgets(use) -> None:  # type: ignore[no-untyped-def]
    selector = use(ByWord("Mondays"))
    for budget in (5, 50, 500):
        compressed(budget)
    assert selector.calls == 1


def test_compress_sends_nothing_where_nothing_answers(use) -> None:  # type: ignore[no-untyped-def]
    use(ByWord())
    kept = compressed()
    assert kept.texts == ()
    assert kept.tokens.out == 0
    assert entry(kept.trace, "prune").note == "nothing answers the question"
    assert entry(kept.trace, "prune").items_out == 0


@pytest.mark.parametrize("mode", ["none", "squeeze"])
def test_modes_that_do_not_select_send_all_the_same(use, mode: str) -> None:  # type: ignore[no-untyped-def]
    use(ByWord())
    kept = compressed(500, mode=mode, rate=1.0)
    assert [text.text for text in kept.texts] == list(TEXTS)
    assert "nothing answers" not in entry(kept.trace, "prune").note


@pytest.mark.parametrize("keep", ["cautious", "balanced", "lean"])
def test_keep_says_how_much_goes_along(use, keep: str) -> None:  # type: ignore[no-untyped-def]
    margin = MARGINS[keep]  # type: ignore[index]

    def kept(other: float) -> int:
        use(ByWord("Mondays", other=other))
        chosen = Settings.create(compression={"mode": "prune", "keep": keep})
        found = leanrag.compress("Why?", TEXTS[1:], budget=200, settings=chosen)
        return entry(found.trace, "prune").items_out

    assert kept(8.1 - margin) == 2
    assert kept(7.9 - margin) == 1


def test_similarity_needs_no_selector(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise AssertionError("the selector was loaded")

    monkeypatch.setattr(parts, "load_selector", refuse)
    settings = Settings.create(compression={"mode": "prune", "selector": "similarity"})
    asked = "When did the bridge open?"
    kept = leanrag.compress(asked, TEXTS, budget=8, settings=settings)
    assert kept.texts[0].text == "The bridge opened in 1937."


def test_a_missing_selector_is_a_model_error(tmp_path: Path) -> None:
    settings = Settings.create(compression={"selector": str(tmp_path / "none")})
    with pytest.raises(ModelError, match="there is no selector in"):
        leanrag.compress("When?", TEXTS, budget=20, settings=settings)


@pytest.mark.parametrize(
    "wrong", [{"keep": "all"}, {"floor": 2}, {"selector": None}], ids=lambda w: next(iter(w))
)
def test_a_wrong_setting_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Settings.create(compression=wrong)
    with pytest.raises(ConfigError, match="rerank_depth"):
        Settings.create(retrieval={"rerank_depth": 0})


# ── a store ─────────────────────────────────────────────────────────────────────────────────────


def opened(rag: LeanRAG, **sections: dict[str, object]) -> LeanRAG:
    """The same store under other settings."""
    rag.close()
    values = rag.settings.model_dump()
    return LeanRAG(
        Settings.create(**{**values, **{k: {**values[k], **v} for k, v in sections.items()}})
    )


def test_a_prompt_asks_the_selector_once(use, rag: LeanRAG) -> None:  # type: ignore[no-untyped-def]
    selector = use(ByWord("left to right"))
    with opened(rag) as again:
        prompt = again.prompt(QUESTION, budget=600)
    assert selector.calls == 1, "what reranking found out is not asked again for pruning"
    assert "left to right" in prompt.messages[-1]["content"]
    assert all("left to right" in source.text for source in prompt.sources)


def test_what_was_not_read_stays_out_of_a_prompt(use, rag: LeanRAG) -> None:  # type: ignore[no-untyped-def]
    selector = use(ByWord("left to right"))
    with opened(rag, retrieval={"rerank_depth": 1}) as again:
        prompt = again.prompt(QUESTION, budget=600)
    assert selector.calls == 1
    found = entry(prompt.trace, "rerank")
    assert found.items_out == 1
    assert found.dropped["not read"] > 0
    assert len({source.id for source in prompt.sources}) <= 1


def test_a_prompt_sends_nothing_where_nothing_answers(use, rag: LeanRAG) -> None:  # type: ignore[no-untyped-def]
    use(ByWord())
    with opened(rag) as again:
        prompt = again.prompt(QUESTION, budget=600)
    assert prompt.sources == ()
    assert prompt.tokens.context == 0
    assert prompt.messages[-1]["content"].endswith(QUESTION)
    assert entry(prompt.trace, "prune").note == "nothing answers the question"


def test_search_orders_by_the_selector(use, rag: LeanRAG) -> None:  # type: ignore[no-untyped-def]
    with opened(rag, retrieval={"reranker": "scores"}) as again:
        last = again.search("dict", top_k=3)[-1]

    class ById(ByWord):
        def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
            found = [8.0 if passage.id == last.id else -8.0 for passage in passages]
            return [
                Judged(n, np.full(len(p.sentences), n))
                for n, p in zip(found, passages, strict=True)
            ]

    use(ById())
    with opened(rag) as again:
        assert again.search("dict", top_k=8)[0].id == last.id


@pytest.mark.parametrize(
    "sections",
    [
        {"retrieval": {"reranker": "selector", "rerank_depth": 3}},
        {"retrieval": {"reranker": "none"}, "compression": {"selector": "similarity"}},
        {"retrieval": {"reranker": "scores"}, "compression": {"keep": "lean"}},
    ],
    ids=["shallow", "no model", "lean"],
)
def test_promises_hold_whatever_selects(
    rag: LeanRAG, sections: dict[str, dict[str, object]]
) -> None:
    with opened(rag, **sections) as again:
        for budget in (150, 1000):
            prompt = again.prompt(QUESTION, budget=budget)
            assert prompt.tokens.prompt <= budget
            assert prompt.messages == again.prompt(QUESTION, budget=budget).messages
            for source in prompt.sources:
                canonical = again.document(source.id).text
                assert source.text == "".join(canonical[a:b] for a, b in source.spans)
        assert "evaluated from left to right" in prompt.messages[-1]["content"]
