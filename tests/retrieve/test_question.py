"""What a question becomes before the search."""

from leanrag.retrieve.question import dense_share, query_terms
from leanrag.text.bm25 import term_counts
from leanrag.text.terms import terms


def test_query_terms_meet_documents_of_every_stemmed_language() -> None:
    for language, document, question in (
        ("en", "The indexes were rebuilt", "rebuilding an index"),
        ("de", "Die Datenbanken werden gesichert", "Datenbank sichern"),
        ("ru", "базы данных", "база данных"),
    ):
        held = term_counts(terms(document, language))
        assert held.keys() & query_terms(question).keys()


def test_chinese_questions_meet_chinese_text() -> None:
    held = term_counts(terms("黑豹队的防守只丢了308分", "zh"))
    assert held.keys() & query_terms("黑豹队丢了多少分？").keys()


def test_an_english_model_is_trusted_with_english_alone() -> None:
    assert dense_share("When was the first version released?", ("en",)) == 1.0
    assert dense_share("黑豹队的防守丢了多少分？", ("en",)) < 0.5
    assert dense_share("黑豹队的防守丢了多少分？", ()) == 1.0
