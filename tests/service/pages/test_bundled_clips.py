"""While bundled clips play through the real service, its pages show what its API tells."""

import re
import shutil
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.service.cli.programs import start_wayside
from tests.streams.cameras import wait_until

pytestmark = pytest.mark.needs("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LONGEST_S = 120.0  # on a busy machine; a pass of a clip takes 20 s at most

WATCH_SPOTS = """() => {
  window.told = []; window.shown = [];
  const statuses = new Map();
  const look = () => {
    for (const row of document.querySelectorAll("tr[data-spot]")) {
      const status = row.querySelector(".state").classList[1];
      if (statuses.get(row.dataset.spot) !== status) shown.push([row.dataset.spot, status]);
      statuses.set(row.dataset.spot, status);
    }
  };
  look();
  window.shown = [];
  const all = { subtree: true, childList: true, attributes: true };
  new MutationObserver(look).observe(document.querySelector("main"), all);
  window.source = new EventSource("/api/v1/events?site=lot-day&type=spot.changed");
  source.addEventListener("spot.changed", (event) => {
    const { spot_id, status } = JSON.parse(event.data).data;
    told.push([spot_id, status]);
  });
}"""
SAME_LOT = """async () => {
  const ask = async (what) => (await fetch(`/api/v1/${what}`)).json();
  const lot = await ask("lots/main?site=lot-day");
  const spots = await ask("spots?lot=main&site=lot-day");
  const number = (part) => Number(document.querySelector(`.lot [data-part="${part}"]`).textContent);
  const wears = (selector, status) => document.querySelector(selector).classList.contains(status);
  return document.querySelector(".count").textContent === lot.text
    && number("free") === lot.free_min && number("occupied") === lot.occupied
    && number("unknown") === lot.unknown
    && spots.length === 14
    && spots.every(({ spot_id, status }) => wears(`tr[data-spot="${spot_id}"] .state`, status)
      && wears(`g[data-spot="${spot_id}"]`, status));
}"""
SAME_OVERVIEW = """async () => {
  const lot = await (await fetch("/api/v1/lots/main?site=lot-day")).json();
  return document.querySelector('[data-lot="lot-day/main"] .count').textContent === lot.text;
}"""
WATCH_ALERTS = """() => {
  window.told = [];
  window.source = new EventSource("/api/v1/events?site=tram-crossing&type=alert.changed");
  source.addEventListener("alert.changed", (event) => told.push(JSON.parse(event.data).data.level));
}"""
SHOWN_AND_TOLD = """async () => {
  const alerts = await (await fetch("/api/v1/alerts?site=tram-crossing")).json();
  return [document.getElementById("cabin").classList[0], alerts[0].level];
}"""


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    process = start_wayside("demo", "lot_day", "tram_crossing", "--port", 0)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert found, process.stderr and process.stderr.read()
        assert wait_until(lambda: is_seen(found[0]), LONGEST_S)
        yield found[0]
    finally:
        process.kill()
        process.communicate()


def is_seen(root: str) -> bool:
    try:
        lot = httpx.get(f"{root}/api/v1/lots/main", params={"site": "lot-day"}, timeout=10).json()
    except httpx.HTTPError:
        return False
    return bool(lot["occupied"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    page = browser.new_page(reduced_motion="reduce", locale="en-GB")
    page.set_default_timeout(60_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert faults == []


def changes_by_spot(changes: list[list[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for spot_id, status in changes:
        found.setdefault(spot_id, []).append(status)
    return found


def comes_true(page: Page, expression: str, timeout_s: float = 20.0) -> bool:
    """Whether something in the page becomes so in time."""

    def is_so() -> bool:
        page.wait_for_timeout(100)
        return bool(page.evaluate(expression))

    return wait_until(is_so, timeout_s)


def is_in_order(shorter: list[Any], longer: list[Any]) -> bool:
    """Whether all of the shorter stands in the longer, in its order."""
    rest = iter(longer)
    return all(each in rest for each in shorter)


def test_lot_page_shows_every_change_that_the_api_tells(root, page):
    page.goto(f"{root}/sites/lot-day/lots/main?lang=en")
    page.evaluate(WATCH_SPOTS)
    assert comes_true(page, "told.length >= 2", LONGEST_S)

    def all_told_is_shown() -> bool:
        page.wait_for_timeout(100)
        told, shown = map(changes_by_spot, page.evaluate("[told, shown]"))
        return all(is_in_order(each, shown.get(spot_id, [])) for spot_id, each in told.items())

    assert wait_until(all_told_is_shown)
    assert comes_true(page, SAME_LOT)


def test_overview_and_residents_read_the_same_count(root, page):
    page.goto(f"{root}/?lang=en")
    assert comes_true(page, SAME_OVERVIEW)

    def reads_the_same() -> bool:
        told = httpx.get(f"{root}/api/v1/lots/main", params={"site": "lot-day"}).json()["text"]
        answer = httpx.get(f"{root}/p/main", params={"site": "lot-day", "lang": "en"})
        text = httpx.get(f"{root}/p/main?site=lot-day&lang=en", headers={"Accept": "text/plain"})
        return f">{told}</p>" in answer.text and f"  {told} of 14 spots" in text.text

    assert wait_until(reads_the_same, 20)


def test_cabin_display_shows_what_the_api_tells(root, page):
    page.goto(f"{root}/sites/tram-crossing/trams/cab?lang=en")
    page.evaluate(WATCH_ALERTS)
    expect(page.locator("#cabin")).to_be_visible()
    # what changed before somebody listened was told to nobody, but it may still stand
    assert comes_true(page, "source.readyState === EventSource.OPEN")
    _, stood = page.evaluate(SHOWN_AND_TOLD)
    begun = len(page.evaluate("cabinDisplay.log"))
    seen: set[str] = set()

    def saw_levels_alike() -> bool:
        page.wait_for_timeout(50)
        shown, told = page.evaluate(SHOWN_AND_TOLD)
        if shown == told != "unavailable":
            seen.add(shown)
        return len(seen) >= 2

    assert wait_until(saw_levels_alike, LONGEST_S), seen
    log, told = page.evaluate("[cabinDisplay.log, told]")
    # on a busy machine its watchdog may step in during one and the same warning
    shown = (each["level"] for each in log[begun + 1 :] if each["level"] != "unavailable")
    levels = [level for level, _ in groupby(shown)]
    warnings = [level for level in levels if level in ("caution", "alarm")]
    assert is_in_order(warnings, [stood, *told])  # never a warning of its own
