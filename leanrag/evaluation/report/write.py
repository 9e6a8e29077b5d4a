"""Writes ``report.html`` and ``report.md`` beside the results."""

from collections.abc import Iterable
from pathlib import Path

from leanrag.evaluation.records import CASES_FILE, CaseRecord, read_case_records
from leanrag.evaluation.report.markdown import markdown
from leanrag.evaluation.report.page import page
from leanrag.evaluation.report.sample import Limits
from leanrag.evaluation.results import Results, read_results, write_atomically

HTML_FILE = "report.html"
MARKDOWN_FILE = "report.md"


def write_report(
    results: Results,
    cases: Iterable[CaseRecord] | None,
    out: Path,
    *,
    limits: Limits | None = None,
) -> tuple[Path, Path]:
    """Writes both reports into ``out``; the same input gives the same bytes.

    Args:
        results: the figures of the run.
        cases: the records of its cases, read once and in order; None leaves the drill-down out.
        out: the folder, made where it is missing.
        limits: how many cases and bytes the page may hold; beyond, it shows a stated sample.

    Returns:
        The paths of the page and of the Markdown file.
    """
    html, text = out / HTML_FILE, out / MARKDOWN_FILE
    write_atomically(html, [_encodable(page(results, cases, limits))])
    write_atomically(text, [_encodable(markdown(results))])
    return html, text


def write_report_from(folder: Path, *, limits: Limits | None = None) -> tuple[Path, Path]:
    """Writes both reports from the files of a run alone, in their own folder.

    Without the files of the cases, which need not be kept, the page has no drill-down.

    Raises:
        EvaluationError: the results or the cases are missing or damaged.
    """
    cases = read_case_records(folder) if (folder / CASES_FILE).exists() else None
    return write_report(read_results(folder), cases, folder, limits=limits)


def _encodable(text: str) -> str:
    """``text`` without lone surrogates, which hostile JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
