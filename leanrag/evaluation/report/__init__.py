"""The report of a run: one HTML page that stands alone, and the same in Markdown."""

from leanrag.evaluation.report.write import (
    HTML_FILE,
    MARKDOWN_FILE,
    write_report,
    write_report_from,
)

__all__ = ["HTML_FILE", "MARKDOWN_FILE", "write_report", "write_report_from"]
