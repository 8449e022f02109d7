"""The layout editor in a real browser, by mouse and by keyboard, saved through the real service."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    expect,
    sync_playwright,
)

from tests.service.pages.live_scene import live_scene
from tests.service.scenes import HEIGHT_PX, SPOTS, WIDTH_PX
from tests.streams.cameras import wait_until

pytestmark = pytest.mark.needs("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SMALL_TARGETS = """() => [...document.querySelectorAll("button, input, select")]
  .filter((each) => each.offsetParent && each.type !== "checkbox")
  .filter((each) => each.getBoundingClientRect().height < 43)
  .map((each) => each.outerHTML)"""
LAYOUT = "/api/v1/cameras/north/layout?site=yard"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # a busy machine draws late
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    with live_scene() as (root, _):
        assert wait_until(lambda: httpx.get(f"{root}{LAYOUT}").json()["width_px"] is not None)
        yield root


@pytest.fixture
def page(browser, root) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if is_fault(said) else None)
    page.on("dialog", lambda dialog: dialog.accept())
    open_editor(page, root)
    yield page
    page.close()
    assert faults == []


def open_editor(page: Page, root: str, lang: str = "en") -> None:
    """Ready to be worked: the spots are drawn."""
    page.goto(f"{root}/sites/yard/cameras/north/layout?lang={lang}")
    expect(page.locator('#stage [data-name="A1"]')).to_be_visible()


def is_fault(said: ConsoleMessage) -> bool:
    """Anything a browser complains about, but for a refusal that a test asks for."""
    refusals = ("409 (Conflict)", "401 (Unauthorized)", "net::ERR_FAILED")
    return said.type == "error" and not any(each in said.text for each in refusals)


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a px of the camera's picture lies on the screen."""
    box = page.locator("#stage").bounding_box()
    assert box is not None
    return box["x"] + x / WIDTH_PX * box["width"], box["y"] + y / HEIGHT_PX * box["height"]


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*at(page, *start))
    page.mouse.down()
    page.mouse.move(*at(page, *[(a + b) / 2 for a, b in zip(start, end, strict=True)]))
    page.mouse.move(*at(page, *end))
    page.mouse.up()


def corners(spot: Locator) -> list[tuple[float, float]]:
    points = (spot.locator("polygon").get_attribute("points") or "").split()
    return [(float(x), float(y)) for x, y in (point.split(",") for point in points)]


def spot_of(page: Page, name: str) -> Locator:
    return page.locator(f'#stage [data-name="{name}"]')


