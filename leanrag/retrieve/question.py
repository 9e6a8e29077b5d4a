"""What a question looks like to the two sides of the search."""

from collections.abc import Sequence

from leanrag.text.bm25 import term_counts
from leanrag.text.languages import detect_language
from leanrag.text.terms import terms

_STEMMED = ("en", "de", "es", "fr", "ru")


def query_terms(question: str, language: str | None = None) -> dict[int, int]:
    """Term counts by term id, stemmed as each language of the index would be.

    A document is stemmed by its own language, which a short question does not reveal; stems of
    the wrong language meet nothing in the index and add nothing.

    Args:
        question: the question as asked.
        language: the question's, where it is known already.
    """
    counts: dict[int, int] = {}
    for stemmed in dict.fromkeys([language or detect_language(question), *_STEMMED]):
        for number, count in term_counts(terms(question, stemmed)).items():
            counts[number] = max(count, counts.get(number, 0))
    return counts


def dense_share(question: str, languages: Sequence[str], language: str | None = None) -> float:
    """How far the embedding model can be trusted with this question, 0 to 1.

    Args:
        question: the question as asked.
        languages: those that the model was trained on; empty for a multilingual model.
        language: the question's, where it is known already.
    """
    if not languages or (language or detect_language(question)) in languages:
        return 1.0
    return 0.3 if question.isascii() else 0.15
