import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from leanrag.errors import EvaluationError
from leanrag.evaluation.records import CaseRecord
from leanrag.evaluation.report import HTML_FILE, MARKDOWN_FILE, write_report, write_report_from
from leanrag.evaluation.report.markdown import plain
from leanrag.evaluation.report.sample import Limits
from leanrag.evaluation.results import Results, write_results
from leanrag.evaluation.writer import CaseWriter
from tests.evaluation import report_demo as demo

CASES = 40


class Page(HTMLParser):
    """Elements with their attributes, the text of each script and style, and the ids."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in self.raw:
            self.raw[self._inside][-1] += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def records() -> list[CaseRecord]:
    return list(demo.records(CASES))


@pytest.fixture(scope="module")
def results(records: list[CaseRecord]) -> Results:
    return demo.results(records)


@pytest.fixture(scope="module")
def folder(
    results: Results, records: list[CaseRecord], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("report")
    write_report(results, records, out)
    return out


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / HTML_FILE).read_text(encoding="utf-8"))


def test_page_has_every_section_and_its_links_lead_somewhere(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if attributes.get("id")]
    assert len(set(ids)) == len(ids)
    for name in ("result", "curve", "stages", "money", "measures", "tags", "cases", "run"):
        assert name in ids
    links = [attributes.get("href") or "" for attributes in page.named("a")]
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)
    labels = [attributes.get("aria-labelledby") for _, attributes in page.elements]
    assert all(label in ids for label in labels if label)


def test_page_names_nothing_outside_itself(page: Page, folder: Path) -> None:
    for tag, attributes in page.elements:
        assert not attributes.get("src"), tag
        assert (attributes.get("href") or "#").startswith(("#", "data:,"))
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    style = page.raw["style"][0]
    assert "@import" not in style
    assert "url(" not in style
    assert not re.search(r"https?://", (folder / HTML_FILE).read_text(encoding="utf-8"))


def test_policy_allows_the_pages_own_code_alone(page: Page) -> None:
    policy = next(
        attributes["content"] or ""
        for attributes in page.named("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    code = [
        text
        for text, attributes in zip(page.raw["script"], page.named("script"), strict=True)
        if attributes.get("type") != "application/json"
    ]
    assert len(code) == 2
    for text in [*code, *page.raw["style"]]:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_hostile_text_stays_text(page: Page, folder: Path) -> None:
    text = (folder / HTML_FILE).read_text(encoding="utf-8")
    assert not page.named("img")
    assert demo.HOSTILE not in text
    assert len(page.named("script")) == 3
    data = json.loads(page.raw["script"][1])
    hostile = next(case for case in data["cases"] if demo.HOSTILE in case["i"])
    assert demo.HOSTILE in hostile["q"]
    assert any(row and demo.HOSTILE in row[1] for row in data["texts"])


def test_scripts_make_no_markup() -> None:
    folder = Path(write_report.__code__.co_filename).parent / "templates"
    code = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.js")))
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "fetch(",
    ):
        assert word not in code


def test_same_input_gives_the_same_bytes(
    results: Results, records: list[CaseRecord], folder: Path, tmp_path: Path
) -> None:
    write_report(results, iter(records), tmp_path)
    for name in (HTML_FILE, MARKDOWN_FILE):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_report_from_the_files_of_a_run_alone(
    results: Results, records: list[CaseRecord], folder: Path, tmp_path: Path
) -> None:
    write_results(results, tmp_path)
    with CaseWriter(tmp_path) as writer:
        for record in records:
            writer.write(record)
    html, text = write_report_from(tmp_path)
    assert html.read_bytes() == (folder / HTML_FILE).read_bytes()
    assert text.read_bytes() == (folder / MARKDOWN_FILE).read_bytes()


def test_results_without_cases_have_no_drill_down(results: Results, tmp_path: Path) -> None:
    write_results(results, tmp_path)
    html, _ = write_report_from(tmp_path)
    found = Page(html.read_text(encoding="utf-8"))
    assert len(found.named("script")) == 2
    assert not any(attributes.get("id") == "browser" for _, attributes in found.elements)


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"results\.json"):
        write_report_from(tmp_path)


def test_a_sample_is_stated_on_the_page(
    results: Results, records: list[CaseRecord], tmp_path: Path
) -> None:
    html, _ = write_report(results, records, tmp_path, limits=Limits(cases=10))
    text = html.read_text(encoding="utf-8")
    assert f"10 of {CASES} cases are shown" in text
    assert len(json.loads(Page(text).raw["script"][1])["cases"]) == 10


def test_lone_surrogates_and_control_characters_do_no_harm(
    results: Results, records: list[CaseRecord], tmp_path: Path
) -> None:
    broken = records[0].model_construct(
        **{**records[0].__dict__, "question": "a\ud800b\x00\u2028</script>\u202ec"}
    )
    html, _ = write_report(results, [broken], tmp_path)
    data = json.loads(Page(html.read_text(encoding="utf-8")).raw["script"][1])
    assert data["cases"][0]["q"] == "a?b\x00\u2028</script>\u202ec"


def test_no_prices_and_no_trace_leave_their_parts_out(
    records: list[CaseRecord], tmp_path: Path
) -> None:
    bare = demo.results(records, priced=False)
    cells = tuple(cell.model_copy(update={"stages": (), "tags": ()}) for cell in bare.cells)
    html, text = write_report(bare.model_copy(update={"cells": cells}), records, tmp_path)
    found = Page(html.read_text(encoding="utf-8"))
    ids = {attributes.get("id") for _, attributes in found.elements}
    assert "money" in ids
    assert not ids & {"stages", "tags"}
    assert "$" not in text.read_text(encoding="utf-8")


def test_a_suite_judged_by_evidence(records: list[CaseRecord], tmp_path: Path) -> None:
    judged = demo.results(records, quality="evidence_recall")
    html, text = write_report(judged, records, tmp_path)
    found = html.read_text(encoding="utf-8")
    assert "of the evidence in" in text.read_text(encoding="utf-8")
    assert "Quality is the share of the marked evidence that was kept." in found
    assert json.loads(Page(found).raw["script"][1])["quality"] == "evidence_recall"


# ── Markdown ────────────────────────────────────────────────────────────────────────────────────


def test_markdown_is_short_and_its_tables_are_whole(folder: Path) -> None:
    text = (folder / MARKDOWN_FILE).read_text(encoding="utf-8")
    assert len(text) < 15_000
    for title in ("## Tokens at 95", "## Money and time", "## By tag", "## Run", "## Problems"):
        assert title in text
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        bars = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(bars) == 1
    verdict = text.splitlines()[2]
    assert " **" in verdict, "the verdict's figures stand out"
    assert "tokens**. The best" in verdict


def test_markdown_escapes_what_documents_say(folder: Path) -> None:
    text = (folder / MARKDOWN_FILE).read_text(encoding="utf-8")
    assert "<img" not in text.replace("\\<img", "")
    assert plain("a|b\n# *c* [x](y) <i> \u202e") == r"a\|b \# \*c\* \[x\](y) \<i\> "
