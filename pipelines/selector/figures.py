"""What a selector reaches on development groups: answers kept at a budget, evidence recall."""

from collections.abc import Sequence

import numpy as np

from pipelines.selector.arrays import IGNORED, POSITIVE, Groups

BUDGETS = {
    "nq": (64, 128),
    "xquad_en": (128, 256),
    "xquad_zh": (128,),
    "xquad_de": (128,),
    "xquad_es": (128,),
    "xquad_ru": (128,),
    "cmrc": (256,),
    "tatqa": (128,),
    "mtrag": (256,),
    "clapnq": (256,),
}
SHARE_OF_MEETING = 0.15
TOP = 10


def figures(groups: Groups, names: Sequence[str], scores: Sequence[np.ndarray]) -> dict[str, float]:
    """Means by set, in percent.

    Sets with budgets: questions with a kept sentence that holds the answer. ClapNQ: evidence kept.
    QMSum: relevant tokens in 15 % of the meeting. LoCoMo: questions with an evidence turn among
    the first ten.
    """
    found: dict[str, list[float]] = {}
    for group in range(len(groups)):
        name = names[groups.sets[group]]
        targets, tokens = groups.targets[group], groups.tokens[group].astype(int)
        good = targets == POSITIVE
        values = scores[group]
        if name == "locomo":
            best = np.argsort(-values, kind="stable")[:TOP]
            found.setdefault(f"{name} R@{TOP}", []).append(float(good[best].any()))
            continue
        if name == "qmsum":
            kept = fill(values, tokens, int(tokens.sum() * SHARE_OF_MEETING))
            share = tokens[kept & good].sum() / max(1, tokens[good].sum())
            found.setdefault(f"{name} 15%", []).append(float(share))
            continue
        for budget in BUDGETS[name]:
            kept = fill(values, tokens, budget)
            if name == "clapnq":
                if good.any():
                    found.setdefault(f"{name} {budget}", []).append(
                        float(good[kept].sum() / good.sum())
                    )
                continue
            held = good | (targets == IGNORED)
            if held.any():
                found.setdefault(f"{name} {budget}", []).append(float(held[kept].any()))
    return {key: round(100 * float(np.mean(row)), 1) for key, row in found.items()}


def fill(values: np.ndarray, tokens: np.ndarray, budget: int) -> np.ndarray:
    """The sentences kept when they are taken by falling score while they fit."""
    kept = np.zeros(len(values), dtype=bool)
    left = budget
    for place in np.argsort(-values, kind="stable"):
        if tokens[place] <= left:
            kept[place] = True
            left -= tokens[place]
    return kept
