"""Lines that say nothing by themselves: braces, rules, dots.

They are never chosen, since they would only cost a mark and a heading; where what stands on both
sides of them is kept, they come along, since a gap mark would cost as much.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from leanrag.types import Chunk

_FEWEST_LETTERS = 2


def speaks(chunk: Chunk, sentence: int) -> bool:
    """Whether the sentence holds at least two letters or digits."""
    start, end = chunk.sentences[sentence]
    text = chunk.text[start - chunk.span[0] : end - chunk.span[0]]
    return sum(map(str.isalnum, text)) >= _FEWEST_LETTERS


def bridge(chunks: Sequence[Chunk], kept: Mapping[int, Sequence[int]]) -> dict[int, list[int]]:
    """``kept`` with the silent sentences added that lie between two kept ones."""
    bridged: dict[int, list[int]] = {}
    for index, numbers in kept.items():
        ordered = sorted(numbers)
        whole = ordered[:1]
        for before, after in pairwise(ordered):
            between = range(before + 1, after)
            if not any(speaks(chunks[index], number) for number in between):
                whole.extend(between)
            whole.append(after)
        bridged[index] = whole
    return bridged
