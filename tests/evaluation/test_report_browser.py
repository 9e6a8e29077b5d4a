"""The page in a real headless Chromium; skipped, with the reason, where there is none."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leanrag.evaluation.report import write_report
from leanrag.evaluation.report.sample import Aim, classify
from tests.evaluation import report_demo as demo

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="Debian's chromium and chromium-driver are not installed"
)

CASES = 60
RECORDS = list(demo.records(CASES))
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--window-size=1280,900",
)  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    html, _ = write_report(demo.results(RECORDS), RECORDS, tmp_path_factory.mktemp("page"))
    return html.as_uri()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    for option in (*_OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        driver = webdriver.Chrome(options=options, service=Service(executable_path=DRIVER))
    except WebDriverException as error:
        pytest.skip(f"Chromium does not start here: {error.msg}")
    yield driver
    driver.quit()


@pytest.fixture
def browser(started: Chrome, address: str) -> Iterator[Chrome]:
    """The page freshly opened, light, without motion; afterwards: no error, nothing fetched."""
    for kind in ("browser", "performance"):
        started.get_log(kind)
    started.get("about:blank")
    size(started, 1280)
    media(started, "light")
    started.get(address)
    yield started
    assert [entry for entry in started.get_log("browser") if entry["level"] != "DEBUG"] == []
    fetched = [url for url in requests(started) if not url.startswith(("data:", "about:"))]
    assert set(fetched) <= {address}


def requests(driver: Chrome) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


def media(driver: Chrome, scheme: str) -> None:
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def size(driver: Chrome, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def keys(driver: Chrome, *pressed: str) -> None:
    ActionChains(driver).send_keys(*pressed).perform()


def focused(driver: Chrome) -> Any:
    return driver.switch_to.active_element


def found(driver: Chrome, selector: str) -> list[Any]:
    return driver.find_elements(By.CSS_SELECTOR, selector)


def wait(driver: Chrome, ready: Callable[[], object]) -> None:
    WebDriverWait(driver, 10, poll_frequency=0.05).until(lambda _: ready())


def tab_until(driver: Chrome, ready: Callable[[], bool], most: int) -> None:
    for _ in range(most):
        keys(driver, Keys.TAB)
        if ready():
            return
    raise AssertionError(f"not reached by {most} presses of Tab")


def style(driver: Chrome, selector: str, name: str) -> str:
    script = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    return str(driver.execute_script(script, selector, name))


def settled(driver: Chrome, element: Any) -> None:
    """Scrolls to ``element`` and waits until the page has noticed: scrolling hides a tip."""
    script = """
      arguments[0].scrollIntoView({block: "center"});
      requestAnimationFrame(() => requestAnimationFrame(arguments[1]));
    """
    driver.execute_async_script(script, element)


def choose(driver: Chrome, field: str, text: str) -> None:
    element = driver.find_element(By.ID, field)
    for option in element.find_elements(By.TAG_NAME, "option"):
        if option.text == text:
            option.click()
            return
    raise AssertionError(f"{field} has no {text}")


# ── opening ─────────────────────────────────────────────────────────────────────────────────────


def test_opens_with_nothing_fetched_and_no_error(browser: Chrome) -> None:
    assert browser.title.startswith("Lighthouses and mills")
    assert found(browser, ".verdict strong")
    assert not browser.find_element(By.ID, "browser").get_property("hidden")
    assert found(browser, "#list button"), "something is listed at once"


def test_hostile_text_is_shown_and_not_run(browser: Chrome) -> None:
    choose(browser, "f-state", "All")
    browser.find_element(By.ID, "f-text").send_keys("onerror")
    wait(browser, lambda: len(found(browser, "#list button")) == 1)
    found(browser, "#list button")[0].click()
    assert demo.HOSTILE in browser.find_element(By.CSS_SELECTOR, "#detail h3").text
    assert demo.HOSTILE in browser.find_element(By.ID, "detail").text
    assert not found(browser, "img")
    marks = {mark.text for mark in found(browser, "#detail .text mark") if mark.text}
    assert marks == set(RECORDS[7].answers), "behind emojis the marks stand right"


@pytest.mark.parametrize("width", [400, 768, 1280, 1600])
def test_nothing_sticks_out(browser: Chrome, width: int) -> None:
    size(browser, width)
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width
    shown = [plot for plot in found(browser, "#curve svg.plot") if plot.is_displayed()]
    assert len(shown) == 1, "one of the two drawings"
    assert shown[0].size["width"] <= width


def test_chinese_wraps(browser: Chrome) -> None:
    size(browser, 400)
    number = next(i for i, record in enumerate(RECORDS) if record.language == "zh")
    browser.get(f"{browser.current_url.split('#')[0]}#case={RECORDS[number].id}")
    browser.refresh()
    heading = browser.find_element(By.CSS_SELECTOR, "#detail h3")
    assert heading.text == RECORDS[number].question
    assert heading.get_attribute("lang") == "zh"
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 400


# ── themes ──────────────────────────────────────────────────────────────────────────────────────


def test_dark_by_the_system_and_by_the_button(browser: Chrome) -> None:
    light = style(browser, "body", "backgroundColor")
    media(browser, "dark")
    dark = style(browser, "body", "backgroundColor")
    assert light == "rgb(255, 255, 255)"
    assert max(int(part) for part in dark[4:-1].split(",")) < 40
    button = browser.find_element(By.ID, "theme")
    button.send_keys(Keys.ENTER)
    assert style(browser, "body", "backgroundColor") == light
    browser.refresh()
    assert style(browser, "body", "backgroundColor") == light, "the choice is remembered"
    browser.find_element(By.ID, "theme").send_keys(Keys.ENTER)
    assert style(browser, "body", "backgroundColor") == dark
    browser.execute_script("localStorage.clear()")


def test_motion_only_where_it_is_wanted(browser: Chrome) -> None:
    assert style(browser, "html", "scrollBehavior") == "auto"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(browser: Chrome, scheme: str) -> None:
    media(browser, scheme)
    ground = style(browser, "body", "backgroundColor")
    for selector in ("body", ".verdict strong", ".lead", "td", ".interval", "del", ".state"):
        assert contrast(style(browser, selector, "color"), ground) >= 3.5, selector
    for selector in (".lead", ".interval", "summary", ".card .detail"):
        assert contrast(style(browser, selector, "color"), ground) >= 4.5, selector
    for selector in (".curve.leanrag", ".curve.baseline", ".curve.control"):
        assert contrast(style(browser, selector, "stroke"), ground) >= 3, selector


def contrast(a: str, b: str) -> float:
    """The ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# ── keyboard ────────────────────────────────────────────────────────────────────────────────────


