"""Masking and unmasking: nothing is lost, nothing is left, however a stream is cut."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.api.masking import unmask_stream
from leanrag.mask.detect import Detector
from leanrag.mask.masker import TextMasker

DETECTOR = Detector(("email", "phone", "card", "iban", "identity", "secret"), ("Falcon*",), ())

values = st.sampled_from(
    [
        "ann.lee@example.org", "zhang@example.cn", "13800138000", "+49 30 901820",
        "4111 1111 1111 1111", "11010519491231002X", "DE89370400440532013000", "Falcon9",
        "sk-proj-abc123DEF456ghi789JKL", "078-05-1120",
    ]
)  # fmt: skip
posing = st.sampled_from(
    ["<EMAIL_1>", "<email_2>", "PHONE_1", "<TEXT_1>", "&lt;CARD_1&gt;", "<SECRET_1", "EMAIL\\_1"]
)
words = st.sampled_from(
    ["the ", "请联系", "，电话", " and ", "\n", "(", ") ", "= ", "[1] ", "…", "是"]
)
anything = st.text(max_size=8)
texts = st.lists(st.one_of(values, posing, words, words, anything), max_size=12).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, max_size=4))
def test_masking_is_undone_exactly(parts: list[str]) -> None:
    masker = TextMasker(DETECTOR)
    for part in parts:
        masker.learn(part)
    for part in parts:
        masked = masker.mask(part)
        assert masker.mask(part) == masked
        back = masker.unmask(masked)
        # The same value written otherwise comes back as it was first written.
        assert back == part or _plain(back) == _plain(part)


@settings(max_examples=150, deadline=None)
@given(st.lists(texts, max_size=4))
def test_no_value_that_was_found_is_left(parts: list[str]) -> None:
    masker = TextMasker(DETECTOR)
    for part in parts:
        masker.learn(part)
    masked = [masker.mask(part) for part in parts]
    masker.check(masked)
    for part, sent in zip(parts, masked, strict=True):
        for found in DETECTOR.find(part):
            value = part[found.start : found.end]
            assert part.count(value) == 0 or value not in sent or found.kind == "word"


pieces_of_stand_ins = st.sampled_from(
    [
        "EMAIL", "_", "\\_", "1", "2", "<", ">", "&lt;", "&gt;", "<EMAIL_1>", "EMAIL_1", "<email_1",
        "the", " ", "，", "PHONE_", "CARD_1", "0", ".", "<PHONE_1 >", "＜", "＞", "-", "E", "EM",
    ]
)  # fmt: skip
answers = st.lists(pieces_of_stand_ins, max_size=9).map("".join)


@settings(max_examples=300, deadline=None)
@given(answers, st.lists(st.integers(0, 60), max_size=6))
def test_a_stream_is_unmasked_like_the_whole(answer: str, cuts: list[int]) -> None:
    masker = TextMasker(DETECTOR)
    masker.mask("ann.lee@example.org zhang@example.cn 13800138000 4111 1111 1111 1111")
    places = sorted({min(cut, len(answer)) for cut in cuts} | {0, len(answer)})
    pieces = [answer[a:b] for a, b in pairwise(places)]
    assert "".join(unmask_stream(pieces, masker.values)) == masker.unmask(answer)


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold().replace("86", "", 1)