def saved(root: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{root}{LAYOUT}").json()
    return found


def test_draw_by_mouse_name_and_save(root, page):
    before = saved(root)
    page.click('[data-tool="draw"]')
    for corner in ((100, 20), (150, 20), (170, 50), (130, 70), (90, 50)):
        page.mouse.click(*at(page, *corner))
    page.mouse.click(*at(page, 100, 20))  # the first corner closes the outline
    expect(page.locator("#stage .spot")).to_have_count(5)
    page.fill("#properties [name=id]", "C1")
    page.locator("#properties [name=id]").blur()
    page.select_option("#properties [name=group]", "disabled")
    expect(page.locator("#unsaved")).to_be_visible()
    page.fill("#save [name=comment]", "one more spot")
    with page.expect_request(lambda request: request.method == "PUT") as sent:
        page.click("#save button.main")
    stated = sent.value.post_data_json
    assert (stated["width_px"], stated["height_px"]) == (WIDTH_PX, HEIGHT_PX)
    expect(page.locator("#told")).to_have_text(f"Saved as version {before['version'] + 1}.")
    expect(page.locator("#unsaved")).to_be_hidden()
    after = saved(root)
    assert after["version"] == before["version"] + 1
    assert after["comment"] == "one more spot"
    assert after["created_at"] is not None
    drawn = next(each for each in after["spots"] if each["id"] == "C1")
    assert drawn["group"] == "disabled"
    assert len(drawn["polygon"]) == 5
    assert drawn["polygon"][0] == pytest.approx([100, 20], abs=1)
    versions = page.locator("#versions li")
    expect(versions.first).to_contain_text("one more spot")


def test_drag_spot_and_corner_then_undo_and_redo(page):
    spot = spot_of(page, "A2")
    was = corners(spot)
    drag(page, (120, 130), (130, 110))
    assert corners(spot) == [pytest.approx((x + 10, y - 20), abs=1) for x, y in was]
    moved = corners(spot)
    drag(page, moved[0], (moved[0][0] - 8, moved[0][1] - 6))
    assert corners(spot)[0] == pytest.approx((moved[0][0] - 8, moved[0][1] - 6), abs=1)
    assert corners(spot)[1:] == moved[1:]
    page.click('[data-do="undo"]')
    assert corners(spot) == moved
    page.click('[data-do="undo"]')
    assert corners(spot) == was
    page.click('[data-do="redo"]')
    assert corners(spot) == moved
    page.click('[data-do="undo"]')
    expect(page.locator("#unsaved")).to_be_hidden()


def test_spot_cannot_leave_the_picture(page):
    drag(page, (50, 130), (1, 1))
    xs, ys = zip(*corners(spot_of(page, "A1")), strict=True)
    assert min(xs) >= 0
    assert min(ys) >= 0


def test_split_into_a_row(page):
    page.mouse.click(*at(page, 190, 130))
    page.fill("#parts", "3")
    page.click('[data-do="split"]')
    names = [each.inner_text() for each in page.locator("#spots button").all()]
    row = [name for name in names if name not in {"A1", "A2", "B1", "C1"}]
    assert row == ["A3", "A4", "A5"]
    xs = [x for name in row for x, _ in corners(spot_of(page, name))]
    assert (min(xs), max(xs)) == (SPOTS["A3"][0][0], SPOTS["A3"][1][0])


def test_all_by_keyboard(page):
    stage = page.locator("#stage")
    stage.focus()
    count = page.locator("#stage .spot").count()
    page.keyboard.press("PageDown")
    chosen = page.locator("#stage .spot.chosen")
    expect(chosen).to_have_attribute("data-name", "A1")
    was = corners(chosen)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert corners(chosen) == [(x + 1, y - 10) for x, y in was]
    page.keyboard.press("c")  # the first corner alone
    page.keyboard.press("ArrowLeft")
    assert corners(chosen)[0] == (was[0][0], was[0][1] - 10)
    page.keyboard.press("i")
    expect(page.locator("#stage .corner")).to_have_count(5)
    page.keyboard.press("Delete")
    expect(page.locator("#stage .corner")).to_have_count(4)
    page.keyboard.press("Escape")
    page.keyboard.press("PageDown")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    expect(page.locator("#stage .spot")).to_have_count(count + 1)
    page.keyboard.press("Delete")
    expect(page.locator("#stage .spot")).to_have_count(count)
    page.keyboard.press("d")
    for keys in (
        ["Space"],
        ["Shift+ArrowRight"] * 3 + ["Space"],
        ["Shift+ArrowDown"] * 3 + ["Space"],
    ):
        for key in keys:
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator("#stage .spot")).to_have_count(count + 1)
    for _ in range(9):
        page.keyboard.press("Control+z")
    expect(page.locator("#stage .spot")).to_have_count(count)
    assert corners(spot_of(page, "A1")) == was


def test_taken_name_is_refused(page):
    page.mouse.click(*at(page, 50, 130))
    page.fill("#properties [name=id]", "A2")
    page.locator("#properties [name=id]").blur()
    expect(spot_of(page, "A1")).to_have_count(1)


def test_older_version_is_not_overwritten(root, page):
    page.mouse.click(*at(page, 50, 130))
    page.locator("#stage").focus()
    page.keyboard.press("ArrowRight")
    present = saved(root)
    change = {
        "base_version": present["version"],
        "comment": "meanwhile",
        "spots": present["spots"],
        "zones": present["zones"],
        "map": present["map"],
    }
    answer = httpx.put(f"{root}{LAYOUT}", json=change)
    assert answer.status_code == 200, answer.text
    with page.expect_console_message(lambda said: "409" in said.text):
        page.click("#save button.main")
    expect(page.locator("#told")).to_contain_text(
        f"saved version {present['version'] + 1} meanwhile"
    )
    assert saved(root)["comment"] == "meanwhile"
    mine = corners(spot_of(page, "A1"))
    page.get_by_role("button", name="Take theirs").click()
    theirs = corners(spot_of(page, "A1"))
    assert theirs != mine
    expect(page.locator("#unsaved")).to_be_hidden()
    page.click('[data-do="undo"]')  # nothing of mine is lost
    assert corners(spot_of(page, "A1")) == mine
    page.click("#save button.main")
    expect(page.locator("#told")).to_have_text(f"Saved as version {present['version'] + 2}.")
    kept = next(each for each in saved(root)["spots"] if each["id"] == "A1")
    assert [tuple(corner) for corner in kept["polygon"]] == mine


