"""Writes a trained squeezer as the folder that ships, in the form of Hugging Face's library.

    python -m pipelines.squeezer.export build/squeezer/run --selector leanrag/models/selector \\
        --out leanrag/models/squeezer

Word vectors and tokenizer are the selector's.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np

from pipelines.selector.export import WORDS, config, layers_of, unpacked

LABELS = {"0": "drop", "1": "keep"}


def export(run: Path, selector: Path, out: Path) -> None:
    """Writes configuration, weights and tokenizer to ``out``."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(run / "model.safetensors")
    words = unpacked(load_file(selector / "model.safetensors"))[WORDS]
    weights[f"bert.{WORDS}"] = words.astype(np.float16)
    out.mkdir(parents=True, exist_ok=True)
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    plain = {name.removeprefix("bert."): value for name, value in weights.items()}
    described = config(plain, layers=layers_of(plain)) | {
        "architectures": ["BertForTokenClassification"],
        "num_labels": 2,
        "id2label": LABELS,
        "label2id": {label: int(number) for number, label in LABELS.items()},
        "torch_dtype": "float32",
    }
    (out / "config.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    shutil.copyfile(selector / "tokenizer.json", out / "tokenizer.json")
    told = {
        "tokenizer_class": "BertTokenizerFast",
        "do_lower_case": True,
        "model_max_length": described["max_position_embeddings"],
        "unk_token": "[UNK]",
        "sep_token": "[SEP]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "mask_token": "[MASK]",
    }
    file = out / "tokenizer_config.json"
    file.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Exports a trained squeezer.")
    parser.add_argument("run", type=Path, help="folder with model.safetensors")
    parser.add_argument("--selector", type=Path, required=True, help="an exported selector")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    export(given.run, given.selector, given.out)


if __name__ == "__main__":
    main()
