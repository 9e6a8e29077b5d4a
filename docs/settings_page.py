"""Writes ``docs/settings.md`` from the settings' own declarations.

Run it with ``make docs``, or ``python docs/settings_page.py``, after a setting has changed.
"""

import json
from pathlib import Path
from typing import Any

from leanrag.settings import DescribedSection, DescribedSetting, describe_settings

PAGE = Path(__file__).with_name("settings.md")
_HEAD = """\
# Settings

Made by `make docs` from the declarations in `leanrag/settings/`; `leanrag settings [SECTION]`
prints the same, with `--json` as data.

A setting comes from a YAML file (`--config FILE` or `Settings.load`), from an environment variable,
or from an argument (`Settings.create`, an option of the command line). Arguments win over the file,
and the file over the environment. In the file a section is a mapping; in a variable's name two
underscores join it to the setting. Lists and mappings in the environment are written as JSON:

```sh
LEANRAG_BUDGET=800
LEANRAG_RETRIEVAL__CANDIDATES=40
LEANRAG_EMBEDDING__LANGUAGES='["en", "de"]'
```

A name that is not known and a value that does not fit are errors that name the setting.
"only with" says when a setting matters at all; elsewhere it is read and left aside.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *map(_section, describe_settings())])


def _section(section: DescribedSection) -> str:
    title = f"`{section.name}`" if section.name else "No section"
    rows = ["| setting | type | default | meaning | variable |", "| --- | --- | --- | --- | --- |"]
    rows += [_row(setting) for setting in section.settings]
    meaning = section.meaning.replace("``", "`")
    return f"## {title}\n\n{meaning}\n\n" + "\n".join(rows) + "\n"


def _row(setting: DescribedSetting) -> str:
    only = f" *Only with {setting.only_with}.*" if setting.only_with else ""
    default = "required" if setting.required else f"`{_yaml(setting.default)}`"
    variable = f"`{setting.variable}`" if setting.variable else ""
    meaning = f"{_cell(setting.meaning)}{'.' if only else ''}{only}"
    cells = (f"`{setting.name}`", _cell(setting.type), default, meaning, variable)
    return f"| {' | '.join(cells)} |"


def _yaml(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)


def _cell(text: str) -> str:
    """The text with the characters that a table or Markdown would take for its own escaped."""
    return "".join("\\" + sign if sign in "|*<" else sign for sign in text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
