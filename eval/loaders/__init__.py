"""One module a data set; ``LOADERS`` names them as suites do, beside the package's own formats."""

from eval.loaders.clapnq import load_clapnq
from eval.loaders.financebench import load_financebench
from eval.loaders.locomo import load_locomo
from eval.loaders.mtrag import load_mtrag
from eval.loaders.qa import load_qa, load_xquad
from eval.loaders.qmsum import load_qmsum, load_qmsum_turns
from eval.loaders.tatqa import load_tatqa
from leanrag.evaluation.datasets import Loader
from leanrag.evaluation.loaders import FORMATS

SETS: dict[str, Loader] = {
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
}
LOADERS: dict[str, Loader] = {**SETS, **FORMATS}
