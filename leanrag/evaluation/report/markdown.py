"""The same result as Markdown, short: for a pull request, a terminal or a README."""

import re
import unicodedata
from dataclasses import replace

from leanrag.evaluation.report import breakdown_tables, measure_tables, runinfo, tables, verdict
from leanrag.evaluation.report.focus import find_focus
from leanrag.evaluation.report.notes import notes
from leanrag.evaluation.report.table import Table, Value
from leanrag.evaluation.results import Problem, Results

MOST_PROBLEMS = 20
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")


def markdown(results: Results) -> str:
    """The report as Markdown."""
    focus = find_focus(results)
    run = results.run
    parts = [
        f"# {plain(run.title or run.name)}",
        "".join(
            f"**{plain(part.text)}**" if part.strong else plain(part.text)
            for part in verdict.verdict(focus)
        ),
        "\n".join(
            f"- {'**Warning:** ' if note.tone == 'bad' else ''}{plain(note.text)}"
            for note in notes(focus)
        ),
        plain(verdict.measured(focus)),
    ]
    for title, table in (
        ("Tokens at 95", tables.needs_table(focus)),
        ("Paired differences", tables.comparison_table(focus, everywhere=False)),
        ("Money and time", measure_tables.money_table(focus)),
        ("Money by model", measure_tables.price_table(focus)),
        ("Stages", breakdown_tables.stage_table(focus)),
        ("Evidence", measure_tables.evidence_table(focus)),
        ("Ranking", _brief(measure_tables.ranking_table(focus))),
        ("Answers of a model", measure_tables.answers_table(focus)),
        ("By tag", breakdown_tables.tag_table(focus)),
    ):
        if table is not None and table.rows:
            parts += [f"## {title}", f"{plain(table.caption)}.", table_text(table)]
    parts += ["## Run", f"```sh\n{_one_line(runinfo.command(run))}\n```"]
    parts.append("\n".join(f"- {plain(f.name)}: {plain(f.text)}" for f in runinfo.facts(run)))
    if run.problems:
        listed = [
            f"- {plain(_where(item))}: {plain(item.error)}" for item in run.problems[:MOST_PROBLEMS]
        ]
        rest = len(run.problems) - len(listed)
        listed += [f"- and {rest} more, in results.json"] if rest else []
        parts += ["## Problems", "\n".join(listed)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _brief(table: Table | None) -> Table | None:
    """A wide table without its intervals; the page has them."""
    if table is None:
        return None
    rows = tuple(tuple(replace(value, detail="") for value in row) for row in table.rows)
    return replace(table, rows=rows)


def _where(item: Problem) -> str:
    return item.source if item.line is None else f"{item.source}, line {item.line}"


def table_text(table: Table) -> str:
    """A table with its numbers aligned to the right."""
    head = [plain(column.title) for column in table.columns]
    rule = ["---:" if column.numeric else "---" for column in table.columns]
    rows = [[_cell(value) for value in row] for row in table.rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, rule, *rows])


def _cell(value: Value) -> str:
    detail = f" ({plain(value.detail)})" if value.detail else ""
    below = " below" if value.tone == "low" else ""
    return f"{plain(value.text)}{detail}{below}"


def plain(text: str) -> str:
    """Text that Markdown prints as it is, on one line: ids and titles are anybody's."""
    return _SPECIAL.sub(r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    """Without line breaks, and without characters that steer a terminal or the line's direction."""
    shown = "".join(
        letter if unicodedata.category(letter) not in ("Cc", "Cf", "Zl", "Zp") else " "
        for letter in text
    )
    return re.sub(" +", " ", shown)
