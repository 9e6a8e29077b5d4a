"""What every ``WordScorer`` promises, over every implementation, with small random models."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leanrag.adapters.huggingface.llmlingua import (
    LLMLingua2Words,
    LLMLinguaWords,
    LongLLMLinguaWords,
)
from leanrag.adapters.openvino.words import OpenVinoWordScorer
from leanrag.protocols import WordScorer
from leanrag.types import Word
from tests import tiny_models
from tests.tiny_models import CHINESE, ENGLISH

TEXTS = (
    ENGLISH,
    CHINESE,
    "",
    " \n ",
    "e\u0301t\u00e9 \U0001f469\u200d\U0001f52c \ud83d naïve\u200b x",
    " ".join([ENGLISH, CHINESE] * 6),
)
QUESTION = "How old is the tower?"
MADE: dict[str, tuple[Callable[[Path], Path], Callable[[str], WordScorer]]] = {
    "openvino": (tiny_models.bert_classifier, lambda f: OpenVinoWordScorer("tiny", Path(f))),
    "llmlingua2 uncased": (tiny_models.bert_classifier, LLMLingua2Words),
    "llmlingua2 cased": (
        lambda folder: tiny_models.bert_classifier(folder, cased=True),
        LLMLingua2Words,
    ),
    "llmlingua2 xlm-roberta": (tiny_models.xlmr_classifier, LLMLingua2Words),
    "llmlingua gpt2": (tiny_models.gpt2, LLMLinguaWords),
    "llmlingua llama": (tiny_models.llama, LLMLinguaWords),
    "longllmlingua gpt2": (tiny_models.gpt2, LongLLMLinguaWords),
    "longllmlingua llama": (tiny_models.llama, LongLLMLinguaWords),
}


@pytest.fixture(scope="module", params=MADE)
def scorer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> WordScorer:
    make, load = MADE[request.param]
    return load(str(make(tmp_path_factory.mktemp("model"))))


def keeps(words: tuple[Word, ...]) -> list[float]:
    return [word.keep for word in words]


def test_the_words_cover_all_but_white_space_in_order(scorer: WordScorer) -> None:
    for text, words in zip(TEXTS, scorer.score(TEXTS, QUESTION), strict=True):
        at = 0
        for word in words:
            assert at <= word.start < word.end
            assert not text[at : word.start].strip()
            assert 0 <= word.keep <= 1
            at = word.end
        assert not text[at:].strip()


def test_words_differ_in_english_and_chinese_and_in_long_texts(scorer: WordScorer) -> None:
    found = scorer.score(TEXTS, QUESTION)
    for number in (0, 1, 5):
        assert len(set(keeps(found[number]))) > 10


def test_a_text_alone_scores_as_among_others(scorer: WordScorer) -> None:
    together = scorer.score(TEXTS, QUESTION)
    for number, text in enumerate(TEXTS):
        alone = scorer.score([text], QUESTION)[0]
        assert keeps(alone) == pytest.approx(keeps(together[number]), abs=1e-4)


def test_the_same_texts_give_the_same_words(scorer: WordScorer) -> None:
    assert scorer.score(TEXTS, QUESTION) == scorer.score(TEXTS, QUESTION)


def test_no_text_gives_no_words(scorer: WordScorer) -> None:
    assert scorer.score([]) == []
    assert scorer.name
