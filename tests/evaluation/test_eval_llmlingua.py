"""The llmlingua baselines on the real package, with small models of random weights."""

from pathlib import Path

import pytest

from leanrag.errors import ModelError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.workbench import Workbench
from tests.evaluation.builders import case_of, pipeline

pytestmark = pytest.mark.slow

WORDS = "the tower is old it was built in 1889 and many people like to visit every year . ? how"


def case() -> Case:
    text = "The tower is old. It was built in 1889. Many people like to visit it every year. " * 4
    contexts = [{"id": str(n), "text": text} for n in range(3)]
    return case_of(id="x", question="how old is it ?", contexts=contexts)


@pytest.fixture(scope="module")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 of two small layers with a byte-level tokenizer."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2Config, GPT2LMHeadModel, GPT2TokenizerFast

    folder = tmp_path_factory.mktemp("gpt2")
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator([WORDS] * 5, vocab_size=300, special_tokens=["<|endoftext|>"])
    tokenizer.save_model(str(folder))
    fast = GPT2TokenizerFast.from_pretrained(str(folder))
    fast.save_pretrained(folder)
    config = GPT2Config(
        vocab_size=len(fast), n_positions=2048, n_embd=16, n_layer=2, n_head=2,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT token classifier of two small layers."""
    from transformers import BertConfig, BertForTokenClassification, BertTokenizerFast

    folder = tmp_path_factory.mktemp("bert")
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(c) for c in range(97, 123)]
    vocabulary = [*special, *WORDS.split(), *letters, *(f"##{letter}" for letter in letters)]
    (folder / "vocab.txt").write_text("\n".join(dict.fromkeys(vocabulary)), encoding="utf-8")
    fast = BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    fast.save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(fast), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, num_labels=2,
    )  # fmt: skip
    BertForTokenClassification(config).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("name", "fixture"), [("llmlingua2", "classifier"), ("longllmlingua", "causal")]
)
def test_the_package_runs_on_a_local_folder(
    name: str, fixture: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(fixture)

    outcome = pipeline(name, Workbench(folder=tmp_path), model=str(folder)).run(case(), 60)

    assert 0 < outcome.tokens < outcome.tokens_in
    assert all(piece.spans is None for piece in outcome.kept)
    assert "how old is it ?" not in outcome.text


def test_a_folder_without_a_model_is_a_model_error(tmp_path: Path) -> None:
    lost = pipeline("llmlingua2", Workbench(folder=tmp_path), model=str(tmp_path))

    with pytest.raises(ModelError):
        lost.run(case(), 60)
