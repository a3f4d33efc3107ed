"""The page in a real browser: a headless Chromium of the system, driven by Playwright, on made-up worlds.

One server and one browser for the module, a new context for each test. At the end of every test three lists must be
empty: errors on the console, uncaught exceptions, and requests to anywhere but the server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 120_000
"""Milliseconds to wait for anything: no limit that a busy machine could miss."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"),
]


@pytest.fixture(scope="module")
def address():
    """Address of a server that runs the page on made-up worlds."""
    here = Path(__file__).parent
    paths = [str(here), str(here.parents[1]), os.environ.get("PYTHONPATH", "")]
    server = subprocess.Popen(
        [sys.executable, "-c", "from viz import server; server.serve(0, 'fake_page')"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    line = server.stdout.readline()
    yield line.split(" at ")[1].split()[0]
    server.terminate()
    server.wait(60)


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def context(browser):
    made = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def page(context, address):
    opened = context.new_page()
    wrong = watch(opened, address)
    opened.goto(address)
    begin(opened)
    yield opened
    assert wrong == []


def watch(page, address):
    """Collects what must not happen."""
    wrong = []
    ours = (address, address.replace("http:", "ws:"), "data:", "blob:")
    page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: request.url.startswith(ours) or wrong.append(request.url))
    return wrong


def begin(page):
    """Wait until the world is built."""
    page.wait_for_function(f"{text('story')}.startsWith('Press play')")


def text(name):
    """JavaScript for the text of an element, empty while it is not there."""
    return f"(document.querySelector('[data-testid={name}]')?.textContent ?? '')"


def at(page, name):
    return page.locator(f"[data-testid={name}]")


def step(page):
    """Press step, and wait until another month stands there."""
    before = at(page, "month").inner_text()
    at(page, "step").click()
    page.wait_for_function(f"{text('month')} !== {before!r}")


def eventually(page, holds):
    """Wait until a check made here holds."""
    for _ in range(PATIENCE // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not happen")


def at_rest(page, look):
    """What is seen once two looks in a row are equal."""
    seen = [look()]
    page.wait_for_timeout(300)
    eventually(page, lambda: seen.append(look()) or seen[-1] == seen[-2])
    return seen[-1]


def colours(page, name):
    """How many different colours a canvas shows."""
    return page.evaluate(
        """name => {
            const canvas = document.querySelector(`[data-testid=${name}] canvas`);
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return new Set(new Uint32Array(pixels.data.buffer)).size;
        }""",
        name,
    )


def test_a_press_of_step_brings_one_month(page):
    """How soon is measured by benchmarks/page.py."""
    step(page)
    assert at(page, "month").inner_text() == "January 2026"
    step(page)
    assert at(page, "month").inner_text() == "February 2026"


def test_canvases_are_not_blank(page, tmp_path):
    for _ in range(3):
        step(page)
    for name in ("network", "chart-price", "chart-inflows", "chart-politics"):
        eventually(page, lambda name=name: colours(page, name) > 20)
    page.screenshot(path=tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 20_000


def test_play_runs_and_pause_stops(page):
    at(page, "play").click()
    page.wait_for_function(f"{text('month')}.includes('2027')")
    at(page, "play").click()
    page.wait_for_function(f"{text('play')}.includes('Play')")
    stopped = at_rest(page, at(page, "month").inner_text)
    page.wait_for_timeout(600)
    assert at(page, "month").inner_text() == stopped


def test_a_lever_is_asked_for_and_holds_from_the_next_month(page):
    step(page)
    at(page, "lever-rule").locator("xpath=ancestor::*[contains(@class,'v-select')][1]").first.click(force=True)
    page.locator(".v-menu__content.menuable__content__active .v-list-item", has_text="Promote").click()
    page.wait_for_function(f"{text('story')}.includes('rule promote')")
    step(page)
    page.wait_for_function("[...document.querySelectorAll('.db-figure dd')].some(v => v.textContent === 'Promote')")


def test_a_door_closes_and_a_shock_strikes(page):
    at(page, "lever-ira").first.click(force=True)
    page.wait_for_function(f"{text('story')}.includes('IRA closed')")
    at(page, "shock-theft").click()
    page.wait_for_function(f"{text('story')}.includes('robbed of 1.0')")
    step(page)
    page.wait_for_function(f"{text('story')}.includes('A shock struck: theft')")


def test_the_scenario_comes_down_and_reproduces_the_page(page):
    at(page, "shock-news").click()
    page.wait_for_function(f"{text('story')}.includes('news moves')")
    for _ in range(2):
        step(page)
    with page.expect_download() as coming:
        at(page, "scenario").click()
    values = tomllib.loads(Path(coming.value.path()).read_text())
    assert coming.value.suggested_filename == "scenario.toml"
    assert values["months"] == 2
    assert values["shocks"] == [{"month": "2026-01", "kind": "news", "size": -0.4}]


def test_back_to_the_start_with_another_size(page):
    step(page)
    at(page, "size").fill("1 500")
    at(page, "restart").click()
    begin(page)
    page.wait_for_function(f"{text('network')}.startsWith('1\\u202f500 savers')")
    at(page, "size").fill("0")
    at(page, "restart").click()
    page.wait_for_selector(".db-fault")
    assert "participants" in page.locator(".db-fault").inner_text()


def test_a_saver_opens_and_the_pixels_change_with_the_mode(page):
    step(page)
    canvas = at(page, "network").locator("canvas")
    before = at_rest(page, canvas.screenshot)
    at(page, "mode-losses").click()
    eventually(page, lambda: canvas.screenshot() != before)
    box = at(page, "network").locator("canvas").bounding_box()
    page.mouse.click(box["x"] + 0.33 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function(f"{text('inspected')}.startsWith('Saver ')")


def test_keyboard_moves_the_cursor_of_all_charts(page):
    for _ in range(3):
        step(page)
    charts = [at(page, f"chart-{name}").locator("canvas") for name in ("price", "inflows")]
    before = [at_rest(page, chart.screenshot) for chart in charts]
    charts[0].focus()
    page.keyboard.press("Home")
    for chart, old in zip(charts, before, strict=True):
        eventually(page, lambda chart=chart, old=old: chart.screenshot() != old)
    label = charts[0].get_attribute("aria-label")
    assert "Price" in label
    assert "USD a coin" in label


def test_light_turns_dark(page):
    step(page)
    back = "getComputedStyle(document.querySelector('.db-page')).backgroundColor"
    assert page.evaluate(back) == "rgb(246, 247, 249)"
    at(page, "theme").click()
    page.wait_for_function(f"{back} === 'rgb(16, 22, 29)'")
    page.reload()
    page.wait_for_function(f"{text('month')} === 'January 2026'")
    page.wait_for_function(f"{back} === 'rgb(16, 22, 29)'")


def test_the_numbers_of_a_chart_come_down_as_csv(page):
    for _ in range(2):
        step(page)
    at(page, "chart-price").hover()
    with page.expect_download() as coming:
        at(page, "csv-price").click()
    lines = Path(coming.value.path()).read_text().splitlines()
    assert "not a forecast" in lines[0]
    assert lines[1] == "month,price_usd,depth_usd"
    assert [line.split(",")[0] for line in lines[2:]] == ["2026-01", "2026-02"]
    assert float(lines[2].split(",")[1]) == pytest.approx(90_000.0)


def test_a_dark_browser_gets_a_dark_page_and_reload_finds_the_world(browser, address):
    context = browser.new_context(color_scheme="dark")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    wrong = watch(page, address)
    page.goto(address)
    begin(page)
    page.wait_for_function("document.querySelector('.v-application').classList.contains('theme--dark')")
    step(page)
    page.wait_for_function("location.search.startsWith('?world=')")
    page.reload()
    page.wait_for_function(f"{text('month')} === 'January 2026'")
    assert wrong == []
    stranger = browser.new_context()
    stranger.set_default_timeout(PATIENCE)
    elsewhere = stranger.new_page()
    elsewhere.goto(page.url)
    begin(elsewhere)
    assert elsewhere.url != page.url or at(elsewhere, "month").inner_text() == "Not begun"
    stranger.close()
    context.close()


def test_everything_fits_a_laptop_and_a_projector(page):
    step(page)
    overflowing = """() => [...document.querySelectorAll('.db-card')].filter(card => {
        const box = card.getBoundingClientRect();
        return box.bottom > innerHeight || box.right > innerWidth || card.scrollHeight > card.clientHeight + 1;
    }).map(card => card.className)"""
    for width, height in ((1366, 768), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        at_rest(page, lambda: page.evaluate(overflowing))
        assert page.evaluate(overflowing) == []
