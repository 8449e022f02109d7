"""The pages in a real browser: they show what the API says, and never more than they know."""

import shutil
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.service.pages.live_scene import live_scene
from tests.streams.cameras import wait_until

pytestmark = pytest.mark.needs("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


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
    context.close()


def test_pages_say_so_when_the_service_is_killed(browser):
    with live_scene() as (root, process):
        lots = browser.new_page()
        lots.goto(f"{root}/sites/yard/parking")
        expect(lots.locator('tr[data-spot="A1"]')).to_contain_text("occupied")
        expect(lots.locator("#contact")).to_be_hidden()
        process.kill()
        expect(lots.locator("#contact")).to_be_visible(timeout=15_000)
        lots.close()
