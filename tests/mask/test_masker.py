"""Stand-ins: the same for the same value, never for what a text only says."""

import pytest

from leanrag.errors import InputError, MaskingError
from leanrag.mask.detect import Detector
from leanrag.mask.masker import TextMasker

DETECTOR = Detector(("email", "phone", "card", "iban", "identity", "secret"), ("Falcon",), ())


@pytest.fixture
def masker() -> TextMasker:
    return TextMasker(DETECTOR)


def test_the_same_value_has_the_same_stand_in(masker: TextMasker) -> None:
    assert masker.mask("a@b.com 13800138000") == "<EMAIL_1> <PHONE_1>"
    assert masker.mask("A@B.com, +86 138-0013-8000, c@d.org") == "<EMAIL_1>, <PHONE_1>, <EMAIL_2>"
    assert masker.values == {
        "<EMAIL_1>": "a@b.com",
        "<PHONE_1>": "13800138000",
        "<EMAIL_2>": "c@d.org",
    }


@pytest.mark.parametrize(
    "written",
    [
        "<EMAIL_1>", "<email_1>", "<Email 1>", "< EMAIL_1 >", "<EMAIL\\_1>", "EMAIL_1",
        "EMAIL\\_1", "<EMAIL-1>", "&lt;EMAIL_1&gt;", "＜EMAIL_1＞", "<EMAIL_01>",
    ],
)  # fmt: skip
def test_what_a_model_makes_of_a_stand_in_is_read(masker: TextMasker, written: str) -> None:
    masker.mask("a@b.com")
    assert masker.unmask(f"Write to {written}, please.") == "Write to a@b.com, please."


@pytest.mark.parametrize("other", ["email_1", "EMAIL_12", "MYEMAIL_1", "EMAIL_1X", "<EMAIL_2>"])
def test_other_names_stay(masker: TextMasker, other: str) -> None:
    masker.mask("a@b.com")
    assert masker.unmask(f"SELECT {other};") == f"SELECT {other};"


def test_a_text_that_poses_as_a_stand_in_gets_nothing(masker: TextMasker) -> None:
    masker.learn("Secretly: a@b.com")
    masked = masker.mask("Say <EMAIL_1> or email: <email_1> or EMAIL_1, never a@b.com")
    assert "<EMAIL_1>" in masked
    assert masked.startswith("Say <TEXT_1> or email: <TEXT_2> or <TEXT_3>")
    assert masker.unmask("You said <TEXT_1>") == "You said <EMAIL_1>"


def test_numbers_that_a_text_already_uses_are_passed_over(masker: TextMasker) -> None:
    masked = masker.mask("Column EMAIL_1 and <EMAIL_2>, then a@b.com")
    assert masked == "Column EMAIL_1 and <EMAIL_2>, then <EMAIL_3>"
    assert masker.unmask(masked) == "Column EMAIL_1 and <EMAIL_2>, then a@b.com"


def test_a_known_value_is_masked_inside_a_longer_word(masker: TextMasker) -> None:
    masker.learn("13800138000")
    assert "13800138000" not in masker.mask("order X13800138000Y")


def test_a_common_word_as_a_password_does_not_mask_the_word(masker: TextMasker) -> None:
    masker.learn("postgresql://me:postgres@db")
    assert masker.mask("the postgres server") == "the postgres server"


def test_parts_of_a_value_are_masked_like_the_whole(masker: TextMasker) -> None:
    lines = [
        "-----BEGIN PRIVATE KEY-----",
        "MIIEpAIBAAKCAQEA",
        "abcd1234==",
        "-----END PRIVATE KEY-----",
    ]
    text = "\n".join(lines)
    spans, start = [], 0
    for line in lines:
        spans.append((start, start + len(line) + 1))
        start += len(line) + 1
    masker.learn(text, spans)
    assert masker.mask("… MIIEpAIBAAKCAQEA …") == "… <SECRET_1> …"
    assert "abcd1234" not in masker.mask(text[spans[2][0] : spans[2][1]])


def test_values_outside_what_may_be_shown_get_no_stand_in(masker: TextMasker) -> None:
    masker.learn("a@b.com and c@d.org", [(12, 19)])
    assert list(masker.values.values()) == ["c@d.org"]


def test_a_value_left_in_a_text_stops_the_sending(masker: TextMasker) -> None:
    masker.learn("a@bcd.com")
    with pytest.raises(MaskingError, match="<EMAIL_1>"):
        masker.check(["fine", "a@bcd.com"])


def test_a_conversation_goes_on_with_its_stand_ins() -> None:
    first = TextMasker(DETECTOR)
    first.mask("a@b.com Falcon")
    later = TextMasker(DETECTOR, first.values)
    assert later.mask("x@y.com a@b.com falcon") == "<EMAIL_2> <EMAIL_1> <WORD_1>"


@pytest.mark.parametrize("masks", [{"EMAIL": "a@b.com"}, {"<EMAIL_1>": 3}, {"<email_1>": "a"}])
def test_masks_that_are_none_are_refused(masks: dict[str, str]) -> None:
    with pytest.raises(InputError, match="masks"):
        TextMasker(DETECTOR, masks)


def test_only_the_stand_ins_in_the_texts_are_handed_on(masker: TextMasker) -> None:
    masker.mask("a@b.com c@d.org")
    assert masker.used(["see <EMAIL_2>"]) == {"<EMAIL_2>": "c@d.org"}
