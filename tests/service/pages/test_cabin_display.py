"""The driver's display in a real browser, in front of a service that lags, lies, hangs or dies."""

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.service.pages.cabin_stand import CLEAR, cabin_stand
from tests.service.pages.live_scene import live_scene
from tests.streams.cameras import wait_until

pytestmark = pytest.mark.needs("chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TABLETS = [(1024, 600), (800, 480)]
GLASSES = [
    (768, 1024),
    (800, 1280),
    (820, 1180),
    (600, 1024),
    (360, 640),
    (1024, 600),
    (1280, 800),
    (640, 360),
]
PROMISED_MS = 500
NEAREST: dict[str, Any] = {
    "kind": "person",
    "distance_m": 23.4,
    "time_to_collision_s": 2.9,
    "in_envelope": True,
    "enters_envelope_in_s": None,
}
ALARM: dict[str, Any] = {"level": "alarm", "nearest": NEAREST, "alert_id": 3, "urgency": 0.8}
RUN: dict[str, Any] = CLEAR["run"]
Process = "subprocess.Popen[str]"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)  # a busy machine draws late, and results late are no results
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stand_root() -> Iterator[str]:
    with cabin_stand() as (root, _):
        yield root


@pytest.fixture
def stand(stand_root) -> Iterator[Callable[..., None]]:
    """Says what the service sends from now on; a clear track where nothing is named."""

    def send(**change: Any) -> None:
        httpx.post(f"{stand_root}/stand", json=change, timeout=60)

    send()
    yield send
    send()


@contextmanager
def opened(browser: Browser, address: str, size: tuple[int, int] = TABLETS[0]) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    yield page
    page.close()
    assert faults == []


@pytest.fixture
def display(browser, stand, stand_root) -> Iterator[Page]:  # noqa: ARG001
    """The display, showing a clear track."""
    with opened(browser, f"{stand_root}/cabin/cab") as page:
        expect_level(page, "clear")
        yield page


def expect_level(page: Page, level: str) -> None:
    expect(page.locator("#cabin")).to_have_class(re.compile(f"^{level} "))


def expect_unavailable(page: Page, what: str) -> None:
    expect(page.locator("#cabin")).to_have_class(re.compile("^unavailable "))
    expect(page.locator("#level")).to_have_text("Assistance unavailable")
    expect(page.locator("#what")).to_have_text(what)


def last_fall(page: Page) -> dict[str, Any]:
    """The last time that the display became unavailable, as it noted itself."""
    log = page.evaluate("globalThis.cabinDisplay.log")
    return [each for each in log if each["level"] == "unavailable"][-1]


def test_display_shows_level_obstacle_and_urgency(display, stand):
    stand(**ALARM)
    expect_level(display, "alarm")
    expect(display.locator("#level")).to_have_text("Alarm")
    expect(display.locator("#distance")).to_have_text("23\u00a0m")
    expect(display.locator("#kind")).to_have_text("Person")
    expect(display.locator("#what")).to_have_text("In the way · 2.9\u00a0s")
    expect(display.locator("#speed")).to_have_text("29")
    expect(display.locator(".urgency .lit")).to_have_count(8)
    expect(display.locator(".kind .for-person")).to_be_visible()
    expect(display.locator("header")).to_contain_text("it brakes nothing")


@pytest.mark.parametrize(
    ("overspeed", "run", "said", "sign"),
    [
        pytest.param("caution", {"limit_mps": 5.56}, "Slow down", "20", id="too fast"),
        pytest.param(
            "hint",
            {"limit_mps": 13.9, "next_limit_mps": 8.33, "next_limit_in_m": 63},
            "Limit in 60\u00a0m",
            "30",
            id="a lower limit ahead",
        ),
        pytest.param(
            "caution",
            {"limit_mps": 13.9, "next_limit_mps": 8.33, "next_limit_in_m": 63},
            "Slow down",
            "50",
            id="too fast here, and a lower limit ahead",
        ),
    ],
)
def test_display_tells_overspeed(display, stand, overspeed, run, said, sign):
    stand(overspeed=overspeed, run=RUN | {"is_estimated": True} | run)
    expect(display.locator("#overspeed")).to_have_text(said)
    expect(display.locator("#limit b")).to_have_text(sign)
    expect(display.locator("#estimated")).to_be_visible()


