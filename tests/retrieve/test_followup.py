"""A question in a conversation: what is carried over to it, and what becomes of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from leanrag.errors import LLMError, LLMUnavailableError
from leanrag.retrieve.blend import ANSWER_TERMS, USER_TERMS, Blend, blend, rewrite_entry
from leanrag.retrieve.followup import Wanted, as_asked, standalone
from leanrag.retrieve.question import query_terms
from leanrag.retrieve.rewrite import rewrite
from leanrag.text.bm25 import term_id
from leanrag.tokens import counter_for
from leanrag.trace import Stage
from leanrag.types import Completion, Message

HISTORY = [
    {"role": "user", "content": "What does autovacuum do?"},
    {"role": "assistant", "content": "It removes dead rows of updated tables."},
]
SUBJECTS = ("autovacuum", "tables", "holiday", "france")


class WordEmbedder:
    """Vectors over a few words: what shares a word is alike."""

    name, variant, dimensions, max_tokens = "words", "fp32", len(SUBJECTS) + 1, 100

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.embed_queries(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.array(
            [[float(word in text.lower()) for word in SUBJECTS] + [0.01] for text in texts]
        )
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def mixed(wanted: Wanted, languages: Sequence[str] = ("en",)) -> Blend:
    return blend(wanted, WordEmbedder(), languages)


def weight(found: Blend, word: str) -> float:
    return max(found.terms.get(number, 0.0) for number in query_terms(word))


def test_a_question_without_history_is_as_asked() -> None:
    for history in (None, [], [{"role": "assistant", "content": "Hello, ask me."}]):
        wanted = standalone("How often does it run?", history)
        assert wanted == as_asked("How often does it run?")
        assert wanted.turns == 0


def test_a_question_that_points_back_is_shown_with_the_one_before() -> None:
    wanted = standalone("How often does it run on a busy server?", HISTORY)
    assert wanted.leans
    assert wanted.text == "How often does it run on a busy server?\nWhat does autovacuum do?"
    assert wanted.question == wanted.asked == "How often does it run on a busy server?"


def test_a_question_that_stands_alone_is_shown_alone() -> None:
    wanted = standalone("Which lock does CREATE INDEX CONCURRENTLY take on tables?", HISTORY)
    assert not wanted.leans
    assert wanted.text == wanted.question == wanted.asked


def test_thanks_and_pictures_are_not_carried() -> None:
    history: list[dict[str, Any]] = [
        *HISTORY,
        {"role": "user", "content": "Oh, thanks!"},
        {"role": "assistant", "content": "You're welcome."},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]},
        {"role": "system", "content": "Be polite about autovacuum."},
        {"role": "tool", "content": "autovacuum_naptime = 1min"},
    ]
    wanted = standalone("How often does it run?", history)
    assert [one.text for one in wanted.carried] == [one["content"] for one in HISTORY]


def test_older_turns_weigh_less_and_the_oldest_are_left() -> None:
    history = [{"role": "user", "content": f"Question about subject{n}"} for n in range(9)]
    carried = standalone("And then?", history).carried
    assert [one.text[-1] for one in carried] == ["8", "7", "6", "5"]
    weights = [one.weight for one in carried]
    assert weights == sorted(weights, reverse=True)


def test_terms_of_the_question_weigh_most() -> None:
    found = mixed(standalone("How often does it run?", HISTORY))
    assert weight(found, "run") == 1.0
    assert weight(found, "autovacuum") == pytest.approx(USER_TERMS)
    assert weight(found, "dead") == pytest.approx(ANSWER_TERMS)
    again = mixed(standalone("How often does autovacuum run on it?", HISTORY))
    assert weight(again, "autovacuum") == 1.0


def test_the_vector_moves_towards_the_turns_where_the_question_leans_on_them() -> None:
    subject = WordEmbedder().embed_queries(["autovacuum"])[0]
    alone = mixed(as_asked("How often does it run?"))
    found = mixed(standalone("How often does it run?", HISTORY))
    assert found.strength == 1.0
    assert found.dense @ subject > alone.dense @ subject + 0.3
    assert np.linalg.norm(found.dense) == pytest.approx(1.0, abs=1e-5)


def test_a_new_subject_is_hardly_touched_by_the_turns_before() -> None:
    question = "Which public holiday do people in France celebrate on the fourteenth of July?"
    found = mixed(standalone(question, HISTORY))
    assert found.strength < 0.3
    assert found.dense @ mixed(as_asked(question)).dense > 0.95
    assert weight(found, "autovacuum") < 0.1
    # The same wording on the subject of the turns takes them in.
    same = mixed(standalone("Which tables does autovacuum visit on a quiet Sunday?", HISTORY))
    assert same.strength == 1.0


def test_in_a_language_that_the_model_does_not_know_shared_words_tell_the_subject() -> None:
    history = [{"role": "user", "content": "数据库的自动清理是做什么的？"}]
    same = mixed(standalone("数据库的自动清理在什么时候运行最合适？", history))
    other = mixed(standalone("法国人民在七月十四日庆祝哪一个节日？", history))
    assert other.strength < same.strength == 1.0
    leans = standalone("它多久运行一次？", history)
    assert leans.leans
    assert weight(mixed(leans), "自动清理") > 0


@pytest.mark.parametrize(
    ("question", "before"),
    [("¿Y en Madrid?", "¿Cuántos habitantes tiene la ciudad de Barcelona?"),
     ("Und in Wien?", "Wie viele Einwohner hat die Stadt Berlin?")],
)  # fmt: skip
def test_the_talk_tells_the_language_of_a_short_question(question: str, before: str) -> None:
    wanted = standalone(question, [{"role": "user", "content": before}])
    assert wanted.language in ("es", "de")
    assert wanted.leaning == 1.0


def test_the_trace_shows_what_was_searched_with() -> None:
    counter = counter_for("gpt-4o")
    wanted = standalone("How often does it run?", HISTORY)
    (entry,) = rewrite_entry(wanted, mixed(wanted), counter, Stage("rewrite"))
    assert entry.stage == "rewrite"
    assert (entry.items_in, entry.items_out) == (3, 3)
    assert entry.tokens_out > entry.tokens_in > 0
    assert "What does autovacuum do?" in entry.note
    assert "100%" in entry.note
    assert rewrite_entry(as_asked("x"), mixed(as_asked("x")), counter, Stage("rewrite")) == []


# ── by a model ──────────────────────────────────────────────────────────────────────────────────


class Writer:
    """A chat model that gives one text."""

    name, service = "writer", "https://models.example"

    def __init__(self, text: str | LLMError, finish_reason: str = "stop") -> None:
        self.text, self.finish_reason = text, finish_reason
        self.sent: list[Message] = []

    def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        self.sent = list(messages)
        if isinstance(self.text, LLMError):
            raise self.text
        return Completion(self.text, finish_reason=self.finish_reason)


def put(model: Writer, question: str = "How often does it run?") -> Wanted:
    return standalone(question, HISTORY, lambda text, before: rewrite(text, before, model))


@pytest.mark.parametrize(
    "given",
    [
        "How often does autovacuum run?",
        "  How often does autovacuum run?\n",
        '"How often does autovacuum run?"',
        "Standalone question: How often does autovacuum run?",
        "**Question:** How often does autovacuum run?",
    ],
)
def test_a_model_puts_the_question_in_words_that_stand_alone(given: str) -> None:
    wanted = put(Writer(given))
    assert wanted.question == wanted.text == "How often does autovacuum run?"
    assert wanted.asked == "How often does it run?"
    assert wanted.carried == ()
    assert "rewritten by the model" in wanted.note
    assert term_id("autovacuum") in mixed(wanted).terms


def test_the_model_sees_the_turns_and_the_question() -> None:
    model = Writer("How often does autovacuum run?")
    put(model)
    sent = str(model.sent[-1]["content"])
    for text in (*(turn["content"] for turn in HISTORY), "How often does it run?"):
        assert text in sent
    long = [{"role": "user", "content": "word " * 5000}] * 50
    rewrite("And?", long, model)
    assert len(str(model.sent[-1]["content"])) < 10_000


@pytest.mark.parametrize(
    "model",
    [
        Writer(""),
        Writer(" \n\n"),
        Writer('""'),
        Writer("?!"),
        Writer("word " * 400),
        Writer("Autovacuum runs every minute.\nIt can be set."),
        Writer("How often does autovacuum", finish_reason="length"),
        Writer(LLMUnavailableError("no answer within 60 s", service="s")),
    ],
)
def test_where_the_model_fails_the_rule_holds_and_the_trace_says_so(model: Writer) -> None:
    wanted = put(model)
    by_rule = standalone("How often does it run?", HISTORY)
    assert (wanted.question, wanted.text, wanted.carried) == (
        by_rule.question,
        by_rule.text,
        by_rule.carried,
    )
    (entry,) = rewrite_entry(wanted, mixed(wanted), counter_for("gpt-4o"), Stage("rewrite"))
    assert "no rewriting" in entry.note
