"""The pages in a real browser: they show what the API says, and never more than they know."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.service.pages.live_scene import live_scene
from tests.streams.cameras import wait_until

pytestmark = pytest.mark.needs("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WARNING = re.compile("^(information|caution|alarm)$")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=15_000)  # a busy machine draws late
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A running service over two cameras whose scenes are drawn."""
    with live_scene() as running:
        yield running


@pytest.fixture
def scene(service) -> tuple[str, "subprocess.Popen[str]"]:
    """The service with a car on A1, and a person standing on the rails ahead of the tram."""
    root, process = service
    httpx.post(f"{root}/scene/reset")
    return root, process


@pytest.fixture
def page(browser) -> Iterator[Page]:
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    page.close()
    assert faults == []


def spot_status(root: str, spot_id: str) -> str:
    return str(httpx.get(f"{root}/api/v1/spots/{spot_id}").json()["status"])


def test_parking_page_shows_what_the_api_says_and_follows(scene, page):
    root, _ = scene
    page.goto(f"{root}/sites/yard/parking")
    row = page.locator('tr[data-spot="A1"]')
    expect(row).to_contain_text("occupied")
    expect(page.locator('[data-lot="main"] .count')).to_have_text("2 free")
    expect(page.locator('g[data-spot="A1"]')).to_have_class("spot occupied")
    lot = httpx.get(f"{root}/api/v1/lots/main").json()
    assert lot["text"] == "2 free"
    httpx.post(f"{root}/scene/cars/A2")
    expect(page.locator('tr[data-spot="A2"]')).to_contain_text("occupied")
    expect(page.locator('tr[data-spot="A1"]')).to_contain_text("free")
    picture = page.locator(".picture")
    expect(picture).to_have_js_property("naturalWidth", 320)


def test_parking_page_works_without_javascript(scene, browser):
    root, _ = scene
    assert wait_until(lambda: spot_status(root, "A1") == "occupied")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{root}/sites/yard/parking")
    expect(page.locator('tr[data-spot="A1"]')).to_contain_text("occupied")
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    page.goto(f"{root}/sites/line/trams/cab")
    expect(page.locator("#level")).to_have_text("Assistance unavailable")
    context.close()


def test_display_shows_level_distance_and_what(scene, page):
    root, _ = scene
    page.goto(f"{root}/sites/line/trams/cab")
    expect(page.locator("#tram")).to_have_class(WARNING)
    expect(page.locator("#distance")).to_have_text(re.compile(r"^\d+ m$"))
    expect(page.locator("#what")).to_contain_text("Person")
    expect(page.locator("footer")).to_contain_text("the driver is responsible")
    httpx.post(f"{root}/scene/person/away")
    expect(page.locator("#tram")).to_have_class("clear")
    expect(page.locator("#what")).to_have_text("Nothing in the way")


def test_display_alarms_when_the_tram_nears_a_person(scene, page):
    root, _ = scene
    page.goto(f"{root}/sites/line/trams/cab")
    httpx.post(f"{root}/scene/person/nears")
    expect(page.locator("#tram")).to_have_class("alarm")
    expect(page.locator("#what")).to_contain_text("Person · in the way")
    expect(page.locator("#distance")).to_have_text(re.compile(r"^\d+ m$"))


def expect_unavailable(page: Page) -> None:
    expect(page.locator("#tram")).to_have_class("unavailable", timeout=5_000)
    expect(page.locator("#level")).to_have_text("Assistance unavailable")
    expect(page.locator("#what")).to_have_text("No contact with the service")
    expect(page.locator("#caption")).to_be_visible()


def test_display_goes_unavailable_by_itself_when_the_service_freezes(scene, page):
    root, process = scene
    httpx.post(f"{root}/scene/person/away")
    page.goto(f"{root}/sites/line/trams/cab")
    expect(page.locator("#tram")).to_have_class("clear")
    os.kill(process.pid, signal.SIGSTOP)
    try:
        expect_unavailable(page)
    finally:
        os.kill(process.pid, signal.SIGCONT)
    expect(page.locator("#tram")).to_have_class("clear")


def test_pages_say_so_when_the_service_is_killed(browser):
    with live_scene() as (root, process):
        httpx.post(f"{root}/scene/person/away")
        display, lots = browser.new_page(), browser.new_page()
        display.goto(f"{root}/sites/line/trams/cab")
        lots.goto(f"{root}/sites/yard/parking")
        expect(display.locator("#tram")).to_have_class("clear")
        expect(lots.locator('tr[data-spot="A1"]')).to_contain_text("occupied")
        expect(lots.locator("#contact")).to_be_hidden()
        process.kill()
        expect_unavailable(display)
        expect(lots.locator("#contact")).to_be_visible(timeout=15_000)
        display.close()
        lots.close()


def test_display_says_which_part_failed(scene, page):
    root, _ = scene
    page.goto(f"{root}/sites/line/trams/cab")
    expect(page.locator("#tram")).to_have_class(WARNING)
    httpx.post(f"{root}/scene/cab/stop")
    expect(page.locator("#tram")).to_have_class("unavailable")
    expect(page.locator("#what")).to_have_text("no picture")
