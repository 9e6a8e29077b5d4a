"""leanrag itself and the baselines over a corpus, with the real built-in model."""

from pathlib import Path

import pytest
import yaml

from leanrag.evaluation.cases import Case, parse_case
from leanrag.evaluation.pipelines.registry import REGISTRY, USUAL, build
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.records import CaseRecord, OutcomeRecord, read_case_records
from leanrag.evaluation.results import PipelineInfo, Results
from leanrag.evaluation.runner import run_suite

TOWERS = """\
# Towers

## Eiffel tower

The Eiffel tower was built in 1889. It is 330 metres tall. Many people visit it every year.

## Other towers

The leaning tower stands in Pisa. It leans by 3.97 degrees. The Shard is 310 metres tall.
"""
BRIDGES = """\
# Bridges

The Golden Gate Bridge opened in 1937. Its span is 1,280 metres long. It is painted orange.

Tower Bridge in London opened in 1894. It can be raised for ships.
"""
CASES = [
    {
        "id": "tall",
        "question": "How tall is the Eiffel tower?",
        "answers": ["330 metres"],
        "evidence": [{"source": "towers.md", "text": "It is 330 metres tall."}],
    },
    {
        "id": "follow-up",
        "question": "And how long is its span?",
        "answers": ["1,280 metres"],
        "history": [
            {"role": "user", "content": "When did the Golden Gate Bridge open?"},
            {"role": "assistant", "content": "In 1937."},
        ],
    },
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, list[CaseRecord]]:
    """One run of all usual pipelines over two small documents."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "docs").mkdir()
    (folder / "docs" / "towers.md").write_text(TOWERS, encoding="utf-8")
    (folder / "docs" / "bridges.md").write_text(BRIDGES, encoding="utf-8")
    suite = {"name": "corpus", "budgets": [20, 160, 400], "corpus": ["docs"], "cases": CASES}
    path = folder / "suite.yaml"
    path.write_text(yaml.safe_dump(suite), encoding="utf-8")
    results = run_suite(path, out=folder / "out")
    return results, list(read_case_records(folder / "out"))


def outcome(records: list[CaseRecord], case: int, name: str, budget: int | None) -> OutcomeRecord:
    return next(
        item for item in records[case].outcomes if (item.pipeline, item.budget) == (name, budget)
    )


def test_all_usual_pipelines_run_over_a_corpus(
    ran: tuple[Results, list[CaseRecord]],
) -> None:
    results, _ = ran

    assert {cell.pipeline for cell in results.cells} == set(USUAL["corpus"])
    assert all(cell.violations == 0 for cell in results.cells)
    assert results.run.budget_counts == "prompt"
    whole = results.cell("retrieved", None)
    assert whole is not None
    assert whole.survival is not None
    assert whole.survival.value == 1
    lean = results.cell("leanrag-prompt", 160)
    assert lean is not None
    assert lean.survival is not None
    assert lean.survival.value == 1
    stages = ["history", "rewrite", "retrieve", "rerank", "prune", "squeeze", "pack"]
    assert [row.stage for row in lean.stages] == stages


def test_a_prompt_that_cannot_fit_fails_and_breaks_no_budget(
    ran: tuple[Results, list[CaseRecord]],
) -> None:
    results, records = ran

    for name in ("leanrag-prompt", "retrieved-cut"):
        cell = results.cell(name, 20)
        assert cell is not None
        assert (cell.n, cell.failures, cell.violations) == (0, 2, 0)
        assert (outcome(records, 0, name, 20).error or "").startswith("BudgetError")


def test_kept_spans_slice_back_to_the_texts_found(
    ran: tuple[Results, list[CaseRecord]],
) -> None:
    _, records = ran
    seen = 0
    for record in records:
        for item in record.outcomes:
            texts = {candidate.id: candidate.text for candidate in item.candidates}
            for kept in item.kept:
                if kept.spans is not None:
                    assert all(0 <= a < b <= len(texts[kept.id]) for a, b in kept.spans)
                    seen += 1
    assert seen > 10
    lean = outcome(records, 0, "leanrag-prompt", 160)
    texts = {candidate.id: candidate.text for candidate in lean.candidates}
    kept = "".join(texts[item.id][a:b] for item in lean.kept for a, b in item.spans or ())
    assert "It is 330 metres tall." in kept


def test_evidence_is_found_by_its_document(ran: tuple[Results, list[CaseRecord]]) -> None:
    _, records = ran
    lean = outcome(records, 0, "leanrag-prompt", 160)

    assert lean.first_gold_rank == 1
    assert lean.evidence_recall == 1
    assert lean.candidates[0].source.endswith("towers.md")


# ── over the case's own contexts ────────────────────────────────────────────────────────────────


def closed_case() -> Case:
    contexts = [
        {"id": f"t{n}", "text": text, "title": title}
        for n, (title, text) in enumerate(
            [("Towers", TOWERS), ("Bridges", BRIDGES), ("Empty", ""), ("Cats", "Cats sleep a lot.")]
        )
    ]
    history = [
        {"role": "user", "content": "The tower is 330 metres tall.", "id": "h1"},
        {"role": "assistant", "content": "That is high.", "id": "h2"},
        {"role": "user", "content": "Cats sleep a lot. Dogs bark.", "id": "h3"},
        {"role": "assistant", "content": "I like cats.", "id": "h4"},
    ]
    values = {
        "id": "x",
        "question": "How tall is the Eiffel tower?",
        "answers": ["330 metres"],
        "contexts": contexts,
        "history": history,
    }
    made = parse_case(values, "test", 1)
    assert isinstance(made, Case)
    return made


@pytest.mark.parametrize("budget", [15, 40, 1000])
def test_compress_keeps_what_the_question_needs(budget: int, tmp_path: Path) -> None:
    bench = Workbench(folder=tmp_path)
    info = PipelineInfo(name="l", title="l", role="leanrag", options={"use": "leanrag"})

    made = build(info, bench).run(closed_case(), budget)

    assert made.tokens <= budget
    assert ("330 metres" in made.text) or budget < 40
    texts = {context.id: context.text for context in closed_case().contexts}
    for piece in made.kept:
        assert piece.text == "".join(texts[piece.id][a:b] for a, b in piece.spans or ())
    bench.close()


def test_condense_reports_the_turns_it_kept(tmp_path: Path) -> None:
    bench = Workbench(folder=tmp_path)
    entry = REGISTRY["leanrag-condense"]
    info = PipelineInfo(name="c", title="c", role=entry.role, options={"use": "leanrag-condense"})

    made = build(info, bench).run(closed_case(), 60)

    assert made.tokens <= 60
    assert {piece.id for piece in made.kept} <= {"h1", "h2", "h3", "h4"}
    assert made.kept
    kept = {piece.id for piece in made.kept}
    lost = {name for names in made.dropped.values() for name in names}
    assert kept | lost == {"h1", "h2", "h3", "h4"}
    bench.close()
