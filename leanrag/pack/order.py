"""The order in which the evidence stands in the prompt.

Models read the beginning and the end of a long context better than its middle ("Lost in the
Middle", https://arxiv.org/abs/2307.03172). The parts of one document always stand together, in
their own order: they read as one text, and its title is sent once.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from leanrag.types import Hit, Kept

Order: TypeAlias = Literal["best_first", "best_last", "both_ends", "document"]


def reading_order(hits: Sequence[Hit], kept: Kept, order: Order = "best_first") -> list[int]:
    """The numbers of the hits of which something is kept, as they stand in the prompt.

    Args:
        hits: best first; a document is as good as its best hit.
        kept: kept sentence numbers by hit number.
        order: ``both_ends`` has the best document first, the second last, the third second and
            so on; ``document`` goes by the documents' sources.
    """
    documents: dict[str, list[int]] = {}
    for index, hit in enumerate(hits):
        if kept.get(index):
            documents.setdefault(hit.chunk.document_id, []).append(index)
    groups = [
        sorted(group, key=lambda index: hits[index].chunk.ordinal) for group in documents.values()
    ]
    if order == "best_last":
        groups.reverse()
    elif order == "both_ends":
        groups = groups[::2] + groups[1::2][::-1]
    elif order == "document":
        groups.sort(key=lambda group: (hits[group[0]].source, hits[group[0]].chunk.document_id))
    return [index for group in groups for index in group]
