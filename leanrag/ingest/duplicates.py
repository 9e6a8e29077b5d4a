"""Finds the documents of a collection that are copies, or nearly so, from their records."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from leanrag.text.sketch import resemblance, values
from leanrag.types import DocumentRecord, Duplicates, NearDuplicates

_LEAST = 0.8
_SMALL_BUCKET = 16
"""Above this size only neighbours are compared: groups are joined through them anyway."""


def find_duplicates(records: Iterable[DocumentRecord]) -> Duplicates:
    """The groups of documents with the same text, and of those with nearly the same.

    Copies stand in the second only by the first of them. Groups and sources are ordered.
    """
    by_text: dict[str, list[DocumentRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.source):
        by_text[record.content_hash].append(record)
    copies = tuple(
        tuple(record.source for record in group) for group in by_text.values() if len(group) > 1
    )
    return Duplicates(copies, tuple(_near([group[0] for group in by_text.values()])))


def _near(records: Sequence[DocumentRecord]) -> Iterator[NearDuplicates]:
    sketches = [values(record.sketch) for record in records]
    parent = list(range(len(records)))
    lowest = [1.0] * len(records)

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for a, b in sorted(_candidates(sketches)):
        share = resemblance(sketches[a], sketches[b])
        if share >= _LEAST:
            first, second = sorted((root(a), root(b)))
            parent[second] = first
            lowest[first] = min(lowest[first], lowest[second], share)
    groups: dict[int, list[str]] = defaultdict(list)
    for number, record in enumerate(records):
        groups[root(number)].append(record.source)
    for number, sources in groups.items():
        if len(sources) > 1:
            yield NearDuplicates(tuple(sources), round(lowest[number], 2))


def _candidates(sketches: Sequence[tuple[int, ...]]) -> set[tuple[int, int]]:
    buckets: dict[int, list[int]] = defaultdict(list)
    for number, sketched in enumerate(sketches):
        for value in sketched:
            buckets[value].append(number)
    pairs: set[tuple[int, int]] = set()
    for bucket in buckets.values():
        small = len(bucket) <= _SMALL_BUCKET
        pairs.update(combinations(bucket, 2) if small else pairwise(bucket))
    return pairs
