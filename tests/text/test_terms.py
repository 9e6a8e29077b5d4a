import threading

import pytest

from leanrag.text.terms import terms


@pytest.mark.parametrize(
    ("question", "text", "language"),
    [
        ("How are queries cancelled?", "Cancelling a query takes a signal.", "en"),
        ("Wie viele Häuser?", "Das Haus steht leer.", "de"),
        ("¿Cuántas canciones cantó?", "La canción fue un éxito.", "es"),
        ("Combien de chevaux courent ?", "Un cheval courait.", "fr"),
        ("В каких городах?", "Это большой город.", "ru"),
        ("黑豹队的防守丢了多少分？", "黑豹队的防守只丢了308分", "zh"),
        ("東京の人口は？", "東京都は日本の首都", "ja"),
        ("서울의 인구", "서울은 한국의 수도", "ko"),
        ("how does max_connections work", "Set maxConnections in the file.", "en"),
        ("--max-connections", "max_connections (integer)", "en"),
        ("postgresql.conf", "The file postgresql.conf, in the data folder.", "en"),
        ("join paths", "Use os.path.join for this.", "en"),
        ("json", "The module JSONDecoder", "en"),
        ("maxConnections", "see server.limits.max_connections", "en"),
        ("1544 dollars", "It cost 1,544 dollars.", "en"),
        ("15 GB", "at least 15GB of memory", "en"),
        ("Rontgen", "Wilhelm Conrad Röntgen", "en"),
        ("Python 3.11", "since version 3.11.2", "en"),
        ("US population", "the population of the U.S.", "en"),
        ("C++ standard", "written in C++.", "en"),
        ("Panthers defence", "the Panthers' defense and the panther’s claws", "en"),
    ],
)
def test_question_and_text_share_terms(question, text, language):
    assert set(terms(question, language)) & set(terms(text, language))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("os.path.join", ["os.path.join", "os", "path", "join"]),
        ("os.join_all", ["os.join_all", "os", "joinal", "join", "all"]),
        ("__init__", ["__init__", "init"]),
        ("--dry-run", ["--dry-run", "dryrun", "dri", "run"]),
        ("C++ and C#", ["c++", "c#"]),
        ("std::vector", ["std::vector", "std", "vector"]),
        ("BSkyB-Sport", ["bskybsport", "bskyb", "sky", "sport"]),
        ("1,544.50", ["1544.50"]),
        ("1,2,3", ["1", "2", "3"]),
        ("3.11.2", ["3.11.2", "3.11"]),
        ("2022-01-15", ["2022-01-15", "2022", "01", "15"]),
        ("19th 1990s", ["19", "1990"]),
        ("ＰｏｓｔｇｒｅＳＱＬ", ["postgresql", "postgr", "sql"]),
        ("don't", ["do"]),
    ],
)
def test_exact_terms(text, expected):
    assert terms(text, "en") == expected


def test_chinese_gives_characters_and_bigrams_without_question_words():
    assert terms("数据库", "zh") == ["数", "据", "库", "数据", "据库"]
    assert terms("什么数据库", "zh") == terms("数据库", "zh")


def test_a_fraction_does_not_change_the_number_before_it():
    assert terms("6½ sacks", "en")[0] == "6"


def test_numbers_follow_the_language():
    assert terms("1.544", "de") == terms("1544", "de") == ["1544"]
    assert terms("1,5", "de") == ["1.5"] == terms("1.5", "en")


def test_stop_words_go_unless_they_are_all_there_is():
    assert terms("The state of the art in the field", "en") == ["state", "art", "field"]
    assert terms("who is who") == ["who", "is", "who"]
    assert terms("To be or not to be?") == ["to", "be", "or", "not", "to", "be"]
    assert terms("什么", "zh")
    assert terms("don't", "en")
    assert terms("?! …", "en") == []
    assert terms("", "en") == []


def test_capitals_save_words_from_the_stop_list():
    assert "us" in terms("what is the US population", "en")
    assert "in" in terms("The IN operator of SQL", "en")
    assert terms("WHAT IS THE POPULATION", "en") == terms("what is the population", "en")


def test_latin_words_in_other_scripts_are_english():
    assert "connect" in terms("如何限制 connections 的数量", "zh")
    assert "connect" in terms("Сколько connections разрешено", "ru")


def test_data_blobs_give_one_short_term():
    blob = "QUJD" * 5000
    assert [len(term) for term in terms(blob, "en")] == [100]
    assert terms("d41D8cd98F00b204E9800998ecf8427e", "en") == ["d41d8cd98f00b204e9800998ecf8427e"]


def test_threads_get_the_same_terms():
    words = [f"running{n} connections{n % 7} ab{'c' * (n % 50)}ing" for n in range(400)]
    wanted = [terms(text, "nl") for text in words]
    found: dict[int, list[list[str]]] = {}

    def work(number: int) -> None:
        found[number] = [terms(text, "it" if number % 2 else "nl") for text in words]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[2] == wanted
    assert found[1] == found[3]
