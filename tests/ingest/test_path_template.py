import pytest

from leanrag.errors import ConfigError
from leanrag.ingest.path_template import PathTemplate, read_path


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("{company}_{year}_{form}.pdf", "filings/3M_2018_10K.pdf",
         {"company": "3M", "year": 2018, "form": "10K"}),
        ("{company}_{year}_{form}.pdf", "/data/BEST_BUY_2023_8K_dated-2022.pdf",
         {"company": "BEST_BUY", "year": 2023, "form": "8K_dated-2022"}),
        ("{company}_{year}_{form}.pdf", "filings/3M_18_10K.pdf", None),
        ("{company}_{year}_{form}.pdf", "filings/3M_2018_10K.PDF.txt", None),
        ("{team}/{date}-*.md", "docs/db/2024-05-06-notes.md",
         {"team": "db", "date": "2024-05-06"}),
        ("{team}/{date}-*.md", "docs/db/20240506-notes.md", {"team": "db", "date": "2024-05-06"}),
        ("{team}/{date}-*.md", "docs/db/2024-13-06-notes.md", None),
        ("{team}/{name}.md", "alone.md", None),
        ("{name}.{rest}", "a.b.c", {"name": "a", "rest": "b.c"}),
        ("{_}-{version:int}.txt", "guide-07.txt", {"version": 7}),
        ("{_}-{version}.txt", "guide-07.txt", {"version": "07"}),
        ("{flag}_{share}_{count}.txt", "true_2.5_-3.txt",
         {"flag": True, "share": 2.5, "count": -3}),
        ("{count:text}.txt", "12.txt", {"count": "12"}),
        ("{n:int}.txt", "99999999999999999999.txt", None),
        ("./{lang}/guide (v1+).txt", "x/de/guide (v1+).txt", {"lang": "de"}),
        ("报告_{year}.txt", "报告_2024.txt", {"year": 2024}),
        ("{a}.txt", "line\nend.txt", {"a": "line\nend"}),
    ],
)  # fmt: skip
def test_fields_come_from_the_end_of_the_path(
    template: str, path: str, expected: dict[str, object] | None
) -> None:
    assert PathTemplate.compile(template).read(path) == expected


def test_the_first_template_that_fits_holds() -> None:
    templates = [PathTemplate.compile(text) for text in ("{a}_{year}.txt", "{b}.txt")]
    assert read_path(templates, "x_2020.txt") == {"a": "x", "year": 2020}
    assert read_path(templates, "x_20.txt") == {"b": "x_20"}
    assert read_path(templates, "x.md") is None


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("report.pdf", "no field"), ("*.pdf", "no field"), ("{_}.pdf", "no field"),
        ("{a}{b}.pdf", "between them"), ("{a}_{a}.pdf", "twice"), ("{a.pdf", "brace"),
        ("a}.pdf", "brace"), ("{}.pdf", "is no field"), ("{a:float}.pdf", "is no field"),
        ("{a b}.pdf", "is no field"), ("{1a}.pdf", "is no field"),
    ],
)  # fmt: skip
def test_a_malformed_template_is_named(template: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        PathTemplate.compile(template)
    assert template in str(caught.value)


def test_long_names_take_no_time() -> None:
    template = PathTemplate.compile("{a}_{b}_{c}_{d}.pdf")
    assert template.read("_" * 250 + "x") is None
