"""leanrag's own case files, YAML or JSON Lines."""

import heapq
from collections.abc import Iterator
from pathlib import Path

from leanrag.evaluation.cases import Case, Row, iter_cases
from leanrag.evaluation.datasets import Dataset, LoadOptions, existing, split_of
from leanrag.evaluation.pool import seeded


def load_native(path: Path, options: LoadOptions) -> Dataset:
    """The cases of a file, one at a time; a limit costs a second pass, not memory."""
    existing(path)

    def selected() -> Iterator[Row]:
        for row in iter_cases(path):
            if (
                not isinstance(row, Case)
                or options.split == "all"
                or split_of(row.document) == options.split
            ):
                yield row

    def rows() -> Iterator[Row]:
        if options.limit is None:
            yield from selected()
            return
        names = (row.id for row in selected() if isinstance(row, Case))
        drawn = heapq.nsmallest(
            options.limit, names, key=lambda name: seeded(name, seed=options.seed)
        )
        wanted = set(drawn)
        for row in selected():
            if not isinstance(row, Case) or row.id in wanted:
                yield row

    return Dataset(rows, (path,))
