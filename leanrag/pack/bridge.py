"""Lines that say nothing by themselves: braces, rules, dots.

They are never chosen, since they would only cost a mark and a heading; where what stands on both
sides of them is kept, they come along, since a gap mark would cost as much.
"""

from collections.abc import Sequence
from itertools import pairwise

from leanrag.text.speaking import speaks
from leanrag.types import Chunk, Kept


def bridge(chunks: Sequence[Chunk], kept: Kept) -> dict[int, list[int]]:
    """``kept`` with the silent sentences added that lie between two kept ones."""
    bridged: dict[int, list[int]] = {}
    for index, numbers in kept.items():
        ordered = sorted(numbers)
        whole = ordered[:1]
        for before, after in pairwise(ordered):
            between = range(before + 1, after)
            if not any(speaks(_sentence(chunks[index], number)) for number in between):
                whole.extend(between)
            whole.append(after)
        bridged[index] = whole
    return bridged


def _sentence(chunk: Chunk, number: int) -> str:
    start, end = chunk.sentences[number]
    return chunk.text[start - chunk.span[0] : end - chunk.span[0]]
