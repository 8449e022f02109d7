"""The pages as they are answered, without a browser."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from service.app import create_app
from service.audit import Auditor
from service.cameras.mission import ParkingMission
from service.cameras.stage_timer import StageTimer
from service.live.camera_state import CameraState, CameraStatus
from service.live.hub import Hub
from service.pages.language import LOCALES
from service.site.site import ParkingPlan, Site
from service.site.site_file import load_site
from service.store.store import Store
from service.store.subscriptions import SubscriptionRow
from service.timestamps import NS_PER_S, ns_to_iso
from tests.service.scenes import LOT_YAML, TRAM_YAML, BrightSpots, lot_picture
from vision.frame import Frame

SMALL_BYTES = 14 * 1024
YARD_YAML = LOT_YAML.replace(
    "site: yard", "site: yard\ntime_zone: Africa/Casablanca\naudit: {per_day: 100}"
)
SINCE_2019 = re.compile(
    r"\?\?|\?\.\D|&&=|\|\|=|\d_\d|globalThis|AbortSignal\.\w|\.(replaceAll|replaceChildren|at)\("
)


class Reader:
    """Reads an application's pages as a browser does, with its cookies."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._cookies = httpx.Cookies()

    def get(self, path: str, **how: Any) -> httpx.Response:
        return asyncio.run(self._ask("GET", path, **how))

    def post(self, path: str, **how: Any) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, **how))

    def put(self, path: str, **how: Any) -> httpx.Response:
        return asyncio.run(self._ask("PUT", path, **how))

    async def _ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://wayside.example", cookies=self._cookies
        ) as client:
            answer = await client.request(method, path, **how)
            self._cookies = client.cookies
            return answer


def write_site(folder: Path, text: str, name: str) -> Site:
    path = folder / f"{name}.site.yaml"
    path.write_text(text)
    return load_site(path)


def show_lot(hub: Hub, site: Site, cars: set[str]) -> None:
    plan = site.cameras[0].plan
    assert isinstance(plan, ParkingPlan)
    mission = ParkingMission(plan, BrightSpots())
    now_ns = time.time_ns()
    for count in range(30):
        at_ns = now_ns + (count - 30) * NS_PER_S // 10
        frame = Frame("north", count, at_ns, lot_picture(cars, count))
        hub.publish("yard", mission.update(frame, 0, StageTimer()), frame)
    state = CameraState(CameraStatus.LIVE, observed_at_ns=now_ns, width_px=320, height_px=180)
    hub.publish_camera("yard", "north", state, now_ns)


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    store = Store(str(tmp_path / "wayside.sqlite"))
    yield store
    store.close()


@pytest.fixture
def hub(tmp_path) -> Hub:
    """The yard with a car on A1, and a tram nobody has seen yet."""
    yard = write_site(tmp_path, YARD_YAML, "yard")
    hub = Hub([yard, write_site(tmp_path, TRAM_YAML, "line")])
    show_lot(hub, yard, {"A1"})
    return hub


@pytest.fixture
def client(hub, store, tmp_path, monkeypatch) -> Reader:
    monkeypatch.setenv("WAYSIDE_DATA", str(tmp_path))
    return Reader(create_app(hub, store=store))


PAGES = [
    "/",
    "/sites/yard/parking",
    "/sites/yard/lots/main",
    "/sites/yard/lots/main?hours=168",
    "/sites/yard/cameras/north",
    "/sites/line/cameras/cab",
    "/sites/line/trams/cab/alerts",
    "/sites/line/trams/cab/alerts?hours=24",
    "/engineer",
    "/audit",
    "/docs",
    "/p",
    "/p/main",
]


@pytest.mark.parametrize("path", PAGES)
def test_page_speaks_every_language(client, path):
    for code in LOCALES:
        answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={code}")
        assert answer.status_code == 200, answer.text
        direction = "rtl" if code == "ar" else "ltr"
        assert f'<html lang="{code}" dir="{direction}">' in answer.text
        assert answer.headers["content-language"] == code
        assert " style=" not in answer.text  # the content policy would refuse it


def test_chosen_language_stays(client):
    client.get("/?lang=fr")
    assert "Vue d’ensemble" in client.get("/").text


def test_ages_of_alerts_stand_in_the_order_of_their_names(client, hub):
    for age_ms in (74, 74, 163):
        hub.cabins.ages.add("line", "cab", "alarm", age_ms)
    page = client.get("/sites/line/trams/cab/alerts?lang=ar").text
    assert '<bdi dir="ltr">74 / 154 / 161</bdi>' in page


