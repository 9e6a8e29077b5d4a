"""The formats that own cases come in, one module each; ``FORMATS`` names them as suites do."""

from leanrag.evaluation.datasets import Loader
from leanrag.evaluation.loaders.beir import load_beir
from leanrag.evaluation.loaders.native import load_native
from leanrag.evaluation.loaders.squad import load_squad
from leanrag.evaluation.loaders.table import load_table

FORMATS: dict[str, Loader] = {
    "cases": load_native,
    "csv": load_table,
    "squad": load_squad,
    "beir": load_beir,
}
