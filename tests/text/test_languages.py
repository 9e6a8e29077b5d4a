import pytest

from leanrag.text.languages import STOP_WORDS, detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is the configuration file of the server?", "en"),
        ("Wann wurde die Universität gegründet?", "de"),
        ("¿Cuándo se fundó la universidad y quién la dirige?", "es"),
        ("Quand l'université a-t-elle été fondée et par qui ?", "fr"),
        ("Quando è stata fondata l'università e chi la dirige?", "it"),
        ("Wanneer werd de universiteit gesticht en wie was het?", "nl"),
        ("Quando foi fundada a universidade e quem é o reitor?", "pt"),
        ("Когда был основан университет?", "ru"),
        ("Коли було засновано університет і хто її очолює?", "uk"),
        ("大学是什么时候成立的？", "zh"),
        ("大学はいつ設立されましたか。", "ja"),
        ("대학교는 언제 설립되었습니까?", "ko"),
        ("متى تأسست الجامعة؟", "ar"),
        ("Πότε ιδρύθηκε το πανεπιστήμιο;", "el"),
        ("运行 PostgreSQL 时如何设置 max_connections 参数？", "zh"),
        ("Das Programm liest postgresql.conf und die Datei pg_hba.conf.", "de"),
    ],
)
def test_languages_by_script_and_function_words(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "42", "?!", "Barcelona", "pg_dump -Fc", "C", "Die Hard"])
def test_short_latin_text_in_doubt_is_english(text):
    assert detect_language(text) == "en"


def test_a_long_text_is_judged_by_its_middle_too():
    head = "Copyright notice. "
    assert detect_language(head + "这是一本关于数据库的书。" * 5000) == "zh"


def test_stop_words_hold_question_words():
    assert {"who", "what"} <= STOP_WORDS["en"]
    assert {"wer", "wann"} <= STOP_WORDS["de"]
    assert {"quién", "cuándo"} <= STOP_WORDS["es"]
    assert {"кто", "когда"} <= STOP_WORDS["ru"]
    assert {"什么", "谁"} <= STOP_WORDS["zh"]
    for words in STOP_WORDS.values():
        assert all(word == word.casefold() or word == "daß" for word in words)