def test_camera_that_is_lost_needs_a_person(client, hub):
    assert "data-needy" not in client.get("/").text
    hub.publish_camera("yard", "north", CameraState(CameraStatus.LOST, "no answer"), time.time_ns())
    shown = client.get("/").text
    assert 'data-needy="yard/north"' in shown
    assert '<span class="chip lost" data-part="status">lost</span>' in shown
    assert '<bdi lang="en">no answer</bdi>' in client.get("/sites/yard/cameras/north").text


def test_unseen_spots_make_the_count_a_range(tmp_path):
    hub = Hub([write_site(tmp_path, LOT_YAML, "yard")])
    client = Reader(create_app(hub))
    text = client.get("/sites/yard/lots/main").text
    assert "0–3 free" in text
    assert "3 unseen (no picture yet)" in text
    assert "disabled persons <small>0–1 free of 1 spot</small>" in text
    assert "من 0 إلى 3 أماكن شاغرة" in client.get("/sites/yard/lots/main?lang=ar").text
    assert "without a database" in client.get("/audit?lang=en").text


SOUTH_YAML = """\
  - id: south
    mission: parking
    source: south.mp4
    spots:
      - {id: A1, lot: main, polygon: [[20, 100], [80, 100], [80, 160], [20, 160]]}
"""


def test_votes_of_all_cameras_are_shown(tmp_path):
    hub = Hub([write_site(tmp_path, LOT_YAML + SOUTH_YAML, "yard")])
    show_lot(hub, hub.sites[0], {"A1"})
    text = Reader(create_app(hub)).get("/sites/yard/lots/main").text
    votes = text.split('<ul class="votes">')[1].split("</ul>")[0]
    assert "<bdi>north</bdi>: occupied" in votes
    assert "<bdi>south</bdi>: unknown (no picture yet)" in votes
    assert text.count('class="votes"') == 1  # where one camera looks, its vote is the state


@pytest.mark.parametrize(
    ("language", "terms", "violation"),
    [
        ("en", ["permit: residents or nurses", "at most 1 sec"], "overstay"),
        ("fr", ["permis : riverains ou nurses", "1\u202fs au plus"], "durée dépassée"),
    ],
)
def test_lot_page_tells_the_terms_and_who_breaks_them(tmp_path, language, terms, violation):
    rules = "id: A1, permits: [residents, nurses], max_stay_min: 0.02, grace_min: 0,"
    hub = Hub([write_site(tmp_path, LOT_YAML.replace("id: A1,", rules), "yard")])
    reader = Reader(create_app(hub))
    assert 'id="violations"' not in reader.get("/sites/yard/lots/main").text
    show_lot(hub, hub.sites[0], {"A1"})
    for page in ("lots/main", "parking"):
        text = reader.get(f"/sites/yard/{page}?lang={language}").text
        listed = text.split('id="violations"')[1].split("</section>")[0]
        assert "<bdi>A1</bdi>" in listed
        assert violation in listed
        assert all(each in text for each in terms)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/sites/yard/lots/none", 404, "Cette page n’existe pas"),
        ("/nowhere", 404, "Cette page n’existe pas"),
        ("/sites/yard/lots/main?hours=5", 422, "Cette adresse n’est pas comprise"),
    ],
)
def test_browser_gets_a_page_where_there_is_none(client, path, status, said):
    headers = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "fr"}
    shown = client.get(path, headers=headers)
    assert shown.status_code == status
    assert f"<h1>{said}</h1>" in shown.text
    assert "refresh" not in shown.headers, "what is not there will not be there soon"
    assert client.get(path).headers["content-type"] == "application/problem+json"
    api = client.get("/api/v1/lots/none", headers=headers)
    assert api.headers["content-type"] == "application/problem+json"


def test_closed_hours_are_closed_in_the_picture_too(tmp_path):
    always = "closed_hours: [{from: '00:00', to: '12:00'}, {from: '12:00', to: '00:00'}]"
    open_yard = write_site(tmp_path, LOT_YAML, "open")
    closed_yard = write_site(
        tmp_path,
        LOT_YAML.replace("{id: A2, lot: main,", f"{{id: A2, lot: main, {always},"),
        "closed",
    )
    seen = []
    for yard in (open_yard, closed_yard):
        hub = Hub([yard])
        show_lot(hub, yard, {"A1"})
        answer = Reader(create_app(hub)).get("/api/v1/cameras/north/picture.jpg")
        image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        seen.append(image[100:160, 90:150].astype(int).mean(axis=(0, 1)))
    (_, green, red), (_, grey_green, grey_red) = seen
    assert green - red > 5  # a free spot is green
    assert abs(grey_green - grey_red) < 3


