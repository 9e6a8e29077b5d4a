"""How well evidence is found: recall of each stage of the search over a pool of passages."""

from eval.retrieval.results import RetrievalResults, read_retrieval
from eval.retrieval.run import run_retrieval

__all__ = ["RetrievalResults", "read_retrieval", "run_retrieval"]
