"""The login in a real browser, and every page under its strict content policy."""

import re
import shutil
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.access.caller import Access
from service.access.keys import new_key
from service.access.limits import Rate
from service.access.roles import Role
from service.live.hub import Hub
from service.store.store import Store
from tests.service.access.keys_in_memory import KeysInMemory
from tests.service.running import running_server
from tests.service.shown_sites import make_sites, show

pytestmark = pytest.mark.needs("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SECRET = bytes(32)
PAGES = (
    "/",
    "/sites/yard/parking",
    "/sites/yard/lots/main",
    "/sites/yard/cameras/north",
    "/sites/yard/cameras/north/layout",
    "/sites/line/trams/cab",
    "/sites/line/trams/cab/alerts",
    "/p/main",
    "/engineer",
    "/audit",
    "/docs",
    "/login",
)
WATCH_POLICY = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.refused.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # a busy machine draws late
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def door(tmp_path_factory) -> Iterator[tuple[str, dict[Role, str]]]:
    """A running service with keys: its address and a key for every role."""
    folder = tmp_path_factory.mktemp("pages")
    sites = make_sites(folder)
    hub = Hub(sites)
    for site in sites:
        show(hub, site, {"A1"})
    keys, texts = KeysInMemory(), {}
    for role in Role:
        key, texts[role] = new_key(f"the {role}", role, 5)
        keys.add(key)
    store = Store.open(str(folder / "wayside.sqlite"))
    access = Access(keys, SECRET, {role: Rate(1e4, 1e4) for role in Role})
    with running_server(hub, store=store, access=access) as root:
        yield root, texts
    store.close()


def log_in(page: Page, key: str) -> None:
    page.get_by_label("Key").fill(key)
    page.get_by_role("main").get_by_role("button", name="Log in").click()


def test_key_opens_the_page_that_was_asked_for(door, browser):
    root, keys = door
    page = browser.new_page()
    page.goto(f"{root}/sites/yard/parking")
    expect(page).to_have_url(f"{root}/login?next=%2Fsites%2Fyard%2Fparking")
    log_in(page, "wsk_wrong")
    expect(page.get_by_role("alert")).to_contain_text("unknown, revoked or expired")
    log_in(page, keys[Role.READER])
    expect(page).to_have_url(f"{root}/sites/yard/parking")
    expect(page.locator('tr[data-spot="A1"]')).to_contain_text("occupied")
    assert page.evaluate("document.cookie").find("wayside_session") == -1  # not for scripts
    assert page.evaluate("fetch('/api/v1/spots').then((answer) => answer.status)") == 200
    page.goto(f"{root}/sites/yard/cameras/north/layout")
    expect(page.get_by_role("alert")).to_contain_text("may not open this page")
    log_in(page, keys[Role.ENGINEER])
    expect(page).to_have_url(f"{root}/sites/yard/cameras/north/layout")
    page.goto(f"{root}/")
    page.get_by_role("contentinfo").get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{root}/login")
    page.goto(f"{root}/")
    expect(page).to_have_url(f"{root}/login?next=%2F")
    page.close()


def test_login_works_without_javascript_and_in_every_language(door, browser):
    root, keys = door
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for language, heading in (("fr", "Connexion"), ("ar", "تسجيل الدخول"), ("en", "Log in")):
        page.goto(f"{root}/login?lang={language}")
        expect(page.get_by_role("heading")).to_have_text(heading)
    log_in(page, keys[Role.DISPLAY])
    expect(page).to_have_url(f"{root}/")
    context.close()


@pytest.mark.parametrize(
    ("path", "part", "said"),
    [
        ("/sites/yard/lots/main?hours=168", "#login_over", "The login has ended"),
        ("/cabin/cab", ".signal", r"Assistance unavailable\s+The login has ended"),
    ],
    ids=["lot", "cabin"],
)
def test_open_page_says_that_its_key_is_gone_and_leads_to_the_login(
    door, browser, path, part, said
):
    root, keys = door
    admin = {"Authorization": f"Bearer {keys[Role.ADMIN]}"}
    wish = {"name": "tablet", "role": "display"}
    made = httpx.post(f"{root}/api/v1/keys", json=wish, headers=admin).json()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{root}/login?next={path}")
    log_in(page, made["key"])
    expect(page).to_have_url(f"{root}{path}")
    shown = page.locator(part)
    expect(shown.get_by_role("link")).to_be_hidden()
    httpx.delete(f"{root}/api/v1/keys/{made['key_id']}", headers=admin)
    expect(shown).to_contain_text(re.compile(said))
    expect(page.locator("#contact")).to_be_hidden()
    shown.get_by_role("link").press("Enter")
    log_in(page, keys[Role.DISPLAY])
    expect(page).to_have_url(f"{root}{path}")
    context.close()


def test_every_page_keeps_to_its_content_policy(door, browser):
    root, keys = door
    context = browser.new_context()
    context.add_init_script(WATCH_POLICY)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{root}/login")
    log_in(page, keys[Role.ADMIN])
    expect(page).to_have_url(f"{root}/")
    refused = {}
    for path in PAGES:
        answer = page.goto(f"{root}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert "unsafe" not in answer.headers["content-security-policy"]
        page.wait_for_timeout(150)  # scripts of the page have begun
        refused[path] = page.evaluate("window.refused")
    context.close()
    assert {path: found for path, found in refused.items() if found} == {}
    assert faults == []
