import pytest

from eval.lexical_oracle import LexicalOracle, kendall_tau


def test_tau_counts_pairs_in_the_same_order() -> None:
    first = {"a": 4.0, "b": 3.0, "c": 2.0, "d": 1.0}
    assert kendall_tau(first, first) == 1.0
    assert kendall_tau(first, {name: -score for name, score in first.items()}) == -1.0
    assert kendall_tau(first, {"a": 4, "b": 3, "c": 1, "d": 2}) == pytest.approx(4 / 6)


def test_ties_leave_the_norm_of_their_side() -> None:
    # Five pairs are ordered on both sides, one on the first alone: 5 / sqrt(6 · 5).
    first = {"a": 4.0, "b": 3.0, "c": 2.0, "d": 1.0}
    assert kendall_tau(first, {"a": 3, "b": 3, "c": 2, "d": 1}) == pytest.approx(5 / 30**0.5)
    assert kendall_tau({"a": 1.0}, {"a": 2.0}) == 1.0
    assert kendall_tau({}, {}) == 1.0


def test_the_oracle_leaves_out_what_holds_no_term() -> None:
    oracle = LexicalOracle({"a": ["x", "y"], "b": ["x"], "c": ["z"], "d": ["x", "x", "q"]})
    best = oracle.best(["x"], 2)
    assert list(best) == ["b", "d"] or list(best) == ["d", "b"]
    assert min(best.values()) > 0, "a term of most texts counts little, and never against them"
    assert "c" not in oracle.best(["x"], 9)
