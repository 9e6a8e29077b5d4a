"""Writes a trained selector as the folder that ships: word vectors in int8, the rest in half.

    python -m pipelines.selector.export build/selector/final --out leanrag/models/selector \\
        --tokenizer build/selector/tokenizer.json
"""

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np

WORDS = "embeddings.word_embeddings.weight"
SCALE = ".scale"


def packed(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights with the word vectors as whole numbers, a scale for each row beside them."""
    half = {name: value.astype(np.float16) for name, value in weights.items()}
    words = weights[WORDS].astype(np.float32)
    scale = (np.abs(words).max(axis=1) / 127).astype(np.float16)
    step = np.maximum(scale.astype(np.float32), 1e-8)[:, None]
    half[WORDS] = np.clip(np.round(words / step), -127, 127).astype(np.int8)
    half[WORDS + SCALE] = scale
    return half


def unpacked(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The inverse of ``packed``, in half precision; weights that are not packed stay."""
    if WORDS + SCALE not in weights:
        return dict(weights)
    found = {name: value for name, value in weights.items() if name != WORDS + SCALE}
    words, scale = weights[WORDS].astype(np.float32), weights[WORDS + SCALE].astype(np.float32)
    found[WORDS] = (words * scale[:, None]).astype(np.float16)
    return found


def config(weights: Mapping[str, np.ndarray], *, layers: int) -> dict[str, object]:
    """The configuration that goes with the weights."""
    vocabulary, hidden = weights[WORDS].shape
    return {
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": int(hidden),
        "intermediate_size": int(weights["encoder.layer.0.intermediate.dense.bias"].shape[0]),
        "num_hidden_layers": layers,
        "num_attention_heads": 12,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": int(weights["embeddings.position_embeddings.weight"].shape[0]),
        "type_vocab_size": 2,
        "vocab_size": int(vocabulary),
        "pad_token_id": 0,
    }


def layers_of(weights: Mapping[str, np.ndarray]) -> int:
    """How many layers the weights have."""
    return 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))


def export(run: Path, tokenizer: Path, out: Path) -> None:
    """Writes ``config.json``, ``model.safetensors`` and ``tokenizer.json`` to ``out``."""
    from safetensors.numpy import load_file, save_file

    weights = load_file(run / "model.safetensors")
    out.mkdir(parents=True, exist_ok=True)
    save_file(packed(weights), out / "model.safetensors")
    described = config(weights, layers=layers_of(weights))
    (out / "config.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    shutil.copyfile(tokenizer, out / "tokenizer.json")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Exports a trained selector.")
    parser.add_argument("run", type=Path, help="folder with model.safetensors")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    export(given.run, given.tokenizer, given.out)


if __name__ == "__main__":
    main()
