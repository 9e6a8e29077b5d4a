"""A selector of one layer and random weights, trained on nothing, in the form that ships."""

from pathlib import Path
from typing import Any

from leanrag.adapters.models import SELECTOR_FOLDER

TOKENIZER = SELECTOR_FOLDER / "tokenizer.json"


def small_selector(folder: Path, tokenizer: Path = TOKENIZER) -> Any:
    """Writes the model to ``folder``; the same model in torch, with the weights as written."""
    import torch
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    from pipelines.selector.export import export, unpacked
    from pipelines.selector.model import Selector, load, save

    torch.manual_seed(11)
    size = Tokenizer.from_file(str(tokenizer)).get_vocab_size()
    model = Selector(size, layers=1, dropout=0.0)
    with torch.no_grad():
        for name, value in model.named_parameters():
            # weights as a new model has them let every text score alike
            if value.dim() > 1 and "embeddings" not in name:
                value.mul_(4.0)
        model.marks.weight.normal_(std=0.1)
    run = folder / "run"
    run.mkdir(parents=True)
    save(model, run / "model.safetensors")
    export(run, tokenizer, folder)
    restored = unpacked(load_file(folder / "model.safetensors"))
    from safetensors.numpy import save_file

    save_file(restored, run / "model.safetensors")
    load(model, run / "model.safetensors")
    return model.eval()