def test_by_finger_on_a_phone(root, browser):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{root}/sites/yard/cameras/north/layout")
    expect(spot_of(page, "A2")).to_be_visible()
    page.touchscreen.tap(*at(page, 120, 130))
    expect(page.locator("#stage .spot.chosen")).to_have_attribute("data-name", "A2")
    page.tap('[data-do="closer"]')
    reach = page.locator("#stage .reach").first.bounding_box()
    assert reach is not None
    assert min(reach["width"], reach["height"]) >= 43  # as large as a finger
    assert page.locator("#stage").get_attribute("viewBox") == "40 85 160 90"
    page.tap('[data-do="insert"]')
    expect(page.locator("#stage .corner")).to_have_count(5)
    page.tap('[data-do="remove"]')
    expect(page.locator("#stage .corner")).to_have_count(4)
    page.tap('[data-do="farther"]')
    page.tap('[data-tool="draw"]')
    count = page.locator("#stage .spot").count()
    for corner in ((240, 20), (290, 20), (265, 60)):
        page.touchscreen.tap(*at(page, *corner))
    page.get_by_role("button", name="Close the outline").tap()
    expect(page.locator("#stage .spot")).to_have_count(count + 1)
    small = page.evaluate(SMALL_TARGETS)
    assert small == []
    context.close()


def test_camera_that_showed_nothing_yet_keeps_its_spots_in_sight(root, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.route("**/*.jpg*", lambda route: route.fulfill(status=503))
    page.route(re.compile(r"/layout(\?|$)"), answer_unseen)
    page.goto(f"{root}/sites/yard/cameras/north/layout")
    far = spot_of(page, "B1")
    expect(far).to_be_visible()
    was = corners(far)
    width_px, height_px = map(float, (page.get_attribute("#stage", "viewBox") or "").split()[2:])
    assert max(x for x, _ in was) <= width_px
    assert max(y for _, y in was) <= height_px
    page.get_by_role("button", name="B1").click()
    page.keyboard.press("ArrowLeft")
    assert corners(far) == [(x - 1, y) for x, y in was]
    page.close(run_before_unload=False)


def answer_unseen(route: Route) -> None:
    """The page and the layout as of a camera of 1280x720 px whose picture is not known."""
    answer = route.fetch()
    if "/api/" not in route.request.url:
        text = re.sub(r'data-(width|height)="\d+"', r'data-\1=""', answer.text())
        route.fulfill(response=answer, body=text)
        return
    layout = answer.json() | {"width_px": None, "height_px": None}
    for spot in layout["spots"]:
        spot["polygon"] = [(round(4 * x), round(4 * y)) for x, y in spot["polygon"]]
    route.fulfill(response=answer, json=layout)


def test_undo_takes_back_the_last_corner_of_a_drawing(page):
    page.mouse.click(*at(page, 120, 130))
    page.keyboard.press("ArrowLeft")
    moved = corners(spot_of(page, "A2"))
    page.keyboard.press("d")
    for corner in ((100, 20), (150, 20), (10, 90)):
        page.mouse.click(*at(page, *corner))
    page.keyboard.press("Control+z")
    expect(page.locator("#stage .corner")).to_have_count(2)
    assert corners(spot_of(page, "A2")) == moved
    page.mouse.click(*at(page, 130, 60))
    page.keyboard.press("Enter")
    assert corners(page.locator("#stage .spot").last) == [
        pytest.approx(corner, abs=1) for corner in ((100, 20), (150, 20), (130, 60))
    ]


def test_choosing_with_an_unsteady_hand_moves_nothing(page):
    spot = spot_of(page, "A2")
    was = corners(spot)
    press(page, at(page, 120, 130), by_px=1)
    press(page, at(page, *was[0]), by_px=2)
    expect(page.locator("#stage .corner.chosen")).to_have_count(1)
    assert corners(spot) == was
    expect(page.locator("#unsaved")).to_be_hidden()


def press(page: Page, place: tuple[float, float], by_px: float) -> None:
    """A click in which the mouse slips by so many px of the screen."""
    x, y = place
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by_px, y)
    page.mouse.up()


def test_corner_goes_as_far_as_the_hand(page):
    spot = spot_of(page, "A2")
    was = corners(spot)
    page.mouse.click(*at(page, 120, 130))
    x, y = at(page, *was[0])
    page.mouse.move(x + 5, y + 3)  # beside its middle
    page.mouse.down()
    page.mouse.move(*at(page, 0, 0))
    page.mouse.move(x + 5 - 40, y + 3)
    page.mouse.up()
    px_per_px = WIDTH_PX / page.locator("#stage").bounding_box()["width"]
    assert corners(spot)[0] == pytest.approx((was[0][0] - 40 * px_per_px, was[0][1]), abs=0.2)


