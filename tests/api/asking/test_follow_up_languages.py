"""Follow-up questions find their passages in each language of the rules; new subjects do, too."""

from collections.abc import Iterator

import pytest

from leanrag import LeanRAG
from tests.store_samples import ram_folder

DOCUMENTS = {
    "en/tower": "The Eiffel Tower was designed by engineers of Gustave Eiffel. It is 330 metres "
    "high and was opened in 1889. Iron plates were used for its frame.",
    "en/bridge": "The Golden Gate Bridge was designed by Joseph Strauss. Its towers are 227 "
    "metres high and it was opened in 1937. Steel was used for its cables.",
    "zh/tower": "埃菲尔铁塔由古斯塔夫·埃菲尔的工程师设计，高330米，于1889年开放，主要材料是铁。",
    "zh/bridge": "金门大桥由约瑟夫·施特劳斯设计，桥塔高227米，于1937年开放，主要材料是钢。",
    "de/tower": "Der Eiffelturm wurde von Ingenieuren Gustave Eiffels entworfen. Seine Höhe "
    "beträgt 330 Meter, eröffnet wurde er 1889. Das Baumaterial ist Eisen.",
    "de/bridge": "Die Golden-Gate-Brücke wurde von Joseph Strauss entworfen. Die Höhe der Pfeiler "
    "beträgt 227 Meter, eröffnet wurde sie 1937. Das Baumaterial ist Stahl.",
    "es/tower": "La torre Eiffel fue diseñada por ingenieros de Gustave Eiffel. Su altura es de "
    "330 metros y se inauguró en 1889. El material de construcción es el hierro.",
    "es/bridge": "El puente Golden Gate fue diseñado por Joseph Strauss. La altura de sus torres "
    "es de 227 metros y se inauguró en 1937. El material de construcción es el acero.",
    "ru/tower": "Эйфелева башня спроектирована инженерами Гюстава Эйфеля. Её высота 330 метров, "
    "открыта она в 1889 году. Материал конструкции железо.",
    "ru/bridge": "Мост Золотые Ворота спроектирован Джозефом Штраусом. Высота его опор 227 метров, "
    "открыт он в 1937 году. Материал конструкции сталь.",
}
TALKS = {
    "en": ("Who designed the Eiffel Tower?", "Who designed the Golden Gate Bridge?",
           "And how high is it?", "What material was used for the Golden Gate Bridge in 1937?"),
    "zh": ("埃菲尔铁塔是谁设计的？", "金门大桥是谁设计的？",
           "那它有多高？", "金门大桥的主要材料是什么？"),
    "de": ("Wer hat den Eiffelturm entworfen?", "Wer hat die Golden-Gate-Brücke entworfen?",
           "Und wie groß ist seine Höhe?", "Welches Baumaterial hat die Golden-Gate-Brücke?"),
    "es": ("¿Quién diseñó la torre Eiffel?", "¿Quién diseñó el puente Golden Gate?",
           "¿Y cuál es su altura?", "¿Qué material de construcción tiene el puente Golden Gate?"),
    "ru": ("Кто спроектировал Эйфелеву башню?", "Кто спроектировал мост Золотые Ворота?",
           "А какая у неё высота?", "Из какого материала сделан мост Золотые Ворота?"),
}  # fmt: skip


@pytest.fixture(scope="module")
def monuments() -> Iterator[LeanRAG]:
    with ram_folder() as folder, LeanRAG(folder / "store", retrieval={"reranker": "none"}) as rag:
        rag.ingest([{"id": name, "text": text} for name, text in DOCUMENTS.items()])
        yield rag


def first(rag: LeanRAG, question: str, before: str, language: str) -> str:
    history = [{"role": "user", "content": before}]
    hits = rag.search(question, top_k=1, history=history, where={"source": {"prefix": language}})
    return hits[0].source.split("/")[1]


@pytest.mark.parametrize("language", list(TALKS))
def test_the_turn_before_decides_what_a_pronoun_stands_for(
    monuments: LeanRAG, language: str
) -> None:
    tower, bridge, follow_up, _ = TALKS[language]
    assert first(monuments, follow_up, tower, language) == "tower"
    assert first(monuments, follow_up, bridge, language) == "bridge"


@pytest.mark.parametrize("language", list(TALKS))
def test_a_question_that_names_its_subject_leaves_the_one_before(
    monuments: LeanRAG, language: str
) -> None:
    tower, _, _, other = TALKS[language]
    assert first(monuments, other, tower, language) == "bridge"
