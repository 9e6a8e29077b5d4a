"""What is found, in running text of several languages, and what is left alone."""

import time

import pytest

from leanrag.mask.detect import Detector

KINDS = ("email", "phone", "card", "iban", "identity", "secret", "ip")
DETECTOR = Detector(KINDS, (), ())


def found(text: str, detector: Detector = DETECTOR) -> list[tuple[str, str]]:
    return [(value.kind, text[value.start : value.end]) for value in detector.find(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("Mail john.doe@example.org.", "email", "john.doe@example.org"),
        ("请发邮件到zhang_san@example.com.cn联系", "email", "zhang_san@example.com.cn"),
        ("Schreib an jürgen@müller.de!", "email", "jürgen@müller.de"),
        ("jane [at] example [dot] com", "email", "jane [at] example [dot] com"),
        ("Ring +49 30 901820, bitte", "phone", "+49 30 901820"),
        ("(555) 234-5678 works", "phone", "(555) 234-5678"),
        ("手机号13800138000，谢谢", "phone", "13800138000"),
        ("电话：１３８００１３８０００", "phone", "１３８００１３８０００"),
        ("座机010-12345678转801。", "phone", "010-12345678转801"),
        ("拨打400-123-4567", "phone", "400-123-4567"),
        ("call 0086 138 0013 8000", "phone", "0086 138 0013 8000"),
        ("телефон 8 (495) 123-45-67", "phone", "8 (495) 123-45-67"),
        ("teléfono: 612 345 678", "phone", "612 345 678"),
        ("appelez le 01 23 45 67 89", "phone", "01 23 45 67 89"),
        ("Tel. 089 / 12 34 56 78", "phone", "089 / 12 34 56 78"),
        ("card 4111 1111 1111 1111 exp 12/27", "card", "4111 1111 1111 1111"),
        ("Amex 378282246310005", "card", "378282246310005"),
        ("卡号6222021234567890128已绑定", "card", "6222021234567890128"),
        ("IBAN DE89 3704 0044 0532 0130 00 bitte", "iban", "DE89 3704 0044 0532 0130 00"),
        ("gb29nwbk60161331926819", "iban", "gb29nwbk60161331926819"),
        ("身份证号11010519491231002X。", "identity", "11010519491231002X"),
        ("身份证：110105491231002", "identity", "110105491231002"),
        ("SSN 078-05-1120", "identity", "078-05-1120"),
        ("mi DNI 12345678Z", "identity", "12345678Z"),
        ("NIE X1234567L", "identity", "X1234567L"),
        ("Steuer-ID 86 095 742 719", "identity", "86 095 742 719"),
        ("NI number AB 12 34 56 C", "identity", "AB 12 34 56 C"),
        ("身分證A123456789", "identity", "A123456789"),
        ("HKID A123456(3)", "identity", "A123456(3)"),
        ("RSSMRA85T10A562S", "identity", "RSSMRA85T10A562S"),
        ("key sk-proj-abc123DEF456ghi789JKL", "secret", "sk-proj-abc123DEF456ghi789JKL"),
        ("AKIAIOSFODNN7EXAMPLE is it", "secret", "AKIAIOSFODNN7EXAMPLE"),
        ("password: Tr0ub4dor&3x", "secret", "Tr0ub4dor&3x"),
        ("密码是Abc12345xyz，", "secret", "Abc12345xyz"),
        ("postgres://me:hunter2x@db/x", "secret", "hunter2x"),
        ("Authorization: Bearer a8F3k2L9q0Zx7Vb1", "secret", "a8F3k2L9q0Zx7Vb1"),
        ("from 10.1.2.3 today", "ip", "10.1.2.3"),
        ("at 2001:db8::1 and", "ip", "2001:db8::1"),
    ],
)
def test_values_are_found_whole(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM t WHERE id = 12345678901234567890",
        "version 15.2.10, released 2023-02-09 at 12:34:56 +02:00",
        "0.13800138000 and 13800138000.5 are numbers",
        "1,000,000,000 rows in 1234567 ms; 0x12345678; 3.14159265358979",
        "card 4111 1111 1111 1112 has a wrong last digit",
        "身份证号110105194912310021",
        "12345678A is no DNI",
        "the password is required; token: identifier; secret = os.environ['KEY']",
        "password=<your_password> or ${PASSWORD} or ********",
        "git commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "127.0.0.1 and ::1 are this machine; 999.1.1.1 is none",
        "user@localhost, @Override, a@b",
        "550e8400-e29b-41d4-a716-446655440000",
        "ISBN 978-3-16-148410-0",
        "pg_catalog.pg_class@1",
    ],
)
def test_other_numbers_and_words_are_left_alone(text: str) -> None:
    assert found(text) == []


PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n"
    "MIIEpAIBAAKCAQEA\nabcd1234==\n-----END RSA PRIVATE KEY-----"
)


@pytest.mark.parametrize(
    "block",
    [
        PEM,
        PEM.replace("\n", "\\n"),
        PEM.replace("\n\n", " ").replace("\n", " "),
        PEM.split("\n\n")[1],
        PEM[: PEM.index("\nabcd")],
    ],
)
def test_a_private_key_is_found_also_in_part(block: str) -> None:
    assert found(f"Before.\n{block}\nAfter this, text goes on.") == [("secret", block)]


def test_characters_that_nobody_sees_hide_nothing() -> None:
    text = "call 138\u200b0013\u200b8000 now"
    assert found(text) == [("phone", "138\u200b0013\u200b8000")]


def test_own_words_are_literal_and_wildcards_bounded() -> None:
    own = Detector((), ("Project Falcon", "ACME-*", "猎鹰计划", "a.c", "x?z1"), ())
    text = "project  falcon, ACME-x99, 启动猎鹰计划吧, abc, a.c, xyz1, MACME-2, Project Falcons"
    assert found(text, own) == [
        ("word", "project  falcon"),
        ("word", "ACME-x99"),
        ("word", "猎鹰计划"),
        ("word", "a.c"),
        ("word", "xyz1"),
    ]


def test_what_is_kept_is_not_found() -> None:
    lenient = Detector(KINDS, (), ("*@example.com", "+1 555*"))
    assert found("a@example.com, b@example.org", lenient) == [("email", "b@example.org")]


def test_values_that_overlap_are_one() -> None:
    text = "https://me:pa55word@mail.example.org"
    assert found(text) == [("secret", "pa55word@mail.example.org")]


@pytest.mark.parametrize(
    "text",
    [
        "1" * 20_000, "1 " * 10_000, "+1 " * 8_000, "a@" * 10_000, "a." * 10_000 + "@",
        "-----BEGIN PRIVATE KEY-----\n" * 800, "-----END PRIVATE KEY-----\n" * 800,
        "A" * 20_000, "token=" * 4_000, "eyJ." * 5_000,
        "(0" * 10_000, "<EMAIL_" * 3_000, "DE89 " * 5_000, "://a:" * 5_000, "AAAA\n" * 5_000,
        "tel " * 5_000, "\u200b" * 20_000, "sk-" * 8_000,
    ],
)  # fmt: skip
def test_hostile_texts_take_time_in_proportion(text: str) -> None:
    def seconds(piece: str) -> float:
        best = 10.0
        for attempt in range(2):
            start = time.process_time()
            DETECTOR.find(piece + "." * attempt)
            best = min(best, time.process_time() - start)
        return best

    # Four times the text may take four times as long, not sixteen; the sum hides what is too
    # quick to be measured.
    assert seconds(text) < 10 * seconds(text[: len(text) // 4]) + 0.1