def test_speed_that_its_source_told_a_second_ago_is_shown_as_any(display, stand):
    """A satellite receiver speaks once a second: that is no fault to be told."""
    stand(run=RUN | {"speed_mps": 5.0, "speed_age_s": 0.9})
    expect(display.locator("#speed")).to_have_text("18")
    expect(display.locator("#speed_age")).to_be_hidden()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", r"1\.[5-9]\xa0s\xa0ago"),
        ("fr", r"il\xa0y\xa0a\xa01,[5-9]\xa0s"),
        ("ar", r"قبل\xa01,[5-9]\xa0ث"),
    ],
)
def test_speed_whose_source_is_silent_says_how_old_it_is(browser, stand, stand_root, code, said):
    with opened(browser, f"{stand_root}/cabin/cab?lang={code}", TABLETS[1]) as page:
        stand(run=RUN | {"speed_age_s": 1.45})
        expect(page.locator("#speed_age")).to_have_text(re.compile(f"^{said}$"))
        expect(page.locator("#speed")).to_have_text("29")
        expect(page.locator("#speed")).to_have_class("old")
        stand()
        expect(page.locator("#speed_age")).to_be_hidden()


def test_speed_that_is_too_old_is_no_figure(display, stand):
    stand(overspeed="caution", run=RUN | {"speed_age_s": 2.0, "limit_mps": 5.56})
    expect(display.locator("#speed")).to_have_text("–")
    for part in ("#speed_age", "#limit", "#overspeed"):
        expect(display.locator(part)).to_be_hidden()


def test_silent_mode_shows_nothing_but_that(display, stand):
    stand(level="unavailable", reason="silent", is_silent=True, run=None)
    expect_level(display, "silent")
    expect(display.locator("#level")).to_have_text("Silent mode")
    expect(display.locator(".obstacle")).to_be_hidden()


def test_part_that_failed_is_named(display, stand):
    stand(level="unavailable", reason="covered")
    expect_unavailable(display, "lens covered")


def test_display_is_unavailable_by_itself_when_no_message_comes_and_back(display, stand):
    stand(is_mute=True)
    expect_unavailable(display, "No contact with the service")
    fall = last_fall(display)
    assert fall["silentFor"] - fall["late"] <= PROMISED_MS
    stand()
    expect_level(display, "clear")


def test_messages_that_come_late_are_not_believed(display, stand):
    stand(delay_s=1.5)
    expect(display.locator("#cabin")).to_have_class(re.compile("^unavailable "))
    expect(display.locator("#what")).to_have_text("Messages come too late")
    stand()
    expect_level(display, "clear")


def test_old_picture_is_not_believed_though_messages_come(display, stand):
    stand(picture_age_s=0.8)
    expect_unavailable(display, "Messages come too late")
    stand()
    expect_level(display, "clear")


def test_clock_that_jumps_makes_unavailable_for_a_moment(display):
    display.evaluate("{ const now = Date.now; Date.now = () => now() + 3_600_000; }")
    log = "globalThis.cabinDisplay.log.some((each) => each.why === 'clock_jumped')"
    assert wait_until(lambda: display.evaluate(log))
    expect_level(display, "clear")


def test_tablet_stays_awake_untouched_and_after_the_page_was_hidden(browser, stand_root):
    page = browser.new_page()
    page.add_init_script("""
        window.locks = 0;
        const wakeLock = { request: async () => { window.locks += 1; } };
        Object.defineProperty(navigator, "wakeLock", { value: wakeLock });
    """)
    page.goto(f"{stand_root}/cabin/cab")
    assert page.evaluate("window.locks") == 1
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("window.locks") == 2
    page.close()


def test_page_that_slept_shows_nothing_old_when_it_wakes(display):
    """A loop that blocks the page is the nearest to a tablet that was asleep."""
    display.evaluate("{ const end = performance.now() + 1500; while (performance.now() < end); }")
    slept = (
        "globalThis.cabinDisplay.log.some((each) => ['asleep', 'no_contact'].includes(each.why))"
    )
    assert wait_until(lambda: display.evaluate(slept))
    expect_level(display, "clear")


