"""Fails where a figure fell by more than its interval, or where a budget was broken.

    python eval/check.py runs/today                # every suite under runs/today
    python eval/check.py runs/today eval/baselines

Both arguments are folders with a sub-folder for each suite that holds its results.json.
"""

import sys
from pathlib import Path

from leanrag.errors import EvaluationError
from leanrag.evaluation.compare import compare
from leanrag.evaluation.results import RESULTS_FILE, Results, read_results


def problems_of(name: str, new: Results, committed: Results | None) -> list[str]:
    """What is wrong with one suite's new results, one line each."""
    ours = {info.name for info in new.pipelines if info.role == "leanrag"}
    found = [
        f"{name}: {cell.pipeline} broke its budget of {cell.budget} in {cell.violations} cases"
        for cell in new.cells
        if cell.pipeline in ours and cell.violations
    ]
    if committed is None:
        return found
    comparison = compare(committed, new)
    found += [
        f"{name}: {figure.pipeline} at {figure.budget}: {figure.metric} fell from "
        f"{100 * figure.a:.1f} to {100 * figure.b:.1f} % "
        f"({100 * figure.low:+.1f} to {100 * figure.high:+.1f}, n = {figure.n})"
        for figure in comparison.worse
        if figure.pipeline in ours
    ]
    found += [
        f"{name}: {tokens.pipeline} needs more tokens at 95: {tokens.a} before, {tokens.b} now"
        for tokens in comparison.tokens_at_95
        if tokens.pipeline in ours
        and (tokens.verdict == "worse" or (tokens.a is not None and tokens.b is None))
    ]
    return found


def main(arguments: list[str]) -> int:
    """0 where all is well, 1 where something fell, 2 where there is nothing to check."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    runs = Path(arguments[0])
    baselines = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).parent / "baselines"
    suites = sorted(path.parent.name for path in runs.glob(f"*/{RESULTS_FILE}"))
    if not suites:
        print(f"{runs}: there is no sub-folder with a {RESULTS_FILE}", file=sys.stderr)
        return 2
    found: list[str] = []
    for name in suites:
        committed = baselines / name / RESULTS_FILE
        try:
            before = read_results(committed) if committed.is_file() else None
            found += problems_of(name, read_results(runs / name), before)
        except EvaluationError as error:
            found.append(f"{name}: {error}")
        print(f"{name}: {'compared' if committed.is_file() else 'no committed results'}")
    print("\n".join(found) or "No figure fell by more than its interval; no budget was broken.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
