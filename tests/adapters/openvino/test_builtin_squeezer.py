"""The model that ships: it loads in the real package, agrees with it, and knows what matters."""

import pytest

from leanrag.adapters.huggingface.llmlingua import LLMLingua2Words
from leanrag.adapters.huggingface.llmlingua_package import load_compressor
from leanrag.adapters.word_scorers import BUILTIN_FOLDER, load_word_scorer
from leanrag.settings import CompressionSettings

pytestmark = pytest.mark.skipif(
    not (BUILTIN_FOLDER / "model.safetensors").is_file(), reason="the model is not in this tree"
)
TEXTS = (
    "The committee of the village has approved the new bridge over the river Elbe.",
    "Der Ausschuss des Dorfes hat die neue Brücke über die Elbe genehmigt.",
    "El comité del pueblo aprobó el nuevo puente sobre el río.",
    "Комитет деревни одобрил новый мост через реку.",
    "村委会批准了河上的新桥。",
)


def test_it_agrees_with_the_package() -> None:
    theirs = LLMLingua2Words(str(BUILTIN_FOLDER)).score(TEXTS)
    ours = load_word_scorer(CompressionSettings()).score(TEXTS)
    for mine, other in zip(ours, theirs, strict=True):
        assert [(w.start, w.end) for w in mine] == [(w.start, w.end) for w in other]
        assert [w.keep for w in mine] == pytest.approx([w.keep for w in other], abs=1e-3)


def test_the_package_compresses_with_it() -> None:
    compressor = load_compressor(str(BUILTIN_FOLDER), classifier=True)
    left = compressor.compress_prompt([TEXTS[0]], rate=0.5)["compressed_prompt"]
    assert "bridge" in left
    assert 0 < len(left) < len(TEXTS[0])


@pytest.mark.parametrize(
    ("text", "small", "telling"),
    [
        (TEXTS[0], {"The", "of", "the", "has"}, {"committee", "bridge", "Elbe", "approved"}),
        (TEXTS[1], {"des", "die", "hat"}, {"Brücke", "Elbe", "Dorfes"}),
        (TEXTS[2], {"El", "del", "el"}, {"puente", "pueblo", "río"}),
        (TEXTS[4], {"了", "的"}, {"桥", "河"}),
    ],
)
def test_function_words_matter_less(text: str, small: set[str], telling: set[str]) -> None:
    words = load_word_scorer(CompressionSettings()).score([text])[0]
    keeps = {text[word.start : word.end]: word.keep for word in words}
    assert max(keeps[word] for word in small) < min(keeps[word] for word in telling)