WATCHDOG_CASES = {
    "nothing heard yet": ("", 100, "waiting"),
    "nothing heard at all": ("", 600, "no_contact"),
    "message before the first pong": (
        "dog.heard({sequence: 1, picture_age_s: 0}, 50);",
        60,
        "waiting",
    ),
    "fresh message": ("hear(1, 100, 100);", 120, None),
    "silence": ("hear(1, 100, 100);", 560, "no_contact"),
    "line that delays": ("hear(1, 100, 100); hear(2, 200, 900);", 910, "delayed"),
    "old picture": ("hear(1, 100, 100, 0.45);", 160, "delayed"),
    "old number repeated": ("hear(2, 100, 100); hear(2, 500, 500);", 560, "no_contact"),
    "number from the past": ("hear(9, 100, 100); hear(3, 500, 500);", 560, "no_contact"),
    "wall clock set back": ("hear(1, 100, 100); look(110, -3e6);", 120, "clock_jumped"),
    "asleep": ("hear(1, 100, 100); look(1100, 1100);", 1110, "asleep"),
    "awake again": ("hear(1, 100, 100); look(1100, 1100); hear(2, 1110, 1110);", 1120, None),
    "backlog after sleep": (
        "hear(1, 100, 100); look(1100, 1100); hear(2, 150, 1105);",
        1110,
        "asleep",
    ),
}


@pytest.fixture(scope="module")
def blank(browser, stand_root) -> Iterator[Page]:
    """A page of its own from which the watchdog's script is loaded."""
    with opened(browser, f"{stand_root}/cabin/cab") as page:
        yield page


@pytest.mark.parametrize("case", WATCHDOG_CASES)
def test_watchdog(blank, case):
    """Times in ms; the service's clock is 5000 ms ahead of the page's."""
    steps, now, fault = WATCHDOG_CASES[case]
    found = blank.evaluate(
        f"""async () => {{
          const {{ Watchdog }} = await import("/static/cabin_watchdog.js");
          const dog = new Watchdog(0, 0);
          const look = (at, wall) => dog.look(at, wall);
          const hear = (sequence, sent, at, age = 0.04) => {{
            const pong = {{ page_ms: sent - 2, service_ms: sent + 5000 }};
            const message = {{ sequence, service_ms: sent + 5000, picture_age_s: age, pong }};
            dog.heard({{ ...message, level: "clear" }}, at);
          }};
          {steps}
          return dog.fault({now});
        }}"""
    )
    assert found == fault


@pytest.mark.parametrize(
    ("press", "said"),
    [
        pytest.param(lambda page: page.click("#seen"), "acknowledge", id="touch: seen"),
        pytest.param(lambda page: page.keyboard.press("Enter"), "acknowledge", id="key: seen"),
        pytest.param(lambda page: page.click("#false_alarm"), "false_alarm", id="touch: false"),
        pytest.param(lambda page: page.keyboard.press("x"), "false_alarm", id="key: false"),
    ],
)
def test_driver_answers_by_touch_or_key(display, stand, stand_root, press, said):
    stand(**ALARM)
    expect(display.locator("#seen")).to_be_enabled()
    press(display)

    def heard() -> list[Any]:
        return [
            each for each in httpx.get(f"{stand_root}/stand/heard").json() if "alert_id" in each
        ]

    answers: list[Any] = []
    assert wait_until(lambda: bool(answers.extend(heard()) or answers))
    assert answers == [{"type": said, "alert_id": 3}]


def test_key_that_nobody_hears_is_not_shown_as_noted(browser):
    with cabin_stand() as (root, process), opened(browser, f"{root}/cabin/cab") as page:
        httpx.post(f"{root}/stand", json=ALARM, timeout=60)
        expect(page.locator("#false_alarm")).to_be_enabled()
        process.kill()
        expect_unavailable(page, "No contact with the service")
        page.keyboard.press("x")
        page.wait_for_function("() => new Promise((seen) => setTimeout(seen, 100, true))")
        expect(page.locator("#false_alarm")).to_be_enabled()


