"""Modes of compression over the API, with scores made up for the purpose."""

from collections.abc import Sequence
from typing import Any

import pytest

import leanrag
from leanrag import LeanRAG, Settings
from leanrag.adapters.word_scorers import load_word_scorer
from leanrag.api.prompting.choosing import fit_evidence
from leanrag.api.prompting.evidence import Evidence, Fitted
from leanrag.api.wiring import models
from leanrag.errors import ConfigError, ModelError
from leanrag.settings import CompressionSettings
from leanrag.text.sentences import split_sentences
from leanrag.text.words import split_words
from leanrag.tokens import counter_for
from leanrag.types import Compressed, Passage, Unit, Word

COUNTER = counter_for("gpt-4o")
FUNCTION_WORDS = frozenset({"the", "of", "a", "an", "to", "was", "by", "it", "that", "from"})


class FunctionWordsLast:
    """Function words matter little."""

    name = "function words last"

    def __init__(self) -> None:
        self.calls = 0

    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        self.calls += 1
        return [
            tuple(
                Word(a, b, 0.1 if text[a:b].lower() in FUNCTION_WORDS else 0.8)
                for a, b in split_words(text)
            )
            for text in texts
        ]


@pytest.fixture
def scorer(monkeypatch: pytest.MonkeyPatch) -> FunctionWordsLast:
    made = FunctionWordsLast()
    monkeypatch.setattr(models, "load_word_scorer", lambda settings: made)
    return made


TEXT = (
    "The bridge of the town was opened to the traffic in 1937. "
    "The opening of the bridge was attended by a crowd of the people of the town. "
    "It was the work of an engineer that came from the north of the country."
)
QUESTION = "When was the bridge opened to traffic?"


def compressed(budget: int, mode: str, **values: Any) -> Compressed:
    chosen = Settings.create(compression={"mode": mode, **values})
    return leanrag.compress(QUESTION, [TEXT], budget=budget, settings=chosen)


def fitted(values: Sequence[float], budget: int, mode: str, **more: Any) -> tuple[Fitted, int]:
    """The fitted evidence of ``TEXT`` and its tokens."""
    passage = Passage("a", TEXT, tuple(split_sentences(TEXT)))
    assert len(passage.sentences) == len(values)
    units = [Unit(0, number, value) for number, value in enumerate(values)]

    def count(fitted: Fitted) -> int:
        spans = [
            span
            for number in fitted.kept.get(0, ())
            for span in fitted.cuts.get((0, number), (passage.sentences[number],))
        ]
        return COUNTER.count("".join(TEXT[a:b] for a, b in spans))

    chosen = CompressionSettings(mode=mode, **more)  # type: ignore[arg-type]
    found = fit_evidence(
        Evidence(QUESTION, [passage], units),
        chosen,
        count=count,
        budget=budget,
        counter=COUNTER,
        words=FunctionWordsLast(),
    )
    assert count(found) <= budget
    return found, count(found)


def test_prune_drops_no_words_and_loads_no_model(scorer: FunctionWordsLast) -> None:
    kept = compressed(20, "prune")
    assert kept.texts[0].text == TEXT.partition(" The opening")[0]
    assert scorer.calls == 0


def test_none_sends_texts_whole_in_their_order(scorer: FunctionWordsLast) -> None:
    assert compressed(500, "none").texts[0].text == TEXT
    assert scorer.calls == 0


def test_both_selects_and_drops_words_even_where_all_fits(scorer: FunctionWordsLast) -> None:
    kept = compressed(500, "both", rate=0.5)
    whole = COUNTER.count(TEXT)
    assert 0.4 * whole < kept.tokens["out"] <= 0.5 * whole
    assert "1937" in kept.texts[0].text
    assert kept.texts[0].text.count(" the ") < TEXT.count(" the ") / 2


def test_squeeze_keeps_the_start_of_every_sentence(scorer: FunctionWordsLast) -> None:
    text = compressed(500, "squeeze", rate=0.6).texts[0].text
    assert all(word in text for word in ("1937", "attended", "engineer"))


def test_a_rate_of_one_changes_nothing(scorer: FunctionWordsLast) -> None:
    assert compressed(500, "squeeze", rate=1.0).texts[0].text == TEXT