def test_keyboard_leads_to_a_case_and_through_its_outcomes(browser: Chrome) -> None:
    keys(browser, Keys.TAB)
    assert "skip" in focused(browser).get_attribute("class")
    assert focused(browser).location["y"] >= 0
    tab_until(browser, lambda: focused(browser).text == "Cases", 12)
    keys(browser, Keys.ENTER)
    tab_until(
        browser, lambda: bool(focused(browser).find_elements(By.CSS_SELECTOR, ".question")), 10
    )
    assert style(browser, ":focus", "outlineStyle") != "none", "the focus is seen"
    keys(browser, Keys.ARROW_DOWN)
    question = focused(browser).find_element(By.CSS_SELECTOR, ".question").text
    keys(browser, Keys.ENTER)
    assert focused(browser).get_attribute("id") == "detail"
    assert browser.find_element(By.CSS_SELECTOR, "#detail h3").text == question

    tab_until(browser, lambda: focused(browser).get_attribute("data-cell") is not None, 8)
    before = browser.find_element(By.CSS_SELECTOR, "#detail .outcome").text
    assert "budget 64" in before
    keys(browser, Keys.ARROW_RIGHT)
    keys(browser, Keys.ENTER)
    assert "budget 96" in browser.find_element(By.CSS_SELECTOR, "#detail .outcome").text
    assert focused(browser).get_attribute("aria-pressed") == "true"
    keys(browser, Keys.ESCAPE)
    assert focused(browser).get_attribute("aria-current") == "true"


def test_every_control_has_a_name(browser: Chrome) -> None:
    script = """
      const name = (node) => node.getAttribute("aria-label") || node.textContent.trim()
        || node.title || [...(node.labels || [])].map((label) => label.textContent).join();
      return [...document.querySelectorAll("a, button, select, input, [tabindex='0']")]
        .filter((node) => !name(node)).map((node) => node.outerHTML.slice(0, 80));
    """
    assert browser.execute_script(script) == []


def test_tables_sort_by_keyboard(browser: Chrome) -> None:
    head = found(browser, "#table-money thead th")[2]
    head.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)

    def column() -> list[float]:
        cells = found(browser, "#table-money tbody tr > :nth-child(3)")
        return [float(cell.get_attribute("data-sort")) for cell in cells]

    assert head.get_attribute("aria-sort") == "descending"
    assert column() == sorted(column(), reverse=True)
    head.find_element(By.TAG_NAME, "button").send_keys(Keys.SPACE)
    assert head.get_attribute("aria-sort") == "ascending"
    assert column() == sorted(column())