def test_bare_picture_has_nothing_drawn_in(client):
    drawn, bare = (
        client.get(f"/api/v1/cameras/north/picture.jpg{how}").content for how in ("", "?bare=1")
    )
    assert drawn != bare
    image = cv2.imdecode(np.frombuffer(bare, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert np.ptp(image.astype(int), axis=2).max() < 30  # the yard is grey; states have colours


def test_history_of_a_lot_is_drawn(client, hub):
    show_lot(hub, hub.sites[0], {"A1", "A2"})
    text = client.get("/sites/yard/lots/main").text
    assert '<polygon class="band"' in text


@pytest.mark.parametrize(
    "name", ["live", "post_button", "audit", "cabin", "cabin_sound", "cabin_watchdog"]
)
def test_script_is_understood_by_a_tablet_of_2018(client, name):
    script = client.get(f"/static/{name}.js").text
    assert SINCE_2019.findall(re.sub(r"// .*", "", script)) == []


def test_public_page_is_small_and_complete(client):
    answer = client.get("/p/main")
    assert len(answer.content) < SMALL_BYTES
    assert "2 free" in answer.text
    for request_of_its_own in ("<script", '<link rel="stylesheet', "<img", "@import", "url("):
        assert request_of_its_own not in answer.text
    nonce = answer.text.split('<style nonce="')[1].split('"')[0]
    assert f"style-src 'self' 'nonce-{nonce}'" in answer.headers["content-security-policy"]
    assert int(answer.headers["refresh"]) <= 60


def test_public_page_of_a_whole_city_is_small(tmp_path):
    lots = "\n".join(f"  - {{id: lot-{n}, name: Parking de la place {n}}}" for n in range(40))
    text = LOT_YAML.replace("  - {id: back", f"{lots}\n  - {{id: back")
    client = Reader(create_app(Hub([write_site(tmp_path, text, "city")])))
    for code in LOCALES:
        assert len(client.get(f"/p?lang={code}").content) < SMALL_BYTES


def test_public_page_as_plain_text(client):
    answer = client.get("/p/main", headers={"Accept": "text/plain"})
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert lines[:2] == ["Main lot", "  2 free of 3 spots"]
    assert "  - disabled persons: 1 free" in lines
    french = client.get("/p/main?lang=fr", headers={"Accept": "text/plain"})
    assert "  - personnes à mobilité réduite\u00a0: 1 place libre" in french.text.splitlines()
    arabic = client.get("/p/main?lang=ar", headers={"Accept": "text/plain"})
    assert "مكانان شاغران" in arabic.text


@pytest.mark.parametrize(
    ("code", "for_all", "for_some"),
    [
        ("en", "2 free", "2 of the free ones only with permit: residents or nurses"),
        (
            "fr",
            "2 places libres",
            "parmi les libres, 2 seulement avec permis : riverains ou nurses",
        ),
        ("ar", "مكانان شاغران", "من الأماكن الشاغرة \u20682\u2069 بتصريح فقط"),
    ],
)
def test_resident_reads_how_many_free_spots_need_a_permit(tmp_path, code, for_all, for_some):
    spots = LOT_YAML.replace(
        "lot: main, polygon", "lot: main, permits: [residents, nurses], polygon"
    )
    yard = write_site(tmp_path, spots, "yard")
    hub = Hub([yard])
    client = Reader(create_app(hub))
    unseen = client.get(f"/p?lang={code}")
    assert for_some[:20] not in unseen.text, "where no count is known, none of permits is either"
    show_lot(hub, yard, {"A3"})
    text = client.get(f"/p/main?lang={code}", headers={"Accept": "text/plain"}).text
    assert for_all in text
    assert text.count(for_some) == 2, "beside the lot's count, and beside its group's"
    assert client.get(f"/p/main?lang={code}").text.count(for_some) == 2
    assert client.get(f"/p?lang={code}").text.count(for_some) == 1


def test_resident_reads_that_nothing_is_known(tmp_path):
    client = Reader(create_app(Hub([write_site(tmp_path, LOT_YAML, "yard")])))
    page = client.get("/p/main").text
    assert '<p class="n unknown">Not known at present</p>' in page
    assert "Not seen yet." in page
    lines = client.get("/p/main", headers={"Accept": "text/plain"}).text.splitlines()
    assert lines[1] == "  Not known at present"
    assert lines[-2:] == ["  3 unseen", "  Not seen yet."]


def test_resident_reads_when_a_lot_was_last_seen_that_its_hours_closed(tmp_path):
    hours = "closed_hours: [{from: '00:00', to: '12:00'}, {from: '12:00', to: '00:00'}], polygon:"
    yard = write_site(tmp_path, LOT_YAML.replace("polygon:", hours), "yard")
    hub = Hub([yard])
    client = Reader(create_app(hub))
    assert "Not seen yet." in client.get("/p/main").text
    show_lot(hub, yard, {"A1"})
    page = client.get("/p/main").text
    assert '<p class="n closed">Closed</p>' in page
    assert "Last seen " in page
    items = client.get("/api/v1/parkapi/v3/parking-sites").json()["items"]
    assert [each["has_realtime_data"] for each in items] == [True, True]


def test_resident_reads_that_a_lot_is_full_or_closed(tmp_path):
    yard = write_site(tmp_path, LOT_YAML, "yard")
    hub = Hub([yard])
    show_lot(hub, yard, {"A1", "A2", "A3"})
    assert '<p class="n full">0 free</p>' in Reader(create_app(hub)).get("/p/main").text
    shut = write_site(tmp_path, LOT_YAML.replace("polygon:", "closed: true, polygon:"), "shut")
    client = Reader(create_app(Hub([shut])))
    assert '<p class="n closed">Closed</p>' in client.get("/p/main").text
    lines = client.get("/p/main?lang=fr", headers={"Accept": "text/plain"}).text.splitlines()
    assert lines[1] == "  Fermé"
    assert "  3 fermées" in lines


@pytest.mark.parametrize(
    ("code", "said", "spot"),
    [("en", "Closed", "closed"), ("fr", "Fermé", "fermée"), ("ar", "مغلق", "مغلق")],
)
def test_operator_reads_that_a_lot_is_closed(tmp_path, code, said, spot):
    shut = write_site(tmp_path, LOT_YAML.replace("polygon:", "closed: true, polygon:"), "shut")
    client = Reader(create_app(Hub([shut])))
    for path in ("/", "/sites/yard/parking", "/sites/yard/lots/main"):
        text = client.get(f"{path}?lang={code}").text
        assert f'<p class="count closed" data-part="text">{said}</p>' in text, path
        if path != "/":
            assert f" <small>{spot}</small></th>" in text, path


def test_a_short_address_that_two_sites_share_shows_both(tmp_path):
    sites = [write_site(tmp_path, LOT_YAML.replace("site: yard", f"site: {name}"), name)
             for name in ("north", "south")]  # fmt: skip
    client = Reader(create_app(Hub(sites)))
    lines = client.get("/p/main", headers={"Accept": "text/plain"}).text.splitlines()
    assert [line for line in lines if "Main lot" in line] == [
        f"{site.name} · Main lot" for site in sites
    ]
    assert client.get("/p/nowhere").status_code == 404


def test_qr_code_leads_to_the_short_address(client):
    answer = client.get("/p/main/qr.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "<title>http://wayside.example/p/main</title>" in answer.text
    drawn = answer.text
    assert drawn.count("<path") >= 1


def test_engineer_reads_in_french_that_a_run_ends_early(client, tmp_path):
    (tmp_path / "replays").mkdir()
    configuration = {"site_id": "line", "camera_id": "cab", "mission": "tram", "model": "any"}
    configuration |= {"site_sha256": "", "model_sha256": ""}
    for name, duration_s in (("whole", 10.0), ("cut", 4.0)):
        run = {"schema": "wayside-run/1", "configuration": configuration, "events": []}
        text = json.dumps(run | {"duration_s": duration_s})
        (tmp_path / "replays" / f"{name}.json").write_text(text)
    page = client.get("/engineer?a=whole.json&b=cut.json", headers={"Accept-Language": "fr"}).text
    assert "<td>vu</td><td>non vu</td>" in page


def test_engineer_compares_two_runs(client, tmp_path):
    folder = tmp_path / "replays"
    folder.mkdir()
    (folder / "evil.txt").write_text("not for the page")
    for name, level in (("before", "clear"), ("after", "alarm")):
        run = {"schema": "wayside-run/1", "duration_s": 10.0, "events": [_alert(level)]}
        (folder / f"{name}.json").write_text(json.dumps(run))
    (folder / "report.html").write_text("<!doctype html><title>Report</title>")
    page = client.get("/engineer?a=before.json&b=after.json").text
    assert "1 difference" in page
    assert "Alarm" in page
    assert client.get("/engineer/replays/report.html").text.endswith("</title>")
    assert client.get("/engineer/replays/..%2Fwayside.sqlite").status_code == 404
    assert "evil.txt" not in page
    faulty = client.get("/engineer?a=before.json&b=report.html").text
    assert "report.html" in faulty


def _alert(level: str) -> dict[str, object]:
    return {
        "id": 1,
        "type": "alert.changed",
        "site_id": "line",
        "camera_id": "cab",
        "subject": "cab",
        "frame_id": 10,
        "timestamp_ns": NS_PER_S,
        "data": {"level": level, "reason": None, "nearest": None, "alert_id": 1},
    }


def test_webhook_deliveries_are_listed_without_credentials(client, store):
    now_ns = time.time_ns()
    store.subscriptions.add(
        SubscriptionRow("city", "https://city.example/in?token=abc123", "s" * 16, {}, now_ns, "me")
    )
    for status, error in ((200, None), (None, "no answer in 10 s")):
        store.deliveries.add(
            "city", "yard-17", at_ns=now_ns, attempt=1, status_code=status, error=error, took_s=0.2
        )
    page = client.get("/engineer").text
    assert "no answer in 10 s" in page
    assert "200 ms" in page
    assert "https://city.example/in?token=***" in page
    assert "abc123" not in page


def test_operator_judges_samples_one_by_one(client, hub, store):
    auditor = Auditor(hub, store)
    numbers = [auditor.sample(hub.sites[0]) for _ in range(3)]
    assert None not in numbers
    page = client.get("/audit").text
    assert "3 waiting" in page
    picture = client.get(f"/audit/{numbers[0]}/picture.jpg")
    image = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert max(image.shape) <= 336
    for number, verdict in zip(numbers, ("right", "right", "wrong"), strict=True):
        answer = client.post(f"/audit/{number}/{verdict}")
        assert answer.headers["location"] == "/audit"
    page = client.get("/audit").text
    assert "66.7%" in page
    assert "20.8–93.9%" in page  # Wilson's interval of 2 in 3
    assert f"/audit?again={numbers[2]}" in page
    client.post(f"/audit/{numbers[2]}/right")
    assert "100.0%" in client.get("/audit").text
    assert client.post("/audit/999/right").status_code == 404
    assert client.post(f"/audit/{numbers[0]}/perhaps").status_code == 422


def test_person_tells_the_weather_of_a_sample(client, hub, store):
    number = Auditor(hub, store).sample(hub.sites[0])
    assert 'aria-pressed="true"' not in client.get("/audit").text
    answer = client.post(f"/audit/{number}/weather/fog")
    assert answer.headers["location"] == f"/audit?again={number}"
    pressed = client.get(answer.headers["location"]).text.split('aria-pressed="true"')
    assert pressed[0].rstrip().endswith(f'"/audit/{number}/weather/fog" data-key="6"')
    assert len(pressed) == 2
    client.post(f"/audit/{number}/right")
    assert 'data-group="fog"' in client.get("/audit").text
    assert set(store.audits.get(number).conditions) == {"light", "weather"}
    assert client.post("/audit/999/weather/fog").status_code == 404
    assert client.post(f"/audit/{number}/weather/hail").status_code == 422


def test_accuracy_is_told_by_the_weather_that_was_reported(client, hub, store):
    auditor = Auditor(hub, store)
    before = auditor.sample(hub.sites[0])
    site_id = hub.sites[0].site_id
    an_hour_ago = ns_to_iso(time.time_ns() - 3600 * NS_PER_S)
    rain = {"weather": "rain", "observed_at": an_hour_ago, "valid_for_s": 7200}
    assert client.put(f"/api/v1/sites/{site_id}/weather", json=rain).json()["weather"] == "rain"
    wet = [auditor.sample(hub.sites[0]) for _ in range(2)]
    for number, verdict in ((before, "right"), (wet[0], "right"), (wet[1], "wrong")):
        client.post(f"/audit/{number}/{verdict}")
    assert store.audits.get(before).conditions["weather"] == "unknown"
    for code, by, in_rain in (
        ("en", "By weather", "rain"),
        ("fr", "Par temps qu’il fait", "pluie"),
        ("ar", "حسب الطقس", "مطر"),
    ):
        page = " ".join(client.get(f"/audit?lang={code}").text.split())
        assert by in page
        row = page.split('data-group="rain"')[1].split("</tr>")[0]
        assert in_rain in row
        assert "50" in row
        assert 'data-group="unknown"' in page