def test_auto_leaves_alone_what_fits(scorer: FunctionWordsLast) -> None:
    found, _ = fitted([1.0, 0.9, 0.8], 500, "auto")
    assert found.kept == {0: [0, 1, 2]}
    assert not found.cuts
    assert found.trace[0].note == "no word had to go"
    assert scorer.calls == 0


def test_auto_brings_in_a_valuable_sentence(scorer: FunctionWordsLast) -> None:
    pruned, _ = fitted([1.0, 0.9, 0.1], 24, "prune")
    found, tokens = fitted([1.0, 0.9, 0.1], 24, "auto")
    assert pruned.kept == {0: [0]}
    assert found.kept == {0: [0, 1]}
    assert found.cuts
    assert tokens <= 24
    assert "sentences lost words" in found.trace[0].note


def test_auto_drops_no_words_for_a_sentence_of_little_value(scorer: FunctionWordsLast) -> None:
    found, _ = fitted([1.0, 0.3, 0.1], 24, "auto")
    assert found.kept == {0: [0]}
    assert not found.cuts
    assert scorer.calls == 0


def test_auto_drops_no_words_where_that_loses_more_than_it_brings(
    scorer: FunctionWordsLast,
) -> None:
    """Two sentences do not fit at the rate, so the best one stays as it is."""
    found, _ = fitted([1.0, 0.9, 0.1], 18, "auto", rate=0.9)
    assert found.kept == {0: [0]}
    assert not found.cuts


def test_words_of_protected_passages_stay(scorer: FunctionWordsLast) -> None:
    passage = Passage("a", TEXT, tuple(split_sentences(TEXT)))
    units = [Unit(0, number, 1.0) for number in range(3)]
    found = fit_evidence(
        Evidence(QUESTION, [passage], units, frozenset({0})),
        CompressionSettings(mode="squeeze", rate=0.7),
        count=lambda fitted: 10 * sum(map(len, fitted.kept.values())),
        budget=100,
        counter=COUNTER,
        words=scorer,
    )
    assert not found.cuts
    assert found.kept == {0: [0, 1]}


def test_words_of_the_user_stay(scorer: FunctionWordsLast) -> None:
    plain = compressed(500, "both", rate=0.5)
    kept = compressed(500, "both", rate=0.5, protect=("the people of the town",))
    assert "the people of the town" not in plain.texts[0].text
    assert "the people of the town" in kept.texts[0].text


def test_words_are_scored_once_for_all_budgets(scorer: FunctionWordsLast) -> None:
    for budget in (20, 30, 40):
        compressed(budget, "both")
    assert scorer.calls == 1


def test_a_prompt_tells_what_went(scorer: FunctionWordsLast, rag: LeanRAG) -> None:
    both = rag.settings.model_copy(
        update={"compression": CompressionSettings(mode="both", rate=0.5)}
    )
    rag.close()
    with LeanRAG(both) as opened:
        prompt = opened.prompt("In what order are dictionary items evaluated?", budget=600)
        for source in prompt.sources:
            canonical = opened.document(source.id).text
            assert source.text == "".join(canonical[a:b] for a, b in source.spans)
    stages = [entry.stage for entry in prompt.trace]
    assert stages == ["retrieve", "rerank", "prune", "squeeze", "pack"]
    sent = [entry.tokens_out for entry in prompt.trace]
    assert sent == sorted(sent, reverse=True)
    assert prompt.tokens.prompt <= 600
    assert prompt.sources


@pytest.mark.parametrize("mode", ["squeeze", "both"])
def test_a_missing_model_is_a_model_error(
    mode: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("leanrag.adapters.word_scorers.BUILTIN_FOLDER", tmp_path)
    monkeypatch.setattr(models, "load_word_scorer", lambda settings: load_word_scorer(settings))
    with pytest.raises(ModelError, match=r"compression\.mode"):
        compressed(10, mode)


def test_a_method_without_its_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="longllmlingua needs a causal"):
        Settings.create(compression={"method": "longllmlingua"})
    with pytest.raises(ConfigError, match="pattern"):
        Settings.create(compression={"protect": ["*"]})