def test_points_of_the_plot_tell_their_numbers(browser: Chrome) -> None:
    plot = next(plot for plot in found(browser, "#curve svg.plot") if plot.is_displayed())
    stops = plot.find_elements(By.CSS_SELECTOR, '[tabindex="0"]')
    assert len(stops) == 1, "one stop of Tab for the whole plot"
    settled(browser, plot)
    browser.execute_script("arguments[0].focus()", stops[0])
    tip = browser.find_element(By.ID, "tip")
    wait(browser, tip.is_displayed)
    assert tip.text.splitlines()[0] == "leanrag.compress"
    assert "Budget 32" in tip.text
    keys(browser, Keys.ARROW_RIGHT)
    assert "Budget 64" in tip.text
    keys(browser, Keys.ARROW_DOWN)
    assert tip.text.splitlines()[0] != "leanrag.compress"
    keys(browser, Keys.ESCAPE)
    assert not tip.is_displayed()

    point = plot.find_elements(By.CSS_SELECTOR, ".dots.baseline .point")[0]
    settled(browser, point)
    box = browser.execute_script("return arguments[0].getBoundingClientRect().toJSON()", point)
    mouse = ActionBuilder(browser)
    # Not by the element: the driver would scroll to it once more, which hides the tip.
    mouse.pointer_action.move_to_location(int(box["x"]) + 8, int(box["y"]) + 8)
    mouse.perform()
    wait(browser, tip.is_displayed)
    assert "95 % interval" in tip.text


# ── cases ───────────────────────────────────────────────────────────────────────────────────────


def listed(driver: Chrome) -> list[str]:
    script = "return [...document.querySelectorAll('#list .meta bdi')].map((id) => id.textContent)"
    return list(driver.execute_script(script))


def test_filters_agree_with_the_records(browser: Chrome) -> None:
    aim = Aim("leanrag", 64, "survival")
    lost = [record.id for record in RECORDS if classify(record, aim) == "lost"]
    assert lost
    assert listed(browser) == lost, "what was lost is listed first of all"
    choose(browser, "f-state", "All")
    assert f"All {CASES} cases" in browser.find_element(By.ID, "count").text
    choose(browser, "f-tag", "zh")
    assert listed(browser) == [record.id for record in RECORDS if "zh" in record.tags]
    choose(browser, "f-pipeline", "Truncation")
    choose(browser, "f-state", "Kept")
    kept = [
        record.id
        for record in RECORDS
        if "zh" in record.tags
        and any(
            o.survived and (o.pipeline, o.budget) == ("truncation", 64) for o in record.outcomes
        )
    ]
    assert listed(browser) == kept


def test_long_lists_come_in_pages(browser: Chrome) -> None:
    choose(browser, "f-state", "All")
    assert len(listed(browser)) == 50
    browser.find_element(By.ID, "more").send_keys(Keys.ENTER)
    assert len(listed(browser)) == CASES
    assert listed(browser)[50] in focused(browser).text
    assert not browser.find_element(By.ID, "more").is_displayed()


def test_case_shows_what_was_kept_and_what_was_dropped(browser: Chrome) -> None:
    aim = Aim("leanrag", 64, "survival")
    record = next(record for record in RECORDS if classify(record, aim) == "lost")
    outcome = next(o for o in record.outcomes if (o.pipeline, o.budget) == ("leanrag", 64))
    texts = {context.id: context.text for context in record.contexts}
    kept = "".join(
        texts[item.id][start:end]
        for context in record.contexts
        for item in outcome.kept
        if item.id == context.id
        for start, end in item.spans or ()
    )
    script = """
      return [...document.querySelectorAll("#detail div.text .body")].map((body) =>
        [...body.childNodes].filter((node) => node.nodeName !== "DEL")
          .map((node) => node.textContent).join("")).join("");
    """
    assert browser.execute_script(script) == kept
    detail = browser.find_element(By.ID, "detail")
    assert "dropped: less relevant · holds the answer" in detail.text
    assert record.answers[0] in [mark.text for mark in found(browser, "#detail del mark")]
    folded = found(browser, "#detail details.text:not([open])")
    assert folded
    assert not folded[0].find_elements(By.CSS_SELECTOR, ".body"), "drawn when it is opened"
    folded[0].find_element(By.TAG_NAME, "summary").click()
    wait(browser, lambda: folded[0].find_elements(By.CSS_SELECTOR, ".body"))


def test_a_link_opens_its_case(browser: Chrome, address: str) -> None:
    browser.get("about:blank")
    browser.get(f"{address}#case={RECORDS[33].id}")
    assert RECORDS[33].id in browser.find_element(By.CSS_SELECTOR, "#detail .case-facts").text
    assert focused(browser).get_attribute("id") == "detail"


def test_readable_without_script(started: Chrome, address: str) -> None:
    started.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        started.get(address)
        assert found(started, "#curve svg.wide .point title")
        assert "The cases need JavaScript" in started.page_source
        assert not started.find_element(By.ID, "browser").is_displayed()
    finally:
        started.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_big_page_opens_and_filters(started: Chrome, tmp_path: Path) -> None:
    many = [
        RECORDS[number % CASES].model_copy(update={"id": f"copy {number}"}) for number in range(590)
    ]
    html, _ = write_report(demo.results(many), many, tmp_path)
    assert html.stat().st_size < 15_000_000
    started.get(html.as_uri())
    choose(started, "f-state", "All")
    started.find_element(By.ID, "f-text").send_keys("copy 58")
    wait(started, lambda: len(listed(started)) == 11)
