"""A small data folder, its arrays, and start weights of random numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from leanrag.adapters.models import SELECTOR_FOLDER
from leanrag.adapters.openvino.engine import load_tokenizer
from leanrag.evaluation.cases import Case, Context, Evidence
from pipelines.selector.data import Builder

WORDS = ("bridge", "museum", "harbour", "tower", "garden", "station", "market", "theatre")
VOCABULARY = 6000


def case(number: int) -> Case:
    """When a place opened, asked of eight texts of which one says it."""
    gold = number % len(WORDS)
    contexts = [
        Context(
            id=f"{number}-{place}",
            title=f"The {word}",
            text=f"The {word} is popular. The {word} opened in {1900 + number}. People like it.",
        )
        for place, word in enumerate(WORDS)
    ]
    text = contexts[gold].text
    start = text.index(f"The {WORDS[gold]} opened")
    span = (start, text.index(" People"))
    return Case(
        id=str(number),
        question=f"When did the {WORDS[gold]} open?",
        answers=(str(1900 + number),),
        contexts=tuple(contexts),
        evidence=(Evidence(context=contexts[gold].id, span=span),),
        language="en",
    )


@pytest.fixture(scope="session")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The selector's tokenizer with the first tokens of its vocabulary, to make models small."""
    given = SELECTOR_FOLDER / "tokenizer.json"
    if not given.is_file():
        pytest.skip("the model is not in this tree")
    value = json.loads(given.read_text(encoding="utf-8"))
    words = value["model"]["vocab"]
    value["model"]["vocab"] = {word: n for word, n in words.items() if n < VOCABULARY}
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def tokenizer(tokenizer_file: Path) -> Any:
    return load_tokenizer(tokenizer_file)


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Path:
    """Weights of an encoder that has learned nothing, under MiniLM's names."""
    import torch
    from safetensors.torch import save_file
    from transformers import BertConfig, BertModel

    torch.manual_seed(2)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=384, num_hidden_layers=6,
        num_attention_heads=12, intermediate_size=1536,
    )  # fmt: skip
    state = BertModel(config, add_pooling_layer=False).state_dict()
    file = tmp_path_factory.mktemp("start") / "start.safetensors"
    save_file({name: value.half().contiguous() for name, value in state.items()}, file)
    return file


@pytest.fixture(scope="session")
def arrays(tmp_path_factory: pytest.TempPathFactory, tokenizer, start: Path) -> Path:  # type: ignore[no-untyped-def]
    """A folder as ``pipelines.selector.data`` writes it, of made-up cases."""
    folder = tmp_path_factory.mktemp("arrays")
    for name, numbers in (("train", range(8)), ("tune", range(20, 23))):
        builder = Builder(tokenizer, seed=0)
        for number in numbers:
            assert builder.add(case(number), 0, most=40)
        builder.arrays.save(folder / f"{name}.npz")
    (folder / "manifest.json").write_text(json.dumps({"sets": ["nq"]}), encoding="utf-8")
    (folder / "start.safetensors").hardlink_to(start)
    return folder


def weights(file: Path) -> dict[str, np.ndarray]:
    """The tensors of a file."""
    from safetensors.numpy import load_file

    return dict(load_file(file))