def test_pinch_moves_no_spot(root, browser):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{root}/sites/yard/cameras/north/layout")
    spot = spot_of(page, "A2")
    expect(spot).to_be_visible()
    was = corners(spot)
    fingers = context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [(100, 130)]),
        ("touchStart", [(100, 130), (140, 130)]),
        ("touchMove", [(60, 130), (180, 130)]),
        ("touchEnd", [(60, 130)]),
        ("touchEnd", []),
    ):
        touches = [
            {"x": x, "y": y, "id": finger}
            for finger, (x, y) in enumerate(at(page, *point) for point in points)
        ]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    assert corners(spot) == was
    expect(page.locator("#unsaved")).to_be_hidden()
    context.close()


def test_name_that_is_taken_stays_with_its_spot(page):
    name = page.locator("#properties [name=id]")
    page.mouse.click(*at(page, 50, 130))
    name.fill("A2")
    page.mouse.click(*at(page, 190, 130))
    expect(page.locator("#stage .spot.chosen")).to_have_attribute("data-name", "A3")
    expect(name).to_have_value("A3")
    expect(spot_of(page, "A1")).to_have_count(1)


def test_typed_name_is_taken_over_by_one_click_elsewhere(page):
    page.mouse.click(*at(page, 50, 130))
    page.fill("#properties [name=id]", "K1")
    page.locator("#spots button", has_text="A2").click()
    expect(page.locator("#stage .spot.chosen")).to_have_attribute("data-name", "A2")
    expect(spot_of(page, "K1")).to_have_count(1)


def test_older_version_with_fewer_spots_is_taken_over(page):
    page.click("#save summary")
    was = page.locator("#stage .spot").count()
    page.locator("#spots button").last.click()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")  # one more, and it is chosen
    page.locator("#versions button").first.click()
    expect(page.locator("#stage .spot")).to_have_count(was)
    expect(page.locator("#stage .spot.chosen")).to_have_count(0)
    expect(page.locator("#told")).to_have_text("")


def test_comment_is_of_one_version(page):
    page.mouse.click(*at(page, 190, 130))
    page.keyboard.press("ArrowUp")
    page.fill("#save [name=comment]", "nearer to the wall")
    page.click("#save button.main")
    expect(page.locator("#told")).to_contain_text("Saved as version")
    expect(page.locator("#save [name=comment]")).to_have_value("")


def test_outline_that_crosses_itself_is_told_at_once(page):
    hint = page.locator("#hint")
    page.click('[data-tool="draw"]')
    for corner in ((100, 20), (150, 60), (150, 20), (100, 60)):
        page.mouse.click(*at(page, *corner))
    expect(hint).to_contain_text("crosses itself")
    page.keyboard.press("Escape")
    page.mouse.click(*at(page, 190, 130))
    expect(hint).not_to_contain_text("crosses itself")
    (x, y), (other_x, _), *_ = corners(spot_of(page, "A3"))
    drag(page, (x, y), (other_x + 10, y + 20))
    expect(hint).to_contain_text("crosses itself")
    page.keyboard.press("Escape")
    page.click("#save button.main")
    expect(page.locator("#stage .spot.chosen")).to_have_attribute("data-name", "A3")
    expect(page.locator("#told")).to_contain_text("crosses itself")


def test_level_wants_the_form_of_a_name(page):
    page.mouse.click(*at(page, 190, 130))
    level = page.locator("#properties [name=level]")
    level.fill("Level 1")
    level.blur()
    expect(page.locator("#unsaved")).to_be_hidden()
    page.check("#properties [name=closed]")
    level.fill("Level 1")
    page.click("#save button.main")
    expect(level).to_be_focused()
    expect(level).to_have_value("Level 1")
    expect(page.locator("#unsaved")).to_be_visible()
    level.fill("L1")
    level.blur()
    page.click("#save button.main")
    expect(page.locator("#unsaved")).to_be_hidden()


@pytest.mark.parametrize(
    ("key", "code"),
    [
        pytest.param("D", "KeyD", id="caps lock"),
        pytest.param("ي", "KeyD", id="Arabic letters"),
    ],
)
def test_keys_work_whatever_letters_they_write(page, key, code):
    page.dispatch_event("#stage", "keydown", {"key": key, "code": code})
    expect(page.locator('[data-tool="draw"]')).to_have_attribute("aria-pressed", "true")


