"""Asks ``unstructured`` which paragraphs of a plain text are titles, without the network.

unstructured counts sentences and looks for verbs with spaCy's ``en_core_web_sm``, which it
downloads where it is missing. There a small in-process pipeline takes its place: spaCy's English
tokenizer, its rule-based sentence splitter, and tags by rule.
"""

import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_MODEL = "en_core_web_sm"
_MAX_CHARACTERS = 4000
_lock = threading.Lock()
_ready = False


def text_kinds(paragraphs: Sequence[str]) -> list[str]:
    """The category that ``partition_text`` gives to each paragraph, "" where it gives none."""
    prepare()
    from unstructured.partition.text import partition_text

    lines = [" ".join(paragraph[:_MAX_CHARACTERS].split()) for paragraph in paragraphs]
    filled = [number for number, line in enumerate(lines) if len(line) > 1]
    parts = partition_text(
        text="\n".join(lines[number] for number in filled),
        paragraph_grouper=False,
        languages=[""],
    )
    kinds = [""] * len(lines)
    if len(parts) == len(filled):
        for number, part in zip(filled, parts, strict=True):
            kinds[number] = part.category
    return kinds


def prepare() -> None:
    """Makes unstructured ready to run offline: no telemetry, no notice, no download."""
    global _ready
    with _lock:
        if _ready:
            return
        # unstructured reports its use when it is imported, unless these are set by then
        os.environ.setdefault("DO_NOT_TRACK", "true")
        os.environ.setdefault("SCARF_NO_ANALYTICS", "true")
        os.environ.setdefault("UNSTRUCTURED_DISABLE_NOTICE", "1")
        import spacy
        from unstructured.nlp import tokenize
        from unstructured.partition import text_type

        if not spacy.util.is_package(_MODEL):
            tokenize._get_nlp = _stand_in
            text_type.pos_tag = _tags
        _ready = True


@lru_cache(maxsize=1)
def _stand_in() -> Any:
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    return pipeline


def _tags(text: str) -> list[tuple[str, str]]:
    """A verb where the text ends like a sentence: all that unstructured asks of the tags."""
    ends = text.rstrip().endswith((".", "!", "?", ":", ";", "。", "！", "？"))
    return [(text, "VB" if ends else "NN")]
