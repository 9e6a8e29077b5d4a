import pytest

from leanrag.evaluation.metrics import (
    AnswerFinder,
    answer_survives,
    compression_ratio,
    exact_match,
    first_gold_rank,
    ndcg_at,
    percentile,
    recall_at,
    span_overlap,
    text_overlap,
    token_f1,
)


@pytest.mark.parametrize(
    ("text", "answer", "language", "survives"),
    [
        ("It was the Eiffel Tower.", "eiffel tower", "en", True),
        ("It was the Eiffel Tower.", "Tower of Eiffel", "en", False),
        ("Capital expenditure was $1,577 million", "$1577.00", "en", True),
        ("in 2016", "2", "en", False),
        ("from the U.S. side", "US", "en", True),
        ("黑豹队的防守只丢了 308分", "308 分", "zh", True),
        ("黑豹队的防守", "豹 队", "zh", True),
        ("Ein großer GROSSER Hund", "grosser hund", "de", True),
        ("beim Bau der Mauer", "Bau Mauer", "de", True),
        ("the the", "the", "en", True),
        ("", "x", "en", False),
    ],
)
def test_an_answer_survives_normalised(
    text: str, answer: str, language: str, survives: bool
) -> None:
    assert answer_survives(text, [answer], language=language) is survives


def test_one_alternative_is_enough_but_all_its_parts_are_needed() -> None:
    finder = AnswerFinder([["red", "blue"], "green"])

    assert finder.found_in("a blue and a red one")
    assert finder.found_in("a green one")
    assert not finder.found_in("a blue one")


def test_answers_without_words_are_never_found() -> None:
    finder = AnswerFinder(["—", ""])

    assert not finder
    assert not finder.found_in("anything — at all")


def test_exact_match_and_f1_follow_squad() -> None:
    assert exact_match("The Wall.", ["wall"])
    assert not exact_match("The long wall", ["wall"])
    assert token_f1("the long wall", ["wall"]) == pytest.approx(2 / 3)
    assert token_f1("nothing", ["wall"]) == 0
    assert token_f1("wall", ["other", "the wall"]) == 1


def test_chinese_f1_counts_characters() -> None:
    assert token_f1("三百分", ["三百零八分"], language="zh") == pytest.approx(2 * 1 * 0.6 / 1.6)


def test_span_overlap_counts_words_that_lie_inside() -> None:
    texts = {"a": "one two three four five six", "b": "seven eight"}
    kept = {"a": [(0, 13)], "b": [(0, 11)]}
    evidence = {"a": [(8, 23)]}

    overlap = span_overlap(texts, kept, evidence)

    assert (overlap.shared, overlap.kept, overlap.evidence) == (1, 5, 3)
    assert overlap.recall == pytest.approx(1 / 3)
    assert overlap.precision == pytest.approx(1 / 5)
    assert overlap.iou == pytest.approx(1 / 7)


def test_text_overlap_needs_runs_of_words() -> None:
    evidence = "the quick brown fox jumps over the lazy dog"

    assert text_overlap("dog the lazy over fox the", [evidence]).recall == 0
    half = text_overlap("He wrote: the quick brown fox jumps. And so on.", [evidence])
    assert half.recall == pytest.approx(5 / 9)
    assert half.precision == pytest.approx(5 / 10)
    assert text_overlap(evidence, [evidence]).iou == 1


def test_text_and_span_overlap_agree_on_a_whole_sentence() -> None:
    text = "First comes this sentence here. Then comes the other sentence there."
    kept = text[32:]

    by_text = text_overlap(kept, [kept])
    by_span = span_overlap({"a": text}, {"a": [(32, len(text))]}, {"a": [(32, len(text))]})

    assert by_text.recall == by_span.recall == 1
    assert by_text.evidence == by_span.evidence


def test_ranking_metrics() -> None:
    ranking = ["x", "g1", "y", "g2"]

    assert recall_at(ranking, {"g1", "g2"}, 2) == 0.5
    assert recall_at(ranking, set(), 2) == 0
    assert first_gold_rank(ranking, {"g2", "g1"}) == 2
    assert first_gold_rank(ranking, {"z"}) is None
    assert ndcg_at(["g1", "g2"], {"g1": 1, "g2": 1}, 10) == 1
    assert ndcg_at(["g1", "g1", "g1"], {"g1": 1}, 10) == 1
    better, worse = (ndcg_at(order, {"g1": 3, "g2": 1}, 10) for order in (["g1"], ["g2"]))
    assert better > worse > 0


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [5.0, 1.0, 3.0, 2.0]

    assert percentile(values, 50) == 2.0
    assert percentile(values, 95) == 5.0
    assert percentile([], 50) == 0


def test_no_ratio_where_nothing_came_out() -> None:
    assert compression_ratio(100, 0) is None
    assert compression_ratio(100, 25) == 4
