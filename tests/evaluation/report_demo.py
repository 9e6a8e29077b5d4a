"""A made-up run that looks like a real one: the same every time, and made in a second.

Pipelines differ in how near the top they rank the sentence or passage with the answer; everything
else (what is kept, counted, survived) follows from the texts, so records and figures agree.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from leanrag.evaluation.aggregate import Aggregate
from leanrag.evaluation.cases import Case, Context, Evidence
from leanrag.evaluation.cost import Prices
from leanrag.evaluation.metrics import answer_survives
from leanrag.evaluation.records import (
    CaseRecord,
    KeptItem,
    OutcomeRecord,
    SourceText,
    TraceRow,
)
from leanrag.evaluation.results import (
    PipelineInfo,
    PipelineRole,
    Problem,
    Quality,
    Results,
    RunInfo,
)
from leanrag.evaluation.summary import comparisons, headlines
from leanrag.evaluation.words import word_spans
from leanrag.types import Span

BUDGETS = (32, 64, 96, 128, 192, 256, 384, 512)
CONTEXTS = 12


@dataclass(frozen=True)
class Fake:
    """A pipeline: ``skill`` is the chance that it ranks the right one next."""

    name: str
    title: str
    role: PipelineRole
    unit: str
    skill: float
    milliseconds: float
    budgets: tuple[int | None, ...] = BUDGETS


FAKES = (
    Fake("full", "Full context", "reference", "passage", 0.0, 0.0, (None,)),
    Fake("leanrag", "leanrag.compress", "leanrag", "sentence", 0.62, 14.0),
    Fake("bm25", "BM25, whole passages", "baseline", "passage", 0.45, 0.8),
    Fake("dense", "Embeddings, whole passages", "baseline", "passage", 0.58, 11.0),
    Fake("llama", "LlamaIndex 1024/200, top 2", "baseline", "passage", 0.5, 31.0, (None,)),
    Fake("truncation", "Truncation", "control", "given", 0.0, 0.1),
    Fake("random-sentences", "Random sentences", "control", "sentence", 0.0, 0.3),
)

_NAMES = (
    "Elena Marsh",
    "Tobias Lindqvist",
    "Amara Okafor",
    "Ishaan Rao",
    "Freya Holm",
    "Diego Sala",
)
_THINGS = (
    "the northern lighthouse",
    "the tidal mill",
    "the observatory",
    "the salt museum",
    "the canal lock",
)
_FILLERS = (
    "Visitors reach it by a narrow road along the coast, which closes after heavy snow.",
    "The restoration was paid for by a local society and took longer than anyone had planned.",
    "Its walls were built of grey granite that had been quarried on a small island nearby.",
    "A short exhibition on the ground floor explains how the mechanism used to work.",
    "Records from that time are incomplete, since a fire destroyed most of the archive.",
    "In summer a ferry runs twice a day, and the harbour café stays open until late.",
)
_CHINESE_THINGS = ("北方灯塔", "潮汐磨坊", "天文台", "盐业博物馆", "运河船闸")
_CHINESE_FILLERS = (
    "游客沿着海岸的一条狭窄道路前往，大雪之后道路会封闭。",
    "修缮工程由当地协会出资，所用时间比原计划长得多。",
    "墙体使用附近小岛开采的灰色花岗岩砌成。",
    "由于一场大火烧毁了大部分档案，当时的记录并不完整。",
    "夏季每天有两班渡轮，港口的咖啡馆营业到很晚。",
)
HOSTILE = "</script><img src=x onerror=alert(1)><!--"


@lru_cache(maxsize=64)
def _words(text: str) -> list[Span]:
    return word_spans(text)


def case(number: int, *, contexts: int = CONTEXTS) -> Case:
    """One case: every fifth in Chinese, number 7 hostile."""
    draw = random.Random(f"case {number}")
    chinese = number % 5 == 4
    year = str(1700 + draw.randrange(300))
    gold = draw.randrange(contexts)
    place = draw.choice(_CHINESE_THINGS if chinese else _THINGS)
    fact = (
        f"{place}于{year}年首次对公众开放。"
        if chinese
        else f"After long delays {place} was first opened to the public in {year}. "
    )
    texts = []
    for place_number in range(contexts):
        fillers = _CHINESE_FILLERS if chinese else _FILLERS
        lines = [line if chinese else f"{line} " for line in draw.sample(fillers, 4)]
        if place_number == gold:
            lines.insert(draw.randrange(5), fact)
        texts.append("".join(lines).rstrip())
    question = (
        f"{place}是哪一年首次开放的？"
        if chinese
        else f"In which year was {place} first opened to the public?"
    )
    tags = ["zh" if chinese else "en", "number", draw.choice(("long", "short"))]
    name, title = f"case-{number:04d}", f"Notes of {draw.choice(_NAMES)}"
    if number == 7:
        name, title, question = f"case-{HOSTILE}", HOSTILE, f"{question} {HOSTILE}"
        tags.append(HOSTILE)
        texts[gold] = f"{HOSTILE} \U0001f600\U0001f600 {texts[gold]} {HOSTILE}"
    if number % 41 == 13:
        texts[gold] = texts[gold].replace(fact.strip(), "")
    return Case(
        id=name,
        question=question,
        answers=(year,),
        contexts=tuple(
            Context(id=f"{name}/{i}", text=text, title=title if i % 3 else "")
            for i, text in enumerate(texts)
        ),
        evidence=(Evidence(context=f"{name}/{gold}"),),
        tags=tuple(tags),
        language="zh" if chinese else "en",
        document=f"document {number // 2}",
    )


def _units(item: Case, unit: str) -> list[tuple[int, Span]]:
    if unit != "sentence":
        return [(i, (0, len(context.text))) for i, context in enumerate(item.contexts)]
    found = []
    for i, context in enumerate(item.contexts):
        start = 0
        for place, letter in enumerate(context.text):
            if letter in "。" or context.text[place : place + 2] == ". ":
                end = place + (1 if letter == "。" else 2)
                found.append((i, (start, end)))
                start = end
        if start < len(context.text):
            found.append((i, (start, len(context.text))))
    return found


def _ordered(item: Case, fake: Fake) -> list[tuple[int, Span]]:
    draw = random.Random(f"{fake.name} {item.id}")
    units = _units(item, fake.unit)
    if fake.name == "truncation" or fake.role == "reference":
        return units
    draw.shuffle(units)
    answer = str(item.answers[0])
    right = [unit for unit in units if answer in item.contexts[unit[0]].text[slice(*unit[1])]]
    rank = 0
    while fake.skill and draw.random() > fake.skill and rank < len(units) - 1:
        rank += 1
    if right and fake.skill:
        units.remove(right[0])
        units.insert(rank, right[0])
    return units


def _outcome(
    item: Case, fake: Fake, budget: int | None, order: Sequence[tuple[int, Span]]
) -> OutcomeRecord:
    kept: dict[int, list[Span]] = {}
    used = 0
    for place, (start, end) in order[:2] if fake.name == "llama" else order:
        words = [(a, b) for a, b in _words(item.contexts[place].text) if start <= a and b <= end]
        room = len(words) if budget is None else min(len(words), budget - used)
        if room < len(words) and fake.unit == "sentence":
            continue
        if room <= 0:
            break
        kept.setdefault(place, []).append(
            (start, end if room == len(words) else words[room - 1][1])
        )
        used += room
    given = sum(len(_words(context.text)) for context in item.contexts)
    parts = [item.contexts[place].text[a:b] for place, spans in kept.items() for a, b in spans]
    ids = [context.id for context in item.contexts]
    rest = tuple(name for place, name in enumerate(ids) if place not in kept)
    draw = random.Random(f"{fake.name} {budget} {item.id}")
    seconds = fake.milliseconds / 1000 * draw.uniform(0.8, 1.6)
    return OutcomeRecord(
        pipeline=fake.name,
        budget=budget,
        tokens=used,
        context_tokens=used,
        prompt_tokens=used + 48,
        tokens_in=given,
        seconds=round(seconds, 6),
        survived=answer_survives("\n\n".join(parts), item.answers, language=item.language),
        evidence_recall=float(
            any(
                context.endswith(item.evidence[0].context or "-")
                for context in (ids[p] for p in kept)
            )
        ),
        evidence_precision=0.5,
        evidence_iou=0.4,
        first_gold_rank=1 if fake.role == "baseline" else None,
        recall_at={1: 0.8, 2: 0.9, 5: 1.0, 10: 1.0, 20: 1.0} if fake.role == "baseline" else None,
        ndcg_at_10=0.9 if fake.role == "baseline" else None,
        kept=tuple(
            KeptItem(id=ids[place], spans=tuple(sorted(spans))) for place, spans in kept.items()
        ),
        dropped={"less relevant": rest} if rest else {},
        trace=_trace(len(ids), given, used, len(parts), seconds) if fake.role == "leanrag" else (),
    )


def _trace(items: int, given: int, used: int, kept: int, seconds: float) -> tuple[TraceRow, ...]:
    ranked = given * 2 // 3
    pruned = max(used, given // 4)
    rows = (
        ("retrieve", items, items, given, given, {}),
        ("rerank", items, items * 2 // 3, given, ranked, {"below the cut": items // 3}),
        ("prune", 4 * items, kept + 6, ranked, pruned, {"less relevant": 4 * items - kept - 6}),
        ("pack", kept + 6, kept, pruned, used, {"over the budget": 6}),
    )
    return tuple(
        TraceRow(
            stage=stage, items_in=a, items_out=b, tokens_in=c, tokens_out=d,
            seconds=round(seconds / 4, 6), dropped=dropped,
        )
        for stage, a, b, c, d, dropped in rows
    )  # fmt: skip


def record(number: int, fakes: Sequence[Fake] = FAKES, *, contexts: int = CONTEXTS) -> CaseRecord:
    """The record of one case through all pipelines."""
    item = case(number, contexts=contexts)
    orders = {fake.name: _ordered(item, fake) for fake in fakes}
    outcomes = tuple(
        _outcome(item, fake, budget, orders[fake.name]) for fake in fakes for budget in fake.budgets
    )
    text = "\n\n".join(context.text for context in item.contexts)
    return CaseRecord(
        id=item.id,
        question=item.question,
        answers=item.answers,
        language=item.language,
        tags=item.tags,
        document=item.document,
        held=answer_survives(text, item.answers, language=item.language),
        contexts=tuple(SourceText(id=c.id, title=c.title, text=c.text) for c in item.contexts),
        evidence=tuple(e.model_dump(exclude_defaults=True) for e in item.evidence),
        outcomes=outcomes,
    )


def records(count: int, fakes: Sequence[Fake] = FAKES) -> Iterator[CaseRecord]:
    """The records of a run of ``count`` cases, one at a time."""
    return (record(number, fakes) for number in range(count))


def results(
    cases: Sequence[CaseRecord],
    fakes: Sequence[Fake] = FAKES,
    *,
    priced: bool = True,
    quality: Quality = "survival",
) -> Results:
    """The figures of these records, made by the evaluation itself."""
    prices = Prices("gpt-4o", datetime(2026, 11, 1, tzinfo=UTC)) if priced else None
    aggregate = Aggregate(prices=prices)
    for item in cases:
        given = Case(
            id=item.id, question=item.question, answers=item.answers, tags=item.tags,
            document=item.document,
        )  # fmt: skip
        aggregate.add(given, item.held, item.outcomes)
    infos = tuple(
        PipelineInfo(
            name=fake.name, title=fake.title, role=fake.role, options={"use": fake.name},
            description=f"{fake.title}, made up.", budgeted=fake.budgets != (None,),
        )
        for fake in fakes
    )  # fmt: skip
    cells = {key: aggregate.cell(key) for key in aggregate.columns}
    return Results(
        run=_run(len(cases), len(set(aggregate.documents)), prices).model_copy(
            update={"quality": quality}
        ),
        pipelines=infos,
        budgets=BUDGETS,
        cells=tuple(cells.values()),
        headline=headlines(aggregate, infos, quality),
        comparisons=comparisons(aggregate, cells, "leanrag", quality),
        per_case=aggregate.per_case(),
    )


def _run(cases: int, documents: int, prices: Prices | None) -> RunInfo:
    return RunInfo(
        name="made-up",
        title="Lighthouses and mills, 12 passages",
        suite="made_up.yaml",
        suite_sha256="0" * 64,
        seed=0,
        started_at="2026-11-01T12:00:00+00:00",
        seconds=61.5,
        cases=cases,
        documents=documents,
        problems=(Problem(source="cases.jsonl", line=12, error="question: Field required"),),
        leanrag="0.1.0",
        code_sha256="1" * 64,
        python="3.11.7",
        machine="Linux x86_64, 2 cores",
        packages={"numpy": "2.3.0", "tiktoken": "0.14.0"},
        models={"embedding": "all-MiniLM-L6-v2 bf16"},
        settings={"name": "made-up", "budgets": list(BUDGETS)},
        counter="words",
        budget_counts="context",
        priced_model="gpt-4o" if prices else None,
        prices="genai-prices 0.2.3, 2026-11-01" if prices else None,
    )
