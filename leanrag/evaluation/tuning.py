"""What tuning found: records, the claim that the held-out part allows, and the files."""

import math
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal, TypeAlias

import numpy as np
import yaml
from numpy.typing import NDArray

from leanrag.errors import EvaluationError
from leanrag.evaluation.results import Estimate, Quality, Record
from leanrag.evaluation.search import Settled, Value
from leanrag.evaluation.statistics import FEWEST_DOCUMENTS, Resampler, proportion, wilson

TUNED_FILE = "tuned.yaml"
TUNING_FILE = "tuning.json"
_Z95 = NormalDist().inv_cdf(0.975)

Claim: TypeAlias = Literal["shown", "not shown", "refuted"]
"""What the held-out interval says of "keeps the asked share": all above, around, or below it."""


class Configuration(Record):
    """Settings of the axes at a budget."""

    settings: dict[str, Value]
    budget: int


class TrialRow(Record):
    """A trial; ``quality`` and ``tokens`` are sums over the ``cases`` that it was run on."""

    settings: dict[str, Value]
    budget: int
    settled: Settled
    cases: int
    quality: float
    tokens: float


class PartFigures(Record):
    """A configuration on one part: its share of the reference's quality, and its tokens."""

    documents: int
    share: Estimate
    quality: float
    tokens: Estimate


class TuningResults(Record):
    """All of ``tuning.json``.

    ``reference`` is None where the full context is it. ``start`` is the suite's own settings at
    the smallest budget that kept the quality on the tuning part, or at the largest where none did.
    """

    suite: str
    pipeline: str
    quality: Quality
    keep: float
    seed: int
    counts: Literal["context", "prompt"]
    reference: Configuration | None
    start: Configuration
    chosen: Configuration
    settings: dict[str, Any]
    tuning: PartFigures
    held_out: PartFigures
    start_held_out: PartFigures
    claim: Claim
    warning: str
    exhausted: bool
    trials: tuple[TrialRow, ...]
    code_sha256: str


def nested(settings: Mapping[str, Any], point: Mapping[str, Value]) -> dict[str, Any]:
    """``settings`` by section, with values named as ``section.setting`` put in."""
    values: dict[str, Any] = deepcopy(dict(settings))
    for name, value in point.items():
        section, setting = name.split(".")
        values[section] = {**(values.get(section) or {}), setting: value}
    return values


def share_interval(
    values: NDArray[np.float64], reference: NDArray[np.float64], draws: Resampler
) -> Estimate:
    """The share of the reference's quality that is kept, with its 95 % interval.

    Against a reference that keeps all it is a proportion, else the ratio of two means under the
    same draws of documents. Where no draw differs, Wilson's interval over the documents stands
    in for a spread that the bootstrap does not know.
    """
    if np.all(reference == 1) and np.isin(values, (0.0, 1.0)).all():
        return proportion(values > 0, draws)
    whole = float(reference.mean())
    if whole <= 0:
        return Estimate(value=0.0, low=0.0, high=1.0, n=values.size)
    value = float(values.mean()) / whole
    means = draws.means(np.column_stack([values, reference]))
    means = means[means[:, 1] > 0]
    low, high = (float(end) for end in np.quantile(means[:, 0] / means[:, 1], [0.025, 0.975]))
    if high - low < 1e-12:
        low = value * wilson(draws.documents, draws.documents).low
    return Estimate(value=value, low=min(low, value), high=max(high, value), n=values.size)


def claim_of(held_out: PartFigures, keep: float) -> tuple[Claim, str]:
    """What may be claimed, and the warning where it is less than what was asked for."""
    share = held_out.share
    seen = f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%}, n = {share.n})"
    if share.high < keep:
        return "refuted", f"on the held-out part it keeps only {seen}, not {keep:.1%}"
    if held_out.documents < FEWEST_DOCUMENTS:
        return "not shown", (
            f"the held-out part has only {held_out.documents} source documents, too few for a "
            f"claim: {seen}"
        )
    if share.low >= keep:
        return "shown", ""
    if keep >= 1:
        return "not shown", f"the held-out part keeps {seen}; no number of cases can show 100 %"
    needed = math.ceil(_Z95**2 * keep / (1 - keep))
    return "not shown", (
        f"the held-out part does not show that {keep:.1%} is kept: {seen}; "
        f"it takes at least {needed} independent cases, none of them lost"
    )


def configuration_text(results: TuningResults) -> str:
    """The configuration as YAML that ``Settings.load`` accepts, with what it rests on."""
    share, tokens = results.held_out.share, results.held_out.tokens
    lines = [
        f"Tuned on the suite {results.suite} to keep {results.keep:.1%} at the fewest tokens.",
        f"Held out (n = {share.n}): keeps {share.value:.1%} ({share.low:.1%} to {share.high:.1%})"
        f" in {tokens.value:,.0f} tokens ({tokens.low:,.0f} to {tokens.high:,.0f}).",
    ]
    if results.warning:
        lines.append(f"Warning: {results.warning}.")
    if results.counts == "context":
        lines.append(
            f"It is for a budget of {results.chosen.budget:,} tokens of context, which is given "
            "with each call."
        )
    if "chunking.max_tokens" in results.chosen.settings:
        lines.append("A store with other chunks has to be ingested anew.")
    body: str = yaml.safe_dump(results.settings, allow_unicode=True, sort_keys=False)
    return "".join(f"# {line}\n" for line in lines) + body


def write_tuning(results: TuningResults, folder: Path) -> None:
    """Writes ``tuned.yaml`` and ``tuning.json``. Raises ``EvaluationError``."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / TUNED_FILE).write_text(configuration_text(results), encoding="utf-8")
        (folder / TUNING_FILE).write_text(
            results.model_dump_json(indent=1) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise EvaluationError(f"{folder}: cannot be written: {error}") from error
