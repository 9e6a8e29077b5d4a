"""Puts the HTML page together.

Documents are hostile: the template escapes all text, the embedded data cannot end its element,
and the content security policy allows the page's own scripts and style sheet alone.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leanrag.evaluation.records import CaseRecord
from leanrag.evaluation.report import breakdown_tables, measure_tables, runinfo, tables, verdict
from leanrag.evaluation.report.cards import cards as figure_cards
from leanrag.evaluation.report.focus import Focus, find_focus
from leanrag.evaluation.report.notes import notes
from leanrag.evaluation.report.numerals import count
from leanrag.evaluation.report.pareto import NARROW_FRAME, key_marker, pareto
from leanrag.evaluation.report.sample import LOST_RECALL, Aim, Limits, Sample
from leanrag.evaluation.report.series import curves
from leanrag.evaluation.report.waterfall import steps, waterfall
from leanrag.evaluation.results import Results

_PACKAGE = "leanrag.evaluation.report"
_PLACES_TO_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[a-z][._])(?=[a-z])")
_SCRIPTS = ("page.js", "marks.js", "run.js", "case.js", "cases.js")
_SECTIONS = {
    "result": "Result",
    "curve": "Curve",
    "stages": "Stages",
    "money": "Money and time",
    "measures": "Measures",
    "tags": "Tags",
    "cases": "Cases",
    "run": "Run",
}


def page(results: Results, cases: Iterable[CaseRecord] | None, limits: Limits | None = None) -> str:
    """The whole page; ``cases`` are read once. Raises ``EvaluationError``."""
    focus = find_focus(results)
    early, style = _asset("early.js"), _asset("style.css")
    script = "".join(_asset(name) for name in _SCRIPTS)
    values: dict[str, Any] = {
        "title": results.run.title or results.run.name,
        "policy": _policy([early, script], style),
        "style": _trusted(style),
        "early": _trusted(early),
        "script": _trusted(script),
        **_figures(focus),
        **_run(results),
        **_cases(focus, cases, limits),
    }
    values["sections"] = [
        {"id": name, "title": title} for name, title in _SECTIONS.items() if _has(name, values)
    ]
    environment = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["breakable"] = _breakable
    return environment.get_template("report.html").render(values)


def _has(section: str, values: Mapping[str, Any]) -> bool:
    needed = {"curve": ["series"], "stages": ["falls"], "tags": ["tags"]}
    needed["measures"] = ["answers", "evidence", "ranking"]
    return section not in needed or any(values[name] for name in needed[section])


# ── what the template prints ────────────────────────────────────────────────────────────────────


def _figures(focus: Focus) -> dict[str, Any]:
    series = curves(focus)
    return {
        "what": focus.what,
        "subject": focus.subject.title,
        "verdict": verdict.verdict(focus),
        "cards": figure_cards(focus),
        "notes": notes(focus),
        "measured": verdict.measured(focus),
        "series": [
            {
                "look": item.look,
                "title": item.title,
                "summary": item.summary,
                "glyph": key_marker(item),
            }
            for item in series
        ],
        "pareto_wide": pareto(series, focus.what),
        "pareto_narrow": pareto(series, focus.what, NARROW_FRAME),
        "needs": tables.needs_table(focus),
        "curve": tables.curve_table(focus),
        "comparisons": tables.comparison_table(focus, everywhere=False),
        "comparisons_all": tables.comparison_table(focus, everywhere=True),
        "falls": _falls(focus),
        "stages": breakdown_tables.stage_table(focus),
        "money": measure_tables.money_table(focus),
        "prices": measure_tables.price_table(focus),
        "evidence": measure_tables.evidence_table(focus),
        "ranking": measure_tables.ranking_table(focus),
        "answers": measure_tables.answers_table(focus),
        "judge_prompt": measure_tables.judge_prompt(focus),
        "tags": breakdown_tables.tag_table(focus),
    }


def _falls(focus: Focus) -> list[dict[str, Any]]:
    found = []
    for cell in breakdown_tables.staged_cells(focus):
        where = f" at a budget of {count(cell.budget)}" if cell.budget else ""
        items = steps(cell)
        found.append(
            {
                "caption": f"{focus.title(cell.pipeline)}{where}, mean tokens; the whole prompt "
                f"has {count(cell.prompt_tokens)}",
                "wide": waterfall(items, wide=True),
                "narrow": waterfall(items, wide=False),
            }
        )
    return found


def _run(results: Results) -> dict[str, Any]:
    return {
        "run": results.run,
        "command": runinfo.command(results.run),
        "facts": runinfo.facts(results.run),
        "pipelines": runinfo.pipeline_table(results),
        "problems": runinfo.problem_table(results.run),
        "packages": runinfo.package_table(results.run),
        "files": runinfo.file_table(results.run),
        "settings": runinfo.settings_text(results.run),
    }


def _cases(
    focus: Focus, cases: Iterable[CaseRecord] | None, limits: Limits | None
) -> dict[str, Any]:
    if cases is None:
        return {"statement": "", "data": ""}
    results = focus.results
    numbers = {(cell.pipeline, cell.budget): place for place, cell in enumerate(results.cells)}
    aim = Aim(focus.subject.name, focus.budget, results.run.quality)
    sample = Sample.of(cases, aim, numbers, limits)
    places = {info.name: place for place, info in enumerate(results.pipelines)}
    head = {
        "what": focus.what,
        "quality": results.run.quality,
        "lostRecall": LOST_RECALL,
        "pipelines": [{"title": info.title, "role": info.role} for info in results.pipelines],
        "cells": [[places[cell.pipeline], cell.budget] for cell in results.cells],
        "focus": numbers.get((focus.subject.name, focus.budget), 0),
        "tags": sample.tags(),
        "texts": sample.table.rows(),
    }
    start = json.dumps(head, ensure_ascii=False, separators=(",", ":")).removesuffix("}")
    data = f'{start},"cases":[{",".join(sample.rows())}]}}'
    return {"statement": sample.statement, "data": _inert(data)}


def _breakable(text: str) -> Markup:
    """A long name that may be broken inside, so that a column stays narrow."""
    return Markup("<wbr>").join(_PLACES_TO_BREAK.split(text))


# ── safety ──────────────────────────────────────────────────────────────────────────────────────


def _inert(data: str) -> Markup:
    """JSON that cannot end the element that it stands in, nor open a comment there."""
    for letter in "<>&\u2028\u2029":
        data = data.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(data)  # noqa: S704 escaped just above


def _trusted(asset: str) -> Markup:
    return Markup(asset)  # noqa: S704 a file of this package


def _policy(scripts: Iterable[str], style: str) -> str:
    allowed = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {allowed}",
            f"style-src 'sha256-{_digest(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        ]
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    """A style sheet or script of this package, as a browser hashes it: with plain line ends."""
    file = resources.files(_PACKAGE).joinpath("templates", name)
    return file.read_text(encoding="utf-8").replace("\r\n", "\n")
