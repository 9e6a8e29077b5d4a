"""BM25 of the embedded store ranks as rank-bm25 does over the same tokens, as the store grows."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from pydoc_data.topics import topics

import pytest

from eval.lexical_oracle import LexicalOracle, kendall_tau
from leanrag.protocols import Store
from leanrag.text.bm25 import term_counts
from leanrag.text.terms import terms
from leanrag.types import SearchRequest
from tests.contracts.engines import EdgeEngine
from tests.store_samples import Written, document, ram_folder

DATA = Path(os.environ.get("LEANRAG_DATA", Path(__file__).parents[5] / "shared" / "data"))
SHORT = {f"short{n}": text[:300] for n, text in enumerate(list(topics.values())[:40])}
LONG = {f"long{n}": text[:4000] for n, text in enumerate(list(topics.values())[40:75])}
CHINESE = {
    "zh0": "数据库的索引可以加快查询的速度，但是会减慢写入的速度。",
    "zh1": "查询优化器根据统计信息选择执行计划。max_connections 的默认值是 100。",
    "zh2": "北京是中华人民共和国的首都，人口超过两千万。",
    "zh3": "写入数据之前，先写预写日志，保证数据库的持久性。",
}
QUESTIONS = [
    "how is an augmented assignment evaluated",
    "what does the with statement do with an exception",
    "string formatting of numbers with a precision",
    "which operators compare objects, and what is the order of evaluation",
    "__getattr__ and attribute access",
    "the scope of names in a class",
    "import a module from a package",
    "数据库的查询速度",
    "max_connections 默认值是多少？",
]


def made(texts: dict[str, str]) -> list[Written]:
    """Documents of one chunk each, with the terms of the product."""
    found = []
    for name, text in texts.items():
        whole, chunks = document(name, text)
        found.append((whole, [replace(one, terms=term_counts(terms(text))) for one in chunks]))
    return found


def agreement(store: Store, texts: dict[str, str], questions: Sequence[str]) -> list[float]:
    """Kendall's tau over the oracle's 50 best, a question."""
    oracle = LexicalOracle({name: terms(text) for name, text in texts.items()})
    taus = []
    for question in questions:
        wanted = oracle.best(terms(question), 50)
        assert len(wanted) > 1
        request = SearchRequest(None, term_counts(terms(question)), limit=200)
        found = {hit.source: hit.score for hit in store.search(request).lexical}
        taus.append(
            kendall_tau(
                {name: round(score, 4) for name, score in wanted.items()},
                {name: round(found.get(name, 0.0), 4) for name in wanted},
            )
        )
    return taus


def test_the_ranking_is_that_of_the_oracle_while_the_mean_length_grows() -> None:
    everything = {**SHORT, **LONG, **CHINESE}
    with ram_folder() as folder, EdgeEngine(folder) as engine:
        store = engine.open()
        store.write(made(SHORT))
        store.optimize()
        # The words of the questions are rare among so few short texts: two rank something.
        first = [
            q
            for q in QUESTIONS
            if len(
                LexicalOracle({name: terms(text) for name, text in SHORT.items()}).best(
                    terms(q), 50
                )
            )
            > 1
        ]
        assert len(first) >= 5
        assert min(agreement(store, SHORT, first)) >= 0.95
        store.write(made({**LONG, **CHINESE}))
        before = agreement(store, everything, QUESTIONS)
        store.optimize()
        after = agreement(store, everything, QUESTIONS)
        assert min(after) >= 0.95
        # Weights made with the mean length of the short texts rank the long ones otherwise.
        assert sum(before) < sum(after)
        store.close()
        # The mean length is the store's own: another process goes on with it.
        again = engine.open()
        assert not again.optimize()
        assert min(agreement(again, everything, QUESTIONS)) >= 0.95
        gone = [record.id for record in again.records() if record.source.startswith("short")]
        again.delete(gone)
        again.optimize()
        assert min(agreement(again, {**LONG, **CHINESE}, QUESTIONS)) >= 0.95


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not (DATA / "qa").is_dir(), reason="needs the evaluation data")
@pytest.mark.parametrize(("name", "language"), [("xquad_zh", "zh"), ("xquad_de", "de")])
def test_the_ranking_is_that_of_the_oracle_on_public_sets(name: str, language: str) -> None:
    from eval.bench.lexical import measured

    found = measured(DATA / "qa" / f"{name}.jsonl.gz", language, 50)
    assert found["lowest"] >= 0.95
    assert found["before optimize"] < found["tau"]