def test_sound_says_that_it_is_off_until_somebody_touches(display):
    sound = display.locator("#sound")
    expect(sound).to_have_text("Sound off – touch")
    expect(sound).to_have_class("off")
    display.click(".signal")
    expect(sound).to_have_text("Sound on")


def test_sound_rises_with_urgency_and_falls_once_it_is_acknowledged(blank):
    heard = blank.evaluate(
        """async () => {
          const { CabinSound } = await import("/static/cabin_sound.js");
          const heard = (level, urgency, isAcknowledged, overspeed = "none") => {
            const sound = new CabinSound();
            let loudness = 0;
            sound.tones = (_, loud) => { loudness += loud; };
            for (let now = 0; now < 10000; now += 30) {
              sound.play({ level, urgency, isAcknowledged, overspeed }, now);
            }
            return loudness;
          };
          return [
            heard("clear", 0, false),
            heard("information", 0.2, false),
            heard("caution", 0.4, false),
            heard("caution", 0.65, false),
            heard("alarm", 0.7, true),
            heard("alarm", 0.7, false),
            heard("alarm", 1, false),
          ];
        }"""
    )
    clear, information, mild, caution, acknowledged, alarm, last = heard
    assert clear == 0
    assert clear < information < mild < caution < alarm < last
    assert acknowledged < alarm


@pytest.mark.parametrize("size", TABLETS, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("code", ["en", "fr", "ar"])
def test_words_fit_a_small_tablet(browser, stand, stand_root, code, size):
    run = {"speed_mps": 16.2, "is_estimated": True, "limit_mps": 13.9, "next_limit_mps": None}
    vehicle = NEAREST | {"kind": "rail_vehicle", "distance_m": 112}
    messages: list[dict[str, Any]] = [
        {"level": "information", "nearest": vehicle, "overspeed": "caution", "run": run},
        {"level": "unavailable", "reason": "overexposed"},
        {"level": "unavailable", "reason": "silent", "is_silent": True},
    ]
    with opened(browser, f"{stand_root}/cabin/cab?lang={code}", size) as page:
        assert page.locator("html").get_attribute("dir") == ("rtl" if code == "ar" else "ltr")
        for message in messages:
            stand(**message)
            level = "silent" if message.get("is_silent") else message["level"]
            expect_level(page, level)
            expect(page.locator("#what")).not_to_have_text("")
            assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("code", ["en", "fr", "ar"])
def test_everything_stays_inside_its_panel_whatever_the_glass(browser, stand, stand_root, code):
    """The longest that each state can say, upright and across."""
    run = RUN | {"speed_mps": 16.2, "speed_age_s": 1.4, "is_estimated": True, "limit_mps": 13.9}
    may_enter = NEAREST | {"in_envelope": False, "enters_envelope_in_s": 2.0}
    train = may_enter | {"kind": "rail_vehicle", "distance_m": 112, "time_to_collision_s": 12.3}
    lower = {"next_limit_mps": 8.33, "next_limit_in_m": 163}
    caution: dict[str, Any] = {"overspeed": "caution", "run": run}
    messages: list[dict[str, Any]] = [
        caution | {"level": "clear"},
        {"level": "information", "nearest": train, "overspeed": "hint", "run": run | lower},
        caution | {"level": "caution", "nearest": may_enter, "alert_id": 2, "urgency": 0.5},
        caution | ALARM | {"is_escalated": True},
        {"level": "unavailable", "reason": "overexposed", "run": run},
    ]
    with opened(browser, f"{stand_root}/cabin/cab?lang={code}") as page:
        found: dict[str, list[str]] = {}
        for message in messages:
            stand(**message)
            expect_level(page, message["level"])
            expect(page.locator("#speed_age")).to_be_visible()
            for width, height in GLASSES:
                page.set_viewport_size({"width": width, "height": height})
                wrong = page.evaluate(STICKS_OUT) + page.evaluate(TOO_WIDE)
                found[f"{message['level']} {width}x{height}"] = wrong
    assert {case: wrong for case, wrong in found.items() if wrong} == {}


STICKS_OUT = """[
  ...document.querySelectorAll(".signal, .obstacle, .run, .keys, .keys button"),
].filter((panel) => panel.offsetParent).flatMap((panel) => {
  const outer = panel.getBoundingClientRect();
  return [...panel.querySelectorAll(":not(svg *)")].map((each) => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    const out = [outer.left - left, right - outer.right, outer.top - top, bottom - outer.bottom];
    return left === right ? "" : out.map(Math.round).some((px) => px > 0)
      ? `${each.id || each.className.baseVal || each.tagName} by ${out.map(Math.round)}` : "";
  }).filter(Boolean);
})"""
TOO_WIDE = """[
  ...document.querySelectorAll("h1, #what, #distance, #kind, .speed, #overspeed, button"),
].filter((each) => each.offsetParent && (each.scrollWidth > each.clientWidth + 1
    || each.getBoundingClientRect().right > innerWidth + 1
    || each.getBoundingClientRect().left < -1))
  .map((each) => each.id || each.className || each.tagName)"""


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, Process]]:
    """A running service whose tram camera sees a drawn scene."""
    with live_scene() as running:
        yield running