def test_keys_go_on_after_a_button(page):
    page.mouse.click(*at(page, 120, 130))
    page.click('[data-do="copy"]')
    page.click('[data-do="paste"]')
    pasted = page.locator("#stage .spot").last
    was = corners(pasted)
    page.keyboard.press("ArrowLeft")
    assert corners(pasted) == [pytest.approx((x - 1, y)) for x, y in was]


def test_low_window_pans_as_far_as_the_hand(page):
    page.set_viewport_size({"width": 1280, "height": 400})  # the picture is narrower than its place
    page.click('[data-do="closer"]')
    scale = "() => document.getElementById('stage').getScreenCTM().a"
    stage = page.locator("#stage").bounding_box()
    left, *_ = map(float, (page.get_attribute("#stage", "viewBox") or "").split())
    x, y = stage["x"] + 0.65 * stage["width"], stage["y"] + 20  # where no spot is
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y)
    page.mouse.up()
    now_left, *_ = map(float, (page.get_attribute("#stage", "viewBox") or "").split())
    assert now_left - left == pytest.approx(60 / page.evaluate(scale), abs=0.5)


def test_what_is_chosen_comes_into_sight(page):
    page.mouse.click(*at(page, 50, 130))
    for _ in range(2):
        page.keyboard.press("+")
    page.get_by_role("button", name="B1").click()
    expect(spot_of(page, "B1").locator("text")).to_be_in_viewport()
    assert is_seen(page, (260, 130))


def is_seen(page: Page, place: tuple[float, float]) -> bool:
    """Whether a px of the camera's picture lies in the part that is shown."""
    left, top, width, height = map(float, (page.get_attribute("#stage", "viewBox") or "").split())
    return left <= place[0] <= left + width and top <= place[1] <= top + height


def test_undo_keeps_the_same_spot_chosen(page):
    chosen = page.locator("#stage .spot.chosen")
    page.mouse.click(*at(page, 120, 130))
    page.keyboard.press("Delete")
    page.mouse.click(*at(page, 190, 130))
    name = chosen.get_attribute("data-name")
    page.keyboard.press("Control+z")
    expect(chosen).to_have_attribute("data-name", name)


def test_second_click_does_not_save_again(page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.mouse.click(*at(page, 120, 130))
    page.keyboard.press("ArrowUp")
    page.evaluate("() => [1, 2].forEach(() => document.querySelector('#save button').click())")
    expect(page.locator("#told")).to_contain_text("Saved as version")
    assert asked.count("PUT") == 1


def test_login_that_ended_loses_nothing(root, page):
    open_editor(page, root, "fr")
    page.mouse.click(*at(page, 120, 130))
    page.keyboard.press("ArrowDown")
    page.route("**/layout?*", lambda route: route.fulfill(status=401, json={"detail": "no key"}))
    page.click("#save button.main")
    expect(page.locator("#told")).to_contain_text("la connexion a pris fin")
    expect(page.locator("#login a")).to_be_visible()
    page.unroute("**/layout?*")
    page.click("#save button.main")
    expect(page.locator("#told")).to_contain_text("Enregistr")
    expect(page.locator("#login")).to_be_hidden()


def test_silent_service_is_told_in_the_readers_language(root, page):
    open_editor(page, root, "fr")
    page.mouse.click(*at(page, 120, 130))
    page.keyboard.press("ArrowDown")
    page.route("**/layout?*", lambda route: route.abort())
    page.click("#save button.main")
    expect(page.locator("#told")).to_have_text("Non enregistré : le service ne répond pas.")


def test_own_group_of_the_site_is_offered(root, page):
    present = saved(root)
    present["spots"][0]["group"] = "staff"
    change = {"base_version": present["version"], "spots": present["spots"]}
    assert httpx.put(f"{root}{LAYOUT}", json=change).status_code == 200
    open_editor(page, root)
    page.mouse.click(*at(page, 190, 130))
    page.select_option("#properties [name=group]", "staff")
    expect(page.locator("#unsaved")).to_be_visible()


def test_footer_tells_that_the_picture_is_whole(page):
    expect(page.locator("footer")).to_contain_text("engineers only")
    expect(page.locator("footer")).not_to_contain_text("unrecognisable")


@pytest.mark.parametrize(("lang", "said"), [("fr", "par le fichier du site"), ("ar", "ملف الموقع")])
def test_first_version_names_its_maker_in_the_readers_language(root, page, lang, said):
    page.goto(f"{root}/sites/yard/cameras/north/layout?lang={lang}")
    page.click("#save summary")
    first = page.locator("#versions li").last
    expect(first).to_contain_text(said)
    expect(first).not_to_contain_text("site file")
