"""Every setting says what it is, and the page of the documentation says the same."""

from docs.settings_page import PAGE, page
from leanrag.settings import describe_settings


def test_every_section_and_setting_has_a_description() -> None:
    for section in describe_settings():
        assert section.meaning, section.name
        without = [setting.name for setting in section.settings if not setting.meaning]
        assert without == [], "give these a Field(…, description=…)"


def test_the_page_of_the_settings_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), "run `make docs` (python docs/settings_page.py) and commit the page"