@pytest.fixture
def scene(service) -> tuple[str, Process]:
    root, process = service
    httpx.post(f"{root}/scene/reset", timeout=60)
    return root, process


def test_display_follows_the_service_from_clear_to_alarm(browser, scene):
    root, _ = scene
    httpx.post(f"{root}/scene/person/away", timeout=60)
    with opened(browser, f"{root}/sites/line/trams/cab") as page:
        expect_level(page, "clear")
        httpx.post(f"{root}/scene/person/nears", timeout=60)
        expect_level(page, "alarm")
        expect(page.locator("#distance")).to_have_text(re.compile(r"^\d+\u00a0m$"))
        figures = f"{root}/api/v1/alerts/cab/figures"
        assert wait_until(lambda: bool(httpx.get(figures, timeout=60).json()["alert_age_ms"]))
        page.keyboard.press("x")
        assert wait_until(lambda: httpx.get(figures, timeout=60).json()["false_alarms"] == 1)

        def is_acknowledged() -> bool:
            """On a busy machine the alert may have been lost and raised anew in between."""
            page.keyboard.press("Enter")
            return "acknowledged" in (page.locator("#cabin").get_attribute("class") or "")

        assert wait_until(is_acknowledged, timeout_s=60)


def test_display_is_unavailable_while_the_service_is_frozen(browser, scene):
    root, process = scene
    httpx.post(f"{root}/scene/person/away", timeout=60)
    with opened(browser, f"{root}/cabin/cab") as page:
        expect_level(page, "clear")
        os.kill(process.pid, signal.SIGSTOP)
        try:
            expect_unavailable(page, "No contact with the service")
            fall = last_fall(page)
            assert fall["silentFor"] - fall["late"] <= PROMISED_MS
        finally:
            os.kill(process.pid, signal.SIGCONT)
        expect_level(page, "clear")


def test_display_says_that_its_camera_gives_no_picture(browser, scene):
    root, _ = scene
    with opened(browser, f"{root}/cabin/cab") as page:
        expect_level(page, "(information|caution|alarm)")
        httpx.post(f"{root}/scene/cab/stop", timeout=60)
        expect_unavailable(page, "no picture")


def test_display_without_javascript_stays_unavailable(browser, scene):
    root, _ = scene
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{root}/cabin/cab")
    expect(page.locator("#level")).to_have_text("Assistance unavailable")
    context.close()


def test_display_is_unavailable_when_the_service_is_killed(browser):
    with live_scene() as (root, process):
        httpx.post(f"{root}/scene/person/away", timeout=60)
        with opened(browser, f"{root}/cabin/cab") as page:
            expect_level(page, "clear")
            process.kill()
            expect_unavailable(page, "No contact with the service")
            fall = last_fall(page)
            assert fall["silentFor"] - fall["late"] <= PROMISED_MS
