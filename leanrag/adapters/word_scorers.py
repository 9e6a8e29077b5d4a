"""Which word scorer the settings ask for: the built-in one, or a model of LLMLingua's kinds."""

from collections.abc import Callable
from pathlib import Path

from leanrag.adapters.openvino.words import OpenVinoWordScorer
from leanrag.errors import ModelError
from leanrag.protocols import WordScorer
from leanrag.settings import CompressionSettings

BUILTIN_NAME = "leanrag-squeezer"
BUILTIN_FOLDER = Path(__file__).parents[1] / "models" / "squeezer"


def load_word_scorer(settings: CompressionSettings) -> WordScorer:
    """The scorer that the settings ask for; the model itself is read at first use.

    Raises:
        ModelError: the built-in model is not part of this installation.
    """
    if settings.squeezer == "builtin":
        if not (BUILTIN_FOLDER / "model.safetensors").is_file():
            raise ModelError(
                f"the built-in model for dropping words is not in {BUILTIN_FOLDER}; install "
                "leanrag from its package, set compression.squeezer to the folder of an "
                "LLMLingua-2 model, or set compression.mode to prune",
                service="squeezer",
            )
        return OpenVinoWordScorer(BUILTIN_NAME, BUILTIN_FOLDER)
    from leanrag.adapters.huggingface.llmlingua import (
        LLMLingua2Words,
        LLMLinguaWords,
        LongLLMLinguaWords,
    )

    methods: dict[str, Callable[[str], WordScorer]] = {
        "llmlingua2": LLMLingua2Words,
        "llmlingua": LLMLinguaWords,
        "longllmlingua": LongLLMLinguaWords,
    }
    return methods[settings.method](settings.squeezer)
