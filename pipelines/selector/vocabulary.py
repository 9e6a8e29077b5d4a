"""The selector's vocabulary: MiniLM's, and words of other scripts from the training rows.

MiniLM knows English: most Chinese characters are ``[UNK]`` to it and Russian falls to letters.
New tokens start from what they are translated by: XQuAD asks the same questions in five languages,
so IBM Model 1 (Brown et al., 1993) finds for each token the English ones that stand with it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WHOLE_WORDS = {"de": 4, "es": 4, "ru": 3}
"""How often a word must stand in the training texts of its language to become a token."""
PIECES_OF_RUSSIAN = 3000
ROUNDS = 6
OWN_SHARE = 0.4
"""Of a new token's vector, what comes from the tokens that it was cut into before."""


def extend(tokenizer_json: str, texts: Mapping[str, Sequence[str]]) -> str:
    """MiniLM's tokenizer with the characters and words of ``texts`` (by language) added."""
    value = json.loads(tokenizer_json)
    vocabulary: dict[str, int] = value["model"]["vocab"]
    for token in _new_tokens(value, texts):
        vocabulary.setdefault(token, len(vocabulary))
    return json.dumps(value, ensure_ascii=False)


def _new_tokens(value: dict[str, Any], texts: Mapping[str, Sequence[str]]) -> Iterable[str]:
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.trainers import WordPieceTrainer

    plain = Tokenizer.from_str(json.dumps(value))

    def words(language: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for text in texts.get(language, ()):
            normal = plain.normalizer.normalize_str(text)
            found.update(word for word, _ in plain.pre_tokenizer.pre_tokenize_str(normal))
        return found

    han = words("zh")
    yield from sorted(word for word in han if len(word) == 1 and "\u3400" <= word <= "\u9fff")
    for language, least in WHOLE_WORDS.items():
        common = words(language)
        yield from sorted(word for word, count in common.items() if count >= least)
    russian = Tokenizer(WordPiece(unk_token="[UNK]"))
    russian.normalizer, russian.pre_tokenizer = plain.normalizer, plain.pre_tokenizer
    trainer = WordPieceTrainer(
        vocab_size=PIECES_OF_RUSSIAN, min_frequency=2, show_progress=False, special_tokens=["[UNK]"]
    )
    russian.train_from_iterator(list(texts.get("ru", ())), trainer)
    cyrillic = [t for t in russian.get_vocab() if "\u0400" <= t.removeprefix("##")[:1] <= "\u04ff"]
    yield from sorted(cyrillic)


def embeddings(
    before: Any,
    after: Any,
    known: NDArray[np.float32],
    pairs: Sequence[tuple[str, str]],
) -> NDArray[np.float32]:
    """Word embeddings of the tokenizer ``after``, shape (its size, dimensions).

    Args:
        before: MiniLM's tokenizer.
        after: the extended one.
        known: MiniLM's embeddings.
        pairs: texts of another language with their English counterparts.
    """
    size = after.get_vocab_size()
    vectors = np.zeros((size, known.shape[1]), dtype=np.float32)
    vectors[: len(known)] = known
    draw = np.random.default_rng(0)
    for number in range(len(known), size):
        token = after.id_to_token(number)
        parts = before.encode(token.removeprefix("##"), add_special_tokens=False).ids
        vectors[number] = known[parts].mean(axis=0) + draw.normal(0, 0.01, known.shape[1])
    translated = _model1(
        [(_ids(after, other), _ids(before, english)) for other, english in pairs], first=len(known)
    )
    for number, share in translated.items():
        if number >= len(known):
            meaning = sum(weight * known[english] for english, weight in share.items())
            vectors[number] = OWN_SHARE * vectors[number] + (1 - OWN_SHARE) * meaning
    return vectors


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def _model1(
    pairs: Sequence[tuple[list[int], list[int]]], *, first: int
) -> dict[int, dict[int, float]]:
    """P(English token | new token), the ten likeliest of each, by expectation maximisation."""
    chances: dict[int, dict[int, float]] = {}
    for others, english in pairs:
        for other in set(others):
            if other >= first:
                row = chances.setdefault(other, {})
                for word in english:
                    row[word] = 1.0
    for _ in range(ROUNDS):
        # English words that stand in every text explain nothing: each shares its mass among
        # the tokens that claim it in a pair.
        counts: dict[int, dict[int, float]] = {other: {} for other in chances}
        for others, english in pairs:
            mine = [other for other in others if other in chances]
            for word in english:
                total = sum(chances[other].get(word, 0.0) for other in mine)
                if total <= 0:
                    continue
                for other in mine:
                    share = chances[other].get(word, 0.0) / total
                    counts[other][word] = counts[other].get(word, 0.0) + share
        for other, row in counts.items():
            mass = sum(row.values()) or 1.0
            chances[other] = {word: value / mass for word, value in row.items() if value > 1e-6}
    best = {}
    for other, row in chances.items():
        top = sorted(row.items(), key=lambda item: (-item[1], item[0]))[:10]
        mass = sum(value for _, value in top) or 1.0
        best[other] = {word: value / mass for word, value in top}
    return best


def read(folder: Path) -> str:
    """The tokenizer of a folder, as text."""
    return (folder / "tokenizer.json").read_text(encoding="utf-8")
