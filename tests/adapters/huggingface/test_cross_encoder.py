"""Any cross-encoder in a folder reranks; a tiny one of random weights stands for all."""

from pathlib import Path

import numpy as np
import pytest

from leanrag import Settings
from leanrag.adapters.huggingface.cross_encoder import CrossEncoderScorer
from leanrag.api.wiring.models import Models
from leanrag.errors import ModelError
from tests.builders import hit
from tests.tiny_models import bert_cross_encoder

QUESTION = "How old is the tower?"
TEXTS = [
    "The tower is old.",
    "It was not built in 1889, and many people like to visit it every year. " * 3,
    "Nobody could tell.",
    "",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bert_cross_encoder(tmp_path_factory.mktemp("cross"))


def test_a_score_does_not_depend_on_what_else_is_scored(folder: Path) -> None:
    scorer = CrossEncoderScorer(str(folder))
    together = scorer.score(QUESTION, TEXTS)
    alone = np.concatenate([scorer.score(QUESTION, [text]) for text in TEXTS])
    assert together.shape == (4,)
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert len(set(together.round(6))) > 1, "the model tells texts apart"
    assert scorer.score(QUESTION, []).shape == (0,)


def test_texts_are_scored_in_batches_of_like_length(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = CrossEncoderScorer(str(folder))
    asked: list[list[int]] = []
    model = scorer._model

    class Watched:
        def predict(self, pairs: list[tuple[str, str]], **options: object) -> object:
            asked.append([len(text) for _, text in pairs])
            return model.predict(pairs, **options)

    monkeypatch.setitem(scorer.__dict__, "_model", Watched())
    scorer.score(QUESTION, ["word " * n for n in (4000, 10, 3900, 5)])
    assert asked == [[20000], [19500], [50, 25]]


def test_it_reranks_by_the_folder_in_the_settings(folder: Path) -> None:
    settings = Settings.create(retrieval={"reranker": str(folder)})
    hits = [hit(text, score=0.5) for text in TEXTS[:3]]
    ranked = Models().reranker(settings).rerank(QUESTION, hits)
    labelled = [f"\n{text}" for text in TEXTS[:3]]
    scores = CrossEncoderScorer(str(folder)).score(QUESTION, labelled)
    assert [one.text for one in ranked] == [TEXTS[n] for n in np.argsort(-scores, kind="stable")]


def test_a_model_of_several_scores_is_no_reranker(tmp_path: Path) -> None:
    scorer = CrossEncoderScorer(str(bert_cross_encoder(tmp_path, labels=3)))
    with pytest.raises(ModelError, match="gives 3 scores"):
        scorer.score(QUESTION, TEXTS[:1])


def test_a_missing_folder_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        CrossEncoderScorer(str(tmp_path)).score(QUESTION, TEXTS)
