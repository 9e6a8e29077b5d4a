"""One module a format; ``LOADERS`` names them as suites do."""

from leanrag.evaluation.datasets import Loader
from leanrag.evaluation.loaders.beir import load_beir
from leanrag.evaluation.loaders.clapnq import load_clapnq
from leanrag.evaluation.loaders.financebench import load_financebench
from leanrag.evaluation.loaders.locomo import load_locomo
from leanrag.evaluation.loaders.mtrag import load_mtrag
from leanrag.evaluation.loaders.native import load_native
from leanrag.evaluation.loaders.qa import load_qa, load_xquad
from leanrag.evaluation.loaders.qmsum import load_qmsum, load_qmsum_turns
from leanrag.evaluation.loaders.squad import load_squad
from leanrag.evaluation.loaders.table import load_table
from leanrag.evaluation.loaders.tatqa import load_tatqa

LOADERS: dict[str, Loader] = {
    "cases": load_native,
    "squad": load_squad,
    "nq": load_qa,
    "cmrc": load_qa,
    "xquad": load_xquad,
    "clapnq": load_clapnq,
    "locomo": load_locomo,
    "qmsum": load_qmsum,
    "qmsum_turns": load_qmsum_turns,
    "mtrag": load_mtrag,
    "financebench": load_financebench,
    "tatqa": load_tatqa,
    "beir": load_beir,
    "csv": load_table,
}
