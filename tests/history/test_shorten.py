"""What is too long keeps the lines that matter."""

import pytest

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.history.messages import validate
from leanrag.history.shorten import GAP, shorten, shorten_turns
from leanrag.tokens import OpenAICounter
from tests.history.parts import WordCounter, assistant, call, result, user

COUNTER = OpenAICounter("o200k_base")
LOG = "\n".join(
    ["time level message", *(f"12:{n:02} INFO all is well with part {n}" for n in range(60))]
    + ["13:00 ERROR the pump of part 7 has failed", "13:01 INFO stopping part 7"]
    + [f"14:{n:02} INFO all is quiet in part {n}" for n in range(60)]
)


def cut(text: str, question: str, max_tokens: int) -> str:
    return shorten(text, question, max_tokens, counter=COUNTER, lexical=RankBM25Scorer())


def test_the_lines_that_bear_on_the_question_stay_with_the_head() -> None:
    short = cut(LOG, "Why did the pump fail?", 80)
    assert COUNTER.count(short) <= 80
    assert "13:00 ERROR the pump of part 7 has failed" in short.splitlines()
    assert short.splitlines()[0] == "time level message"
    assert GAP in short.splitlines()


def test_every_line_stands_verbatim_and_in_order() -> None:
    kept = [line for line in cut(LOG, "quiet part 12", 200).splitlines() if line != GAP]
    lines = LOG.splitlines()
    places = [lines.index(line) for line in kept]
    assert places == sorted(places)
    assert len(kept) > 4


def test_without_a_word_in_common_both_ends_stay() -> None:
    kept = cut(LOG, "zygote", 120).splitlines()
    assert kept[0] == "time level message"
    assert kept[-1] == LOG.splitlines()[-1]


def test_what_fits_stays_as_it_is() -> None:
    assert cut("one\n\n  two \n", "x", 50) == "one\n\n  two \n"


@pytest.mark.parametrize(
    "text",
    [
        "a" * 300_000,
        "word " * 60_000,
        '{"a": 1, "b": [1,2,3]},' * 20_000,
        "\n" * 50_000,
        "的" * 99_999,
    ],
    ids=["letters", "words", "json", "blank", "chinese"],
)
def test_text_without_lines_is_cut_too(text: str) -> None:
    assert COUNTER.count(cut(text, "b", 100)) <= 100


def test_a_result_gets_a_share_and_the_call_stays() -> None:
    calls = assistant(None, tool_calls=[call("c", arguments='{"part": 7}')])
    turns = validate([user("Look at the log."), calls, result("c", LOG)])
    messages, shortened = shorten_turns(
        turns, "pump", 200, counter=WordCounter(), lexical=RankBM25Scorer()
    )
    assert shortened == 1
    assert messages[1]["tool_calls"] == calls["tool_calls"]
    assert messages[2]["tool_call_id"] == "c"
    assert WordCounter().count(messages[2]["content"]) <= 50
    assert "has failed" in messages[2]["content"]
    assert [message["id"] for message in messages] == ["turn-0", "turn-1", "turn-2"]


def test_parts_of_a_content_are_cut_one_by_one() -> None:
    parts = [{"type": "text", "text": LOG}, {"type": "image_url", "image_url": {"url": "http://a"}}]
    turns = validate([user(parts, time="8 May")])
    (message,), shortened = shorten_turns(
        turns, "pump", 100, counter=COUNTER, lexical=RankBM25Scorer()
    )
    assert shortened == 1
    assert message["time"] == "8 May"
    assert message["content"][1]["text"] == "[image: http://a]"
    assert sum(COUNTER.count(part["text"]) for part in message["content"]) <= 100
