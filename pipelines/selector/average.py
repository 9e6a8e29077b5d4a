"""Averages selectors that were trained from one start, and keeps the better of mean and best.

The mean of the weights generalises better than each of them (model soups, Wortsman et al., 2022,
https://arxiv.org/abs/2203.05482). Runs must share the start of their new layers, as
``pipelines.selector.train`` gives it whatever its seed.

    python -m pipelines.selector.average --arrays build/selector --out build/selector/final RUN...
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from pipelines.selector.arrays import Groups
from pipelines.selector.figures import figures
from pipelines.selector.model import Selector, load, save
from pipelines.selector.train import score


def main() -> None:
    """Writes ``model.safetensors`` and ``figures.json`` to ``--out``."""
    parser = argparse.ArgumentParser(description="Averages trained selectors.")
    parser.add_argument("runs", type=Path, nargs="+", help="folders with model.safetensors")
    parser.add_argument("--arrays", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=6)
    given = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tune = Groups(given.arrays / "tune.npz")
    names = json.loads((given.arrays / "manifest.json").read_text(encoding="utf-8"))["sets"]
    models = []
    for run in given.runs:
        model = Selector(_vocabulary(run / "model.safetensors"), layers=given.layers)
        load(model, run / "model.safetensors")
        models.append(model)
    mean = Selector(_vocabulary(given.runs[0] / "model.safetensors"), layers=given.layers)
    states = [model.state_dict() for model in models]
    mean.load_state_dict(
        {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    )
    scores = {
        name: score(model.to(device), tune, device)
        for name, model in zip([*map(str, given.runs), "mean"], [*models, mean], strict=True)
    }
    found = {name: figures(tune, names, values) for name, values in scores.items()}
    best = max(found, key=lambda name: float(np.mean(list(found[name].values()))))
    given.out.mkdir(parents=True, exist_ok=True)
    chosen = mean if best == "mean" else models[[*map(str, given.runs)].index(best)]
    save(chosen, given.out / "model.safetensors")
    np.save(given.out / "tune_scores.npy", np.concatenate(scores[best]).astype(np.float32))
    (given.out / "figures.json").write_text(json.dumps({"best": best, "tune": found}, indent=1))
    print(json.dumps({"best": best, "tune": found}))


def _vocabulary(file: Path) -> int:
    from safetensors import safe_open

    with safe_open(file, "np") as stored:
        return int(stored.get_slice("embeddings.word_embeddings.weight").get_shape()[0])


if __name__ == "__main__":
    main()
