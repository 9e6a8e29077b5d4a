import pytest

from leanrag.errors import BudgetError, EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import Outcome
from leanrag.evaluation.pipelines.registry import REGISTRY, USUAL
from leanrag.evaluation.pipelines.workbench import Workbench
from tests.evaluation.builders import case_of, pipeline

TOPICS = ["rivers flow", "cats sleep", "stars shine", "trains run", "bread rises"]


def case(**more: object) -> Case:
    contexts = [
        {
            "id": f"c{n}",
            "title": topic.split()[0],
            "text": f"Some {topic} all day. In truth the {topic} for {n + 2} hours. Nobody knows "
            f"why they do. Here are more words about the {topic.split()[0]}.",
        }
        for n, topic in enumerate(TOPICS)
    ]
    question = "How long do the stars shine?"
    return case_of(**{"id": "x", "question": question, "contexts": contexts, **more})


def run(name: str, bench: Workbench, budget: int | None, **more: object) -> Outcome:
    return pipeline(name, bench).run(case(**more), budget)


CLOSED = ["bm25", "dense", "rrf", "truncation", "random-sentences", "random-words"]


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("budget", [1, 7, 20, 60, 10_000])
def test_no_closed_pipeline_breaks_its_budget_or_changes_a_text(
    name: str, budget: int, bench: Workbench
) -> None:
    outcome = run(name, bench, budget)

    assert outcome.tokens == bench.counter.count(outcome.text) <= budget
    texts = {context.id: context.text for context in case().contexts}
    for piece in outcome.kept:
        assert piece.spans is not None
        assert piece.text == "".join(texts[piece.id][a:b] for a, b in piece.spans)


@pytest.mark.parametrize("name", CLOSED)
def test_a_large_budget_keeps_everything(name: str, bench: Workbench) -> None:
    outcome = run(name, bench, 10_000)

    assert outcome.tokens == outcome.tokens_in
    assert {piece.id for piece in outcome.kept} == {"c0", "c1", "c2", "c3", "c4"}
    assert outcome.dropped == {}


@pytest.mark.parametrize("name", ["bm25", "dense", "rrf"])
def test_ranked_pipelines_send_the_best_passage_first(name: str, bench: Workbench) -> None:
    outcome = run(name, bench, 30)

    assert outcome.ranking[0] == "c2"
    assert [piece.id for piece in outcome.kept] == ["c2"]
    assert outcome.dropped["budget"] == ("c0", "c1", "c3", "c4")


def test_truncation_keeps_the_given_order(bench: Workbench) -> None:
    outcome = run("truncation", bench, 40)

    assert [piece.id for piece in outcome.kept] == ["c0", "c1"]
    assert outcome.kept[1].text
    assert case().contexts[1].text.startswith(outcome.kept[1].text)


@pytest.mark.parametrize("name", ["random-sentences", "random-words"])
def test_random_deletion_is_seeded_and_uses_its_budget_up(name: str, bench: Workbench) -> None:
    first, again = (run(name, bench, 60) for _ in range(2))

    assert first.text == again.text
    assert first.tokens > 40
    assert run(name, bench, 60, id="other").text != first.text


def test_the_full_context_is_the_measure(bench: Workbench) -> None:
    outcome = run("full", bench, None)

    assert outcome.tokens == outcome.tokens_in == bench.tokens_of(case())
    assert outcome.prompt_tokens > outcome.tokens


def test_where_prompts_are_counted_the_whole_prompt_fits(bench: Workbench) -> None:
    prompts = Workbench(folder=bench.folder, budget_counts="prompt")
    for name in ("truncation", "random-words"):
        outcome = run(name, prompts, 100)
        assert outcome.tokens == outcome.prompt_tokens <= 100
        assert outcome.tokens == prompts.counter.count_messages(outcome.messages)
        assert outcome.context_tokens > 20


def test_a_prompt_that_cannot_fit_is_refused_and_not_broken(bench: Workbench) -> None:
    prompts = Workbench(folder=bench.folder, budget_counts="prompt")

    with pytest.raises(BudgetError):
        run("truncation", prompts, 10)


def test_passages_are_embedded_once(bench: Workbench) -> None:
    for _ in range(3):
        run("dense", bench, 30)

    assert bench.embedder.embedded == 5  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "count"), [("llamaindex", 2), ("langchain", 4)])
def test_frameworks_send_their_nearest_chunks_whole(
    name: str, count: int, bench: Workbench
) -> None:
    outcome = run(name, bench, None)
    texts = {context.id: context.text for context in case().contexts}

    assert len(outcome.kept) == count
    assert outcome.kept[0].id == "c2"
    for piece in outcome.kept:
        assert piece.spans is not None
        assert piece.text == "".join(texts[piece.id][a:b] for a, b in piece.spans)
    assert outcome.prompt_tokens > outcome.context_tokens + 40
    assert "How long do the stars shine?" in str(outcome.messages[-1]["content"])


def test_llamaindex_optimizer_keeps_the_nearer_sentences(bench: Workbench) -> None:
    whole, cut = run("llamaindex", bench, None), run("llamaindex-optimizer", bench, None)

    assert cut.text != whole.text
    assert "stars shine for 4 hours" in cut.text
    assert all(piece.spans is None for piece in cut.kept if piece.text not in whole.text)


def test_langchain_filter_drops_far_pieces(bench: Workbench) -> None:
    strict = pipeline("langchain-filter", bench, piece_size=40, similarity_threshold=0.5)
    outcome = strict.run(case(), None)

    assert 0 < outcome.context_tokens < run("langchain", bench, None).context_tokens
    assert "stars shine" in outcome.text


@pytest.mark.parametrize("name", ["llmlingua2", "longllmlingua"])
def test_llmlingua_says_what_it_needs(name: str, bench: Workbench) -> None:
    with pytest.raises(EvaluationError, match=r"options\.model"):
        run(name, bench, 50)


def test_the_usual_pipelines_are_registered_and_say_what_they_are() -> None:
    for kind, names in USUAL.items():
        assert all(kind in REGISTRY[name].kinds for name in names)
        roles = {REGISTRY[name].role for name in names}
        assert {"leanrag", "baseline", "control", "reference"} == roles
    assert all(entry.description.endswith(".") for entry in REGISTRY.values())
