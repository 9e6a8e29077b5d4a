"""compress and condense: verbatim, in order, never over the budget."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import leanrag
from leanrag.errors import InputError
from leanrag.tokens import counter_for

SENTENCES = (
    "The bridge opened to traffic in 1937.",
    "它在1937年通车。",
    "Tolls are paid by plate, not in cash.",
    "  ",
    "Мост открыт в 1937 году.",
    "x" * 90,
    "🙂🙃 emoji!",
    "\n\n",
)
texts = st.lists(st.lists(st.sampled_from(SENTENCES), max_size=5).map(" ".join), max_size=5)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(given_texts=texts, budget=st.integers(1, 150))
def test_compress_is_verbatim_and_fits(given_texts: list[str], budget: int) -> None:
    kept = leanrag.compress("When did the bridge open?", given_texts, budget=budget)
    joined = "\n\n".join(text.text for text in kept.texts)
    assert counter_for("gpt-4o").count(joined) == kept.tokens["out"] <= budget
    assert [int(text.id) for text in kept.texts] == sorted(int(text.id) for text in kept.texts)
    for text in kept.texts:
        original = given_texts[int(text.id)]
        assert text.text == "".join(original[a:b] for a, b in text.spans)
        assert text.text.strip()
        assert list(text.spans) == sorted(text.spans)


def test_compress_keeps_the_answer() -> None:
    filler = "The museum sells tickets online. It is closed on Mondays. Dogs must wait outside."
    given_texts = [
        {"id": "a", "title": "Museum", "text": filler},
        {"id": "b", "title": "Golden Gate Bridge", "text": " ".join([SENTENCES[0], SENTENCES[2]])},
    ]
    kept = leanrag.compress("When did the bridge open to traffic?", given_texts, budget=12)
    assert [(text.id, text.text) for text in kept.texts] == [("b", SENTENCES[0])]


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ([3], r"texts\[0\]"),
        ([{"id": "a"}], r"texts\[0\].text"),
        ([{"text": "x", "title": 3}], "title"),
    ],
)
def test_compress_names_what_is_wrong(texts: list[object], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        leanrag.compress("why?", texts, budget=10)  # type: ignore[arg-type]


def test_condense_keeps_what_the_question_needs() -> None:
    history = [
        {"id": "t1", "role": "user", "content": "My sister Ana moved to Lisbon in March."},
        {"id": "t2", "role": "assistant", "content": "I hope that she likes it there."},
        *(
            {"id": f"f{i}", "role": "user", "content": f"Tell me joke number {i}."}
            for i in range(30)
        ),
        {"id": "t9", "role": "user", "content": "Good night."},
    ]
    short = leanrag.condense(history, question="Which city did Ana move to?", budget=60)
    assert "t1" in short.kept_ids
    assert short.covered_ids == ()
    assert counter_for("gpt-4o").count_messages(short.messages) == short.tokens["out"] <= 60


@pytest.mark.parametrize("given_texts", [[], [""], ["  ", "\n"]])
def test_nothing_in_gives_nothing_out(given_texts: list[str]) -> None:
    kept = leanrag.compress("When did the bridge open?", given_texts, budget=50)
    assert (kept.texts, kept.tokens["out"]) == ((), 0)
