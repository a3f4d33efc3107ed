"""The live page, driven in a real browser: takes its picture and measures it.

    python benchmarks/page.py                 # docs/pictures/page.png, and figures on the terminal
    python benchmarks/page.py --months 60 --dark --out page.png

Needs the viz extra, the test group (Playwright, psutil) and a Chromium of the system.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
MONTH = "document.querySelector('[data-testid=month]')?.textContent ?? ''"
STORY = "document.querySelector('[data-testid=story]')?.textContent ?? ''"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--months", type=int, default=60, help="months to play before the picture")
    parser.add_argument("--width", type=int, default=1366)
    parser.add_argument("--height", type=int, default=768)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--out", type=Path, default=HERE / "docs" / "pictures" / "page.png")
    chosen = parser.parse_args()
    server = subprocess.Popen(
        [sys.executable, "-m", "viz", "--port", "0"],
        cwd=HERE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        address = server.stdout.readline().split(" at ")[1].split()[0]
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            context = browser.new_context(
                viewport={"width": chosen.width, "height": chosen.height},
                color_scheme="dark" if chosen.dark else "light",
            )
            measure(context.new_page(), address, psutil.Process(server.pid), chosen)
            browser.close()
    finally:
        server.terminate()
        server.wait(10)


def measure(page: Page, address: str, server: psutil.Process, chosen: argparse.Namespace) -> None:
    begun = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("[data-testid=month]")
    say("page visible", time.perf_counter() - begun, "s")
    page.wait_for_function(f"({STORY}).startsWith('Press play')", timeout=300_000)
    say("world ready", time.perf_counter() - begun, "s")
    begun = time.perf_counter()
    press(page, "step")
    page.wait_for_function(f"({MONTH}) === 'January 2026'", timeout=60_000)
    say("press of step to the first month", time.perf_counter() - begun, "s")

    page.evaluate(
        """() => {
            window.frames_seen = 0;
            const month = document.querySelector("[data-testid=month]");
            new MutationObserver(() => window.frames_seen++).observe(month, { childList: true });
        }"""
    )
    server.cpu_percent()
    last = month_name(chosen.months)
    page.locator("[data-testid=speed]").locator("xpath=ancestor::*[contains(@class,'v-select')][1]").first.click(
        force=True
    )
    page.locator(".v-menu__content .v-list-item", has_text="30 months/s").click()
    begun = time.perf_counter()
    press(page, "play")
    page.wait_for_function(f"{YEARS_SEEN} >= {2026 * 12 + chosen.months - 1}", timeout=600_000)
    press(page, "play")
    seconds = time.perf_counter() - begun
    say(f"months until {last}", (chosen.months - 1) / seconds, "a second")
    say("frames", page.evaluate("window.frames_seen") / seconds, "a second")
    say("server", server.cpu_percent(), "% of a core")
    say("server memory", server.memory_info().rss / 2**20, "MiB")
    page.wait_for_timeout(700)
    page.mouse.move(0, 0)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=chosen.out)
    print(f"picture: {chosen.out}")


YEARS_SEEN = f"""(() => {{
    const [name, year] = ({MONTH}).split(" ");
    return Number(year) * 12 + new Date(name + " 1, 2000").getMonth();
}})()"""
"""The month on the page, in months since year 0."""


def month_name(months: int) -> str:
    return f"{2026 + (months - 1) // 12}-{(months - 1) % 12 + 1:02d}"


def press(page: Page, name: str) -> None:
    page.locator(f"[data-testid={name}]").click()


def say(what: str, value: float, unit: str) -> None:
    print(f"{what:<40} {value:8.2f} {unit}", flush=True)


if __name__ == "__main__":
    main()
