from leanrag.text.words import split_words


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in split_words(text)]


def test_words_keep_what_joins_their_parts() -> None:
    text = "don't pay 1,544.50 to state-of-the-art a/b std::sort or me@x.org, U.S."
    assert words(text) == [
        *("don't", "pay", "1,544.50", "to", "state-of-the-art", "a/b", "std::sort", "or"),
        *("me@x.org", ",", "U.S", "."),
    ]


def test_marks_stand_alone() -> None:
    assert words("(see [12]) – a--b!") == [
        *("(", "see", "[", "12", "]", ")", "–", "a", "-", "-", "b", "!"),
    ]


def test_unspaced_scripts_give_characters() -> None:
    assert words("他在iPhone上，第3章。") == [
        "他",
        "在",
        "iPhone",
        "上",
        "，",
        "第",
        "3",
        "章",
        "。",
    ]


def test_a_character_as_a_reader_sees_it_is_not_torn() -> None:
    family, flags = "\U0001f469\u200d\U0001f52c", "\U0001f1e9\U0001f1ea"
    assert words(f"e\u0301t\u00e9 {family}{flags} x \u0301y") == [
        *("e\u0301t\u00e9", family, flags, "x", " \u0301", "y"),
    ]
    assert words("\ud83d\ude00 \ud83d") == ["\ud83d\ude00", "\ud83d"]
    assert words("ที่นี่") == ["ที่", "นี่"]
