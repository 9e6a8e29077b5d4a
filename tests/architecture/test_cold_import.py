"""What an import and a look at the help may load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("torch", "transformers", "sentence_transformers", "unstructured", "llama_index"),
    *("qdrant_client", "qdrant_edge", "llmlingua", "tiktoken", "tokenizers", "rank_bm25"),
    *("spacy", "numpy", "lxml", "nltk", "openai", "onnxruntime", "openvino", "pypdfium2"),
)
NEVER = tuple(name for name in HEAVY if name not in ("numpy", "lxml"))
"""What a command that computes nothing may not load either."""


def loaded_by(program: str) -> set[str]:
    """The top-level modules that are loaded when a program is done."""
    code = f"import json, sys\n{program}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return {name.split(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


@pytest.mark.parametrize(
    "program",
    [
        "import leanrag",
        "from leanrag.cli import main; main(['--help'])",
        "from leanrag.cli import main; main(['query', '--help'])",
        "from leanrag.cli import main; main(['--version'])",
    ],
)
def test_nothing_heavy_is_loaded(program: str) -> None:
    assert loaded_by(program).isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "program",
    [
        "import leanrag; leanrag.LeanRAG('./nowhere')",
        "import leanrag; leanrag.Settings()",
        "from leanrag import compress, condense",
    ],
)
def test_making_an_object_loads_no_model_library(program: str) -> None:
    assert loaded_by(program).isdisjoint(NEVER)
