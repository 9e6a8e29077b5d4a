from collections.abc import Mapping
from dataclasses import replace

from leanrag.compress.join import join
from leanrag.compress.pieces import Piece, pieces_of, weight_left
from leanrag.compress.squeeze import squeeze
from leanrag.text.sentences import split_sentences
from leanrag.text.words import split_words
from leanrag.tokens import counter_for
from leanrag.types import Cuts, Passage, Span, Word

COUNTER = counter_for("gpt-4o")


def joined(text: str, *dropped: str) -> str:
    """What is left when the named words go."""
    words = [Word(a, b, 1.0) for a, b in split_words(text)]
    kept = [text[word.start : word.end] not in dropped for word in words]
    return "".join(text[a:b] for a, b in join(text, (0, len(text)), words, kept))


def pieces(text: str, keep: Mapping[str, float], values: Mapping[int, float]) -> list[Piece]:
    passage = Passage("a", text, tuple(split_sentences(text)))
    words = [Word(a, b, keep.get(text[a:b], 0.5)) for a, b in split_words(text)]
    return pieces_of(0, passage, words, values=values)


def squeezed(
    text: str, target: int, *, least: float = 0.0, values: Mapping[int, float] | None = None,
    **keep: float,
) -> tuple[str, Cuts]:  # fmt: skip
    def shown(cuts: Cuts) -> str:
        spans: list[Span] = [span for key in sorted(cuts) for span in cuts[key]]
        return "".join(text[a:b] for a, b in spans)

    sentences = len(split_sentences(text))
    worth = values or dict.fromkeys(range(sentences), 1.0)
    found = squeeze(
        pieces(text, keep, worth), lambda cuts: COUNTER.count(shown(cuts)), target, least=least
    )
    assert COUNTER.count(shown(found)) <= target
    return shown(found), found


def test_kept_words_read_as_text() -> None:
    assert joined("The old bridge was closed.", "old") == "The bridge was closed."
    assert joined("The old bridge was closed.", "closed") == "The old bridge was."
    assert joined("A dog, which barked, ran.", "which", "barked") == "A dog,, ran."
    assert joined("They (the old ones) left.", "the", "old") == "They (ones) left."
    assert joined("They (the ones) left.", "ones") == "They (the) left."
    assert joined("one two  three", "two") == "one three"
    assert joined("one\ntwo three", "two") == "one\nthree"
    assert joined("one two ", "two") == "one "
    assert joined("one", "one") == ""


def test_no_word_is_made_that_was_not_there() -> None:
    assert joined("rain—sun—snow", "sun", "—") == "rain—snow"
    assert joined("iPhone和iPad", "和") == "iPhone和iPad"
    assert joined("第3章4节", "章") == "第3章4节"
    assert joined("二十，三十", "，") == "二十，三十"
    assert joined("他去了北京。", "了", "北") == "他去京。"


def test_the_least_telling_words_go() -> None:
    text = "The committee of the village approved the new bridge."
    left, _ = squeezed(text, 5, The=0.1, of=0.1, the=0.1, village=0.3, new=0.4)
    assert left == "committee approved new bridge."


def test_everything_stays_where_it_fits() -> None:
    text = "The committee approved it. It paid $5."
    assert squeezed(text, 100)[0] == text


def test_protected_words_outlive_better_ones() -> None:
    text = "The committee did not approve the 12 million dollars."
    low = dict.fromkeys(("not", "approve", "12", "million"), 0.0)
    left, _ = squeezed(text, 6, **low)
    assert "not approve" in left
    assert "12 million" in left


def test_a_sentence_whose_protected_words_do_not_fit_goes_whole() -> None:
    text = "The bridge opened on 27 May 1937 at 06:00. People walked over it."
    left, found = squeezed(text, 8, values={0: 1.0, 1: 0.5})
    assert "1937" not in left
    assert len(found) <= 1


def test_sentences_of_little_value_go_first_and_words_of_them() -> None:
    text = "The river is deep and cold. The bridge is red and long."
    left, _ = squeezed(text, 9, least=0.2, values={0: 1.0, 1: 0.2})
    first, _, second = left.partition(". ")
    assert len(first.split()) >= 5
    assert 1 <= len(second.split()) <= 2


def test_a_sentence_keeps_its_least_share_or_goes() -> None:
    text = "The river is deep and cold here. The bridge is red and long there."
    left, found = squeezed(text, 9, least=0.9, values={0: 1.0, 1: 0.9})
    assert len(found) == 1
    assert "bridge" not in left


def test_a_sentence_that_would_show_a_forged_number_is_left_whole() -> None:
    text = "Room 12 holds some 300 of the old books."
    left, _ = squeezed(text, 9, **{"holds": 0.0, "some": 0.0, "of": 0.0, "the": 0.0})
    assert "12 300" not in left


def test_only_the_wanted_sentences_take_part() -> None:
    text = "One river. Two bridges. Three boats."
    assert squeezed(text, 50, values={1: 1.0})[0] == "Two bridges. "


def test_rigid_passages_keep_every_word() -> None:
    text = "let the value be the sum of both"
    passage = Passage("a", text, ((0, len(text)),))
    words = [Word(a, b, 0.5) for a, b in split_words(text)]
    given = pieces_of(0, passage, words, values={0: 1.0}, rigid=True)
    assert all(given[0].fixed)
    assert squeeze(given, lambda cuts: 8 if cuts else 0, 7, least=0.1) == {}


def test_weight_left_is_the_share_of_the_kept_weights() -> None:
    [piece] = pieces("old bridge closed", {"old": 0.2, "bridge": 0.6, "closed": 0.2}, {0: 1.0})
    assert weight_left(piece, [piece.span]) == 1.0
    assert abs(weight_left(piece, [(4, 10)]) - 0.6) < 1e-9


def test_protected_words_are_looked_for_afterwards() -> None:
    """Where the marks of what stays were wrong, the sentence stays whole or goes."""
    [piece] = pieces("The bridge opened in 1937 to all traffic.", {"1937": 0.0}, {0: 1.0})
    assert piece.protected
    unmarked = replace(piece, fixed=(False,) * len(piece.words))
    for target in range(12):
        found = squeeze([unmarked], lambda cuts: len(_shown(cuts, piece).split()), target, least=0)
        assert _shown(found, piece) in ("", piece.text)


def _shown(cuts: Cuts, piece: Piece) -> str:
    return "".join(piece.text[a:b] for spans in cuts.values() for a, b in spans)


def test_brackets_go_or_stay_together() -> None:
    text = "The bridge (which the town had built) was red, and (so they say) long."
    for target in range(1, 20):
        left, _ = squeezed(text, target, **{"(": 0.7, ")": 0.2, "bridge": 0.9, "red": 0.8})
        assert left.count("(") == left.count(")")


def test_the_end_of_a_sentence_stays() -> None:
    left, _ = squeezed("The bridge of the town was red (or so).", 5, **{".": 0.0, ")": 0.0})
    assert left.endswith(".")
