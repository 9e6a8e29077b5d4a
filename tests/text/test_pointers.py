import pytest

from leanrag.text.pointers import content_terms, leaning


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("How often does it run on a busy server?", "en"),
        ("And by default?", "en"),
        ("What about PostgreSQL and its replicas in other regions?", "en"),
        ("which one do you recommend", "en"),
        ("What does that mean?", "en"),
        ("Regional differences", "en"),
        ("Wie hoch ist seine Einwohnerzahl?", "de"),
        ("Und in Berlin?", "de"),
        ("Wofür braucht man dieses Verfahren?", "de"),
        ("¿Cuándo murió él?", "es"),
        ("¿Y en Madrid?", "es"),
        ("¿Cuál es su capital?", "es"),
        ("А в Москве?", "ru"),
        ("Когда он умер?", "ru"),
        ("Сколько стоит эта программа сегодня?", "ru"),
        ("Et à Paris ?", "fr"),
        ("它的默认值是多少？", "zh"),
        ("那北京呢？", "zh"),
        ("这个参数有什么用", "zh"),
        ("他是谁的儿子？", "zh"),
    ],
)
def test_a_question_that_points_back_leans(question: str, language: str) -> None:
    assert leaning(question, language) == 1.0


@pytest.mark.parametrize(
    "question",
    [
        "Which lock does CREATE INDEX CONCURRENTLY take on tables?",
        "Is it possible to rent a car in Berlin without a licence?",
        "Are there direct trains from Vienna to the airport in Bratislava?",
        "Wann wurde die Berliner Mauer im Zentrum der Stadt gebaut?",
        "Gibt es in München günstige Hotels am Bahnhof?",
        "¿Cuántos habitantes tiene la ciudad de Barcelona en 2020?",
        "Сколько очков пропустила защита команды Пантерз?",
        "黑豹队的防守丢了多少分？",
        "PostgreSQL 的最大连接数是多少？",
        "为什么数据库索引会减慢写入速度？",
    ],
)
def test_a_question_that_names_its_subject_stands_alone(question: str) -> None:
    assert leaning(question) == 0.0


def test_a_pronoun_in_a_long_question_may_point_into_it() -> None:
    question = "Who wrote the play Hamlet and in which theatre of London was it first performed?"
    assert 0 < leaning(question) < 1
    assert leaning("Who wrote it?") == 1


def test_politeness_says_nothing() -> None:
    for text in ("Oh thanks!", "ok, great", "谢谢", "好的，谢谢！", "Danke!", "Спасибо", "¿?", ""):
        assert content_terms(text) == [], text
    assert content_terms("Thanks, and autovacuum?") == ["autovacuum"]
