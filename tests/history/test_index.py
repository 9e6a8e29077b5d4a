"""The shortlist of a long conversation."""

import numpy as np

from leanrag.history.index import Question, TurnIndex
from leanrag.history.messages import validate
from leanrag.text.bm25 import term_counts
from leanrag.text.terms import terms
from tests.history.parts import WordEmbedder, assistant, call, result, user

EMBEDDER = WordEmbedder()


def index_of(messages: list[dict[str, object]]) -> TurnIndex:
    index = TurnIndex(EMBEDDER.dimensions)
    for turn in validate(messages):
        vectors = EMBEDDER.embed_documents([turn.text]) if turn.text.strip() else []
        index.add(turn, term_counts(terms(turn.text)), list(vectors))
    return index


def question(text: str, trust: float = 1.0) -> Question:
    return Question(EMBEDDER.embed_queries([text])[0], term_counts(terms(text)), trust)


def filler(count: int) -> list[dict[str, object]]:
    return [user(f"Remark {n} about the weather of day {n}.") for n in range(count)]


def test_the_turn_that_bears_on_the_question_is_found_with_its_neighbours() -> None:
    chat = [*filler(60), user("I adopted a parrot."), assistant("What is it called?"), *filler(60)]
    found = index_of(chat).shortlist(question("Who adopted a parrot?"), limit=20, newest=4)
    assert {59, 60, 61} <= set(found.positions)
    assert set(range(118, 122)) <= set(found.positions)
    assert len(found.positions) <= 22
    assert list(found.positions) == sorted(found.positions)


def test_words_find_what_the_embedder_is_not_trusted_with() -> None:
    chat = [*filler(60), user("Der Papagei heißt Kiwi."), *filler(60)]
    found = index_of(chat).shortlist(question("Papagei", 0.0), limit=12, newest=2)
    assert 60 in found.positions


def test_instructions_at_the_start_are_always_there() -> None:
    chat = [{"role": "system", "content": "Be brief."}, *filler(100)]
    found = index_of(chat).shortlist(question("weather of day 50"), limit=10, newest=2)
    assert found.positions[0] == 0


def test_a_call_and_its_results_stay_together() -> None:
    calls = assistant(None, tool_calls=[call("a", "parrot"), call("b", "parrot")])
    chat = [*filler(50), calls, result("a", "parrot found"), result("b", "none"), *filler(50)]
    found = index_of(chat).shortlist(question("parrot found"), limit=8, newest=2)
    assert {50, 51, 52} <= set(found.positions)
    for newest in range(1, 4):
        chat = [*filler(50), calls, result("a"), result("b")]
        found = index_of(chat).shortlist(question("weather"), limit=8, newest=newest)
        assert {50, 51, 52} <= set(found.positions)


def test_nearness_tells_a_question_about_the_conversation_from_another() -> None:
    chat = [user("I adopted a parrot called Kiwi in March."), *filler(30)]
    index = index_of(chat)
    near = index.shortlist(question("I adopted a parrot called Kiwi"), limit=10, newest=2)
    far = index.shortlist(question("zygote entropy"), limit=10, newest=2)
    assert near.nearness > far.nearness + 0.1


def test_a_short_conversation_is_taken_whole_and_an_empty_one_is_nothing() -> None:
    chat = [user("a"), assistant(""), user("b")]
    assert index_of(chat).shortlist(question("zzz"), limit=10, newest=1).positions == (0, 1, 2)
    assert index_of([]).shortlist(question("zzz"), limit=10, newest=1).positions == ()


def test_scores_are_those_of_the_plain_formula() -> None:
    from leanrag.adapters.rank_bm25 import RankBM25Scorer

    texts = [str(message["content"]) for message in filler(20)] + ["day day day weather", "rain"]
    index = index_of([user(text) for text in texts])
    asked = "weather of day 7"
    scores = index._bm25(term_counts(terms(asked)))
    oracle = RankBM25Scorer().score(terms(asked), [terms(text) for text in texts])
    np.testing.assert_allclose(scores, oracle, rtol=1e-5)
