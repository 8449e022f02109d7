"""The pages in a real browser: they show what the API says, and never more than they know."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect, sync_playwright

from service.pages.language import LOCALES
from tests.service.pages.live_scene import live_scene
from tests.streams.cameras import wait_until

pytestmark = pytest.mark.needs("chromium")
CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
PAGES = [
    "/",
    "/sites/yard/parking",
    "/sites/yard/lots/main",
    "/sites/yard/cameras/north",
    "/sites/yard/cameras/north/layout",
    "/sites/line/trams/cab/alerts",
    "/engineer",
    "/audit",
    "/docs",
    "/p/main",
]
SMALL_BYTES = 14 * 1024
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # a busy machine draws late
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
    page = browser.new_page(reduced_motion="reduce")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
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


def test_card_shows_the_picture_of_the_camera_that_it_names(scene, page):
    root, _ = scene
    page.goto(f"{root}/sites/yard/parking")
    expect(page.locator(".picture")).to_have_attribute("data-camera", "north")

    def name_south(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("north", "south"))

    def look_north(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace("south", "north")))

    page.route("**/sites/yard/parking", name_south)
    page.route("**/cameras/south/picture.jpg*", look_north)
    httpx.post(f"{root}/scene/cars/A2")
    expect(page.locator(".picture")).to_have_attribute("src", re.compile("/cameras/south/"))
    expect(page.locator(".picture")).to_have_js_property("naturalWidth", 320)


def test_page_follows_on_a_tablet_that_is_years_old(scene, page):
    root, _ = scene
    page.add_init_script("delete AbortSignal.timeout")
    page.goto(f"{root}/sites/yard/parking")
    httpx.post(f"{root}/scene/cars/A2")
    expect(page.locator('tr[data-spot="A2"]')).to_contain_text("occupied")
    expect(page.locator("#contact")).to_be_hidden()


def test_control_room_follows_with_many_pages_open(scene, browser):
    root, _ = scene
    context = browser.new_context()
    pages = [context.new_page() for _ in range(8)]
    for page in pages:
        page.goto(f"{root}/sites/yard/parking", wait_until="domcontentloaded")
    httpx.post(f"{root}/scene/cars/A2")
    for page in pages:
        expect(page.locator('tr[data-spot="A2"]')).to_contain_text("occupied")
        expect(page.locator("#contact")).to_be_hidden()
    context.close()


def test_page_asks_a_slow_service_once_at_a_time(scene, page):
    root, _ = scene
    page.add_init_script("""
        let open = 0;
        const quick = fetch;
        window.fetch = async (...asked) => {
          window.most = Math.max(window.most || 0, ++open);
          await new Promise((done) => setTimeout(done, 1500));
          return quick(...asked).finally(() => open--);
        };
    """)
    page.goto(f"{root}/sites/yard/parking")
    page.evaluate("line.addEventListener('message', () => { window.told += 1; })")
    for cars in ("A2", "A2,A3", "A3"):
        page.evaluate("window.told = 0")
        httpx.post(f"{root}/scene/cars/{cars}")
        assert wait_until(lambda: page.evaluate("window.told") >= 2, 30)  # the spot and its lot
    expect(page.locator('tr[data-spot="A2"]')).to_contain_text("free")
    expect(page.locator('tr[data-spot="A3"]')).to_contain_text("occupied")
    assert page.evaluate("window.most") == 1


def test_picture_that_loads_late_is_asked_for_once_a_second(scene, page):
    root, _ = scene
    page.add_init_script("""
        const begin = setTimeout, end = clearTimeout;
        window.waiting = new Set();
        window.setTimeout = (act, ms) => {
          const timer = begin(() => { waiting.delete(timer); act(); }, ms);
          if (ms === 1000) waiting.add(timer);
          return timer;
        };
        window.clearTimeout = (timer) => { waiting.delete(timer); end(timer); };
    """)
    held: list[Route] = []
    page.route("**/picture.jpg?site=yard", lambda route: held.append(route))
    page.goto(f"{root}/sites/yard/parking", wait_until="domcontentloaded")
    held[0].continue_()
    expect(page.locator(".picture")).to_have_js_property("naturalWidth", 320)
    assert page.evaluate("waiting.size") == 1


@pytest.mark.parametrize("path", ["/", "/sites/yard/parking"])
def test_page_whose_script_does_not_run_says_that_it_is_old(scene, browser, path):
    root, _ = scene
    context = browser.new_context()
    page = context.new_page()
    page.route("**/live.js", lambda route: route.fulfill(body="a syntax of next year"))
    page.goto(f"{root}{path}")
    expect(page.locator("#contact")).to_be_hidden()
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    expect(page.locator("#contact")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("key", "code"), [("1", "Digit1"), ("&", "Digit1"), ("١", "Numpad1")])
def test_sample_is_judged_by_one_key_of_every_keyboard(scene, page, key, code):
    root, _ = scene
    page.goto(f"{root}/audit")
    page.evaluate("""
        document.body.insertAdjacentHTML("beforeend", '<button data-key="1">Right</button>');
        document.body.lastElementChild.addEventListener("click", () => { window.isJudged = true; });
    """)
    page.evaluate(
        "pressed => document.body.dispatchEvent(new KeyboardEvent('keydown', pressed))",
        {"key": key, "code": code, "bubbles": True},
    )
    assert page.evaluate("window.isJudged")


def test_overview_and_tram_page_follow_the_api(scene, page):
    root, _ = scene
    page.goto(f"{root}/?lang=fr")
    expect(page.locator('[data-lot="yard/main"] .count')).to_have_text("2 places libres")
    httpx.post(f"{root}/scene/cars/A1,A2")
    expect(page.locator('[data-lot="yard/main"] .count')).to_have_text("1 place libre")
    expect(page.locator("#attention")).to_contain_text("Rien pour le moment")
    httpx.post(f"{root}/scene/cab/stop")
    expect(page.locator('[data-needy="line/cab"]')).to_contain_text("sans image")
    expect(page.locator('[data-alert="line/cab"] [data-part="level"]')).to_have_text(
        "Assistance indisponible"
    )
    page.goto(f"{root}/sites/line/trams/cab/alerts?lang=en")
    expect(page.locator('[data-part="level"]')).to_have_text("Assistance unavailable")
    expect(page.locator(".lanes rect.unavailable").first).to_be_attached()


def test_reader_keeps_focus_while_the_page_follows(scene, page):
    root, _ = scene
    page.goto(f"{root}/sites/yard/parking?lang=en")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    link = page.locator('[data-lot="main"] h2 a')
    link.focus()
    httpx.post(f"{root}/scene/cars/A3")
    expect(page.locator('tr[data-spot="A3"]')).to_contain_text("occupied")
    expect(link).to_be_focused()


@pytest.mark.parametrize("code", LOCALES)
@pytest.mark.parametrize("path", PAGES)
def test_page_fits_and_is_readable(scene, page, path, code):
    root, _ = scene
    page.goto(f"{root}{path}?lang={code}")
    assert page.evaluate("document.documentElement.dir") == ("rtl" if code == "ar" else "ltr")
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate(CONTRAST) == []
    unnamed = "[...document.images].filter((each) => !each.hasAttribute('alt')).length"
    assert page.evaluate(unnamed) == 0


def test_public_page_is_one_small_answer(scene, browser):
    root, _ = scene
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{root}/p/main?lang=ar")
    expect(page.locator(".n")).to_have_text("مكانان شاغران")
    page.wait_for_load_state("networkidle")
    assert [each.url for each in answers] == [f"{root}/p/main?lang=ar"]
    assert len(answers[0].body()) < SMALL_BYTES
    context.close()
