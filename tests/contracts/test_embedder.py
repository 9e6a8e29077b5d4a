"""What every ``Embedder`` keeps, whatever it computes with."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from leanrag.adapters.huggingface.sentence_transformers import SentenceTransformerEmbedder
from leanrag.adapters.models import builtin_folder
from leanrag.adapters.openvino.minilm import OpenVinoMiniLM
from leanrag.protocols import Embedder

PROSE = (
    "A query that runs too long is cancelled with pg_cancel_backend; the session stays open. "
    "The function takes the id of the process, which the view pg_stat_activity shows. "
)
TEXTS = [
    "How do I cancel a running query?",
    "",
    " \n\t ",
    "a",
    "如何取消正在运行的查询？数据库",
    "😀🎉 done 👩‍👩‍👧 é ﷺ",
    "Как отменить запрос",
    "word " * 1_000,
    PROSE,
    PROSE * 9,
    "x = {'a': 1}\n\treturn x[0]",
    "\x00 lone \ud800 half",
    "1,234.56 $ https://example.org/?q=1",
]
Make = Callable[[tuple[str, str]], Embedder]


def openvino_fp32(prefixes: tuple[str, str] = ("", "")) -> Embedder:
    return OpenVinoMiniLM("m", folder=builtin_folder(), variant="fp32", prefixes=prefixes)


def openvino_bf16(prefixes: tuple[str, str] = ("", "")) -> Embedder:
    return OpenVinoMiniLM("m", folder=builtin_folder(), variant="bf16", prefixes=prefixes)


def sentence_transformers(prefixes: tuple[str, str] = ("", "")) -> Embedder:
    return SentenceTransformerEmbedder(str(builtin_folder()), prefixes=prefixes)


@lru_cache
def made(make: Make) -> Embedder:
    return make(("", ""))


@lru_cache
def vectors(make: Make) -> NDArray[np.float32]:
    return made(make).embed_documents(TEXTS)


def cosines(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.einsum("ij,ij->i", a, b)


every = pytest.mark.parametrize("make", [openvino_fp32, openvino_bf16, sentence_transformers])
openvino = pytest.mark.parametrize("make", [openvino_fp32, openvino_bf16])


@every
def test_vectors_are_unit_rows_in_input_order(make: Make) -> None:
    found = vectors(make)
    assert found.shape == (len(TEXTS), made(make).dimensions)
    assert found.dtype == np.float32
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    turned = made(make).embed_documents(TEXTS[::-1])[::-1]
    assert cosines(found, turned).min() >= 0.9999
    # the texts differ, so that a wrong order could not go unseen
    assert (found @ found[0])[2:].max() < 0.95


@every
def test_no_texts_no_vectors(make: Make) -> None:
    assert made(make).embed_documents([]).shape == (0, made(make).dimensions)
    assert made(make).embed_queries([]).shape == (0, made(make).dimensions)


@every
def test_a_vector_does_not_depend_on_the_batch(make: Make) -> None:
    alone = np.concatenate([made(make).embed_documents([text]) for text in TEXTS])
    assert cosines(alone, vectors(make)).min() >= 0.9999


@every
def test_the_same_call_gives_the_same_bytes(make: Make) -> None:
    assert made(make).embed_documents(TEXTS).tobytes() == vectors(make).tobytes()


@every
def test_counts_hold_special_tokens_and_are_not_truncated(make: Make) -> None:
    embedder = made(make)
    assert embedder.max_tokens == 256
    assert embedder.count("") == 2
    assert embedder.count("cancel") == 3
    assert embedder.count("word " * 1_000) == 1_002
    assert embedder.count("\ud800") >= 2


@every
def test_what_lies_past_the_longest_input_is_not_read(make: Make) -> None:
    words = "word " * 253
    whole, longer, beyond = made(make).embed_documents(
        [words + "cat", words + "cat dog " * 50, words + "dog"]
    )
    assert whole @ longer >= 0.9999
    assert whole @ beyond < 0.9999


@every
def test_prefixes_stand_before_the_texts(make: Make) -> None:
    embedder = make(("query: ", "passage: "))
    plain = made(make).embed_documents(["query: cat", "passage: cat"])
    both = np.concatenate([embedder.embed_queries(["cat"]), embedder.embed_documents(["cat"])])
    assert cosines(plain, both).min() >= 0.9999
    assert both[0] @ both[1] < 0.99


@every
def test_meaning_decides_likeness(make: Make) -> None:
    question = made(make).embed_queries(["How do I stop a statement of the database?"])[0]
    answer, other = made(make).embed_documents([PROSE, "The cat sleeps in the sun all day."])
    assert question @ answer > question @ other + 0.2


@openvino
def test_threads_do_not_disturb_one_another(make: Make) -> None:
    expected = vectors(make)
    fresh = make(("", ""))
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(fresh.embed_documents, TEXTS) for _ in range(8)]
    for call in calls:
        assert cosines(call.result(), expected).min() >= 0.9999


def test_fp32_is_what_sentence_transformers_computes() -> None:
    agreement = cosines(vectors(openvino_fp32), vectors(sentence_transformers))
    assert agreement.min() >= 0.999999


def test_bf16_agrees_with_fp32() -> None:
    agreement = cosines(vectors(openvino_bf16), vectors(sentence_transformers))
    assert agreement.mean() >= 0.9999
    assert agreement.min() >= 0.999
