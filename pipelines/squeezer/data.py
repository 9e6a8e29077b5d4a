"""Builds the squeezer's training arrays: sentences, their words, and what is known of each.

    python -m pipelines.squeezer.data --data ../shared/data --out build/squeezer \\
        --tokenizer build/selector/tokenizer.json

No model tells which words matter. Three things do: how far a sentence's vector moves when a word
is taken out (computed by the training, for English), how rare the word is in its language, and
whether people ask about it: words of questions and of answers on the same passage.
"""

import argparse
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from leanrag.adapters.openvino.engine import load_tokenizer
from leanrag.evaluation.cases import Case
from leanrag.text.languages import STOP_WORDS, detect_language
from leanrag.text.sentences import split_sentences
from pipelines.selector.data import SOURCES, cases, manifest

MOST_TOKENS = 96
MOST_SENTENCES = 8000
"""Of each set."""
ANSWER, ASKED, STOP, SIGN = 1, 2, 4, 8
"""Flags of a word: in an answer, in a question, a function word, punctuation."""


def passages(found: Sequence[Case]) -> Iterator[tuple[str, set[str], set[str]]]:
    """Each passage once, with the words of its answers and of its questions."""
    known: dict[str, tuple[set[str], set[str]]] = {}
    for case in found:
        gold = {item.context for item in case.evidence}
        for context in case.contexts:
            answers, asked = known.setdefault(context.text, (set(), set()))
            if context.id in gold:
                for answer in case.answers:
                    for part in (answer,) if isinstance(answer, str) else answer:
                        answers.add(part)
                asked.add(case.question)
    for text, (answers, asked) in known.items():
        yield text, answers, asked


class Sentences:
    """The arrays."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.ids: list[np.ndarray] = []
        self.words: list[np.ndarray] = []
        self.flags: list[np.ndarray] = []
        self.texts: list[list[str]] = []
        self.languages: list[str] = []

    def add(self, text: str, answers: set[str], asked: set[str]) -> int:
        """Adds the sentences of a passage; how many."""
        language = detect_language(text)
        in_answer = self._vocabulary(answers)
        in_question = self._vocabulary(asked)
        stops = STOP_WORDS.get(language, frozenset())
        added = 0
        for start, end in split_sentences(text, language):
            encoding = self._tokenizer.encode(text[start:end], add_special_tokens=False)
            words = [word for word in encoding.word_ids if word is not None]
            if not 6 <= len(words) <= MOST_TOKENS:
                continue
            spans: dict[int, tuple[int, int]] = {}
            for word, (a, b) in zip(words, encoding.offsets, strict=True):
                spans[word] = (min(a, spans.get(word, (a, b))[0]), b)
            numbers = {word: number for number, word in enumerate(spans)}
            surfaces = [text[start:end][a:b].lower() for a, b in spans.values()]
            self.ids.append(np.array(encoding.ids, dtype=np.uint16))
            self.words.append(np.array([numbers[word] for word in words], dtype=np.uint8))
            self.flags.append(
                np.array(
                    [
                        ANSWER * (s in in_answer and s not in stops)
                        + ASKED * (s in in_question and s not in stops)
                        + STOP * (s in stops)
                        + SIGN * (not any(c.isalnum() for c in s))
                        for s in surfaces
                    ],
                    dtype=np.uint8,
                )
            )
            self.texts.append(surfaces)
            self.languages.append(language)
            added += 1
        return added

    def _vocabulary(self, texts: set[str]) -> set[str]:
        found: set[str] = set()
        for text in texts:
            encoding = self._tokenizer.encode(text, add_special_tokens=False)
            spans: dict[int, tuple[int, int]] = {}
            for word, (a, b) in zip(encoding.word_ids, encoding.offsets, strict=True):
                if word is not None:
                    spans[word] = (min(a, spans.get(word, (a, b))[0]), b)
            found.update(text[a:b].lower() for a, b in spans.values())
        return found

    def rarities(self) -> list[np.ndarray]:
        """Of each word, its self-information in its language, scaled to 0..1."""
        counts: dict[str, Counter[str]] = {}
        for language, surfaces in zip(self.languages, self.texts, strict=True):
            counts.setdefault(language, Counter()).update(surfaces)
        totals = {language: sum(count.values()) for language, count in counts.items()}
        found = []
        for language, surfaces in zip(self.languages, self.texts, strict=True):
            most = math.log(totals[language])
            information = [most - math.log(counts[language][surface]) for surface in surfaces]
            found.append((np.array(information) / max(most, 1e-9)).astype(np.float16))
        return found

    def save(self, file: Path) -> None:
        """Ragged lists as one array each, with the lengths beside it."""
        rows = {"ids": self.ids, "words": self.words, "flags": self.flags}
        flat = {name: np.concatenate(parts) for name, parts in rows.items()}
        flat |= {
            f"{name}_lengths": np.array([len(part) for part in parts], dtype=np.int32)
            for name, parts in rows.items()
        }
        flat["rarity"] = np.concatenate(self.rarities())
        flat["english"] = np.array([language == "en" for language in self.languages])
        np.savez_compressed(file, **flat)  # type: ignore[arg-type]


def main() -> None:
    """Writes ``train.npz`` and ``manifest.json``."""
    parser = argparse.ArgumentParser(description="Builds the squeezer's training arrays.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    sentences = Sentences(load_tokenizer(given.tokenizer))
    counts = {}
    for source in SOURCES:
        if not source.learned:
            continue
        added = 0
        for text, answers, asked in passages(list(cases(given.data, source, "train", 1))):
            if added >= MOST_SENTENCES:
                break
            added += sentences.add(text, answers, asked)
        counts[source.name] = added
        print(f"{source.name}: {added} sentences", flush=True)
    sentences.save(given.out / "train.npz")
    described = manifest(given.data, {"train": counts})
    (given.out / "manifest.json").write_text(json.dumps(described, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
