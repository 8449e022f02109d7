"""Layouts over HTTP as stories: who saved what, what is refused, what happens to the states."""

import asyncio
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from service.app import create_app
from service.cameras.mission import ParkingMission
from service.cameras.stage_timer import StageTimer
from service.live.hub import Hub
from service.site.saved_layouts import SITE_FILE, with_saved_layouts
from service.site.site import ParkingPlan, Site
from service.site.site_file import load_site
from service.store.store import Store
from service.timestamps import NS_PER_S
from tests.builders import make_picture
from tests.service.scenes import LOT_YAML, SPOTS, BrightSpots, lot_picture
from vision.arrays import ImageArray
from vision.frame import Frame

TERMS = """\
      - id: A3
        lot: main
        group: residents
        permits: [residents]
        max_stay_min: 120
        level: ground
        closed_hours: [{days: [mon], from: "22:00", to: "06:00"}]
        polygon: [[160, 100], [220, 100], [220, 160], [160, 160]]
"""


class Client:
    """Asks an application without a server."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app)

    def get(self, path, **how):
        return asyncio.run(self._ask("GET", path, **how))

    def put(self, path, **how):
        return asyncio.run(self._ask("PUT", path, **how))

    def post(self, path, **how):
        return asyncio.run(self._ask("POST", path, **how))

    async def _ask(self, method, path, **how):
        base_url = "http://wayside.example"
        async with httpx.AsyncClient(transport=self._transport, base_url=base_url) as client:
            return await client.request(method, path, **how)


def write_yard(folder: Path, text: str = LOT_YAML) -> Site:
    path = folder / "yard.site.yaml"
    path.write_text(text)
    return load_site(path)


@pytest.fixture
def store(tmp_path):
    store = Store.open(str(tmp_path / "yard.sqlite"))
    yield store
    store.close()


def play(hub: Hub, site: Site, pictures, now_ns: int) -> int:
    """Show the pictures a tenth of a second apart; returns the time of the last."""
    camera = site.cameras[0]
    assert isinstance(camera.plan, ParkingPlan)
    mission = ParkingMission(camera.plan, BrightSpots())
    for number, image in enumerate(pictures):
        now_ns += NS_PER_S // 10
        frame = Frame(camera.camera_id, number, now_ns, image)
        hub.publish(site.site_id, mission.update(frame, now_ns, StageTimer()), frame, now_ns)
    return now_ns


def test_saved_layout_is_used_and_unchanged_spots_keep_their_states(tmp_path, store):
    site = with_saved_layouts(write_yard(tmp_path), store.layouts, 0)
    hub = Hub([site])
    now_ns = play(hub, site, [lot_picture({"A1"}, seed) for seed in range(30)], time.time_ns())
    client = Client(create_app(hub, store=store, clock_ns=lambda: now_ns))
    drawn = client.get("/api/v1/cameras/north/layout").json()
    assert (drawn["version"], drawn["created_by"]) == (1, SITE_FILE)
    spots = [spot for spot in drawn["spots"] if spot["id"] != "B1"]
    spots[1]["polygon"][0][0] += 5
    body = {"base_version": 1, "comment": "A2 drawn anew", "spots": spots, "zones": [], "map": None}
    saved = client.put("/api/v1/cameras/north/layout", json=body)
    assert saved.status_code == 200, saved.text
    assert (saved.json()["version"], saved.json()["comment"]) == (2, "A2 drawn anew")
    told = {
        spot["spot_id"]: spot["reason"] or spot["status"]
        for spot in client.get("/api/v1/spots").json()
    }
    assert told == {"A1": "occupied", "A2": "no_picture_yet", "A3": "free"}
    listed = client.get("/api/v1/cameras/north/layouts").json()
    assert [(each["version"], each["spot_count"]) for each in listed] == [(2, 3), (1, 4)]
    assert len(client.get("/api/v1/cameras/north/layout?version=1").json()["spots"]) == 4


def test_change_to_an_older_version_is_refused(tmp_path, store):
    site = with_saved_layouts(write_yard(tmp_path), store.layouts, 0)
    client = Client(create_app(Hub([site]), store=store))
    drawn = client.get("/api/v1/cameras/north/layout").json()
    body = {"base_version": 7, "spots": drawn["spots"]}
    refused = client.put("/api/v1/cameras/north/layout", json=body)
    assert refused.status_code == 409
    assert "is at version 1 of its layout, the change is to version 7" in refused.json()["detail"]


def test_change_that_another_one_overtook_is_refused_and_loses_nothing(tmp_path, store):
    site = with_saved_layouts(write_yard(tmp_path), store.layouts, 0)
    client = Client(create_app(Hub([site]), store=store))
    spots = client.get("/api/v1/cameras/north/layout").json()["spots"]
    # Another one's change is kept, but not in use yet.
    store.layouts.save("yard", "north", {"spots": spots[:2]}, saved_by="eve", now_ns=1)
    body = {"base_version": 1, "spots": spots[1:]}
    refused = client.put("/api/v1/cameras/north/layout", json=body)
    assert refused.status_code == 409
    assert "is at version 2 of its layout, the change is to version 1" in refused.json()["detail"]
    newest = store.layouts.versions("yard", "north")[0]
    assert (newest.saved_by, newest.status) == ("eve", "active")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"lot": "moon"}, "there is no lot 'moon'; wanted one of main, back", id="lot"),
        pytest.param({"polygon": [[0, 0], [9, 9]]}, "needs 3 corners or more, got 2", id="corners"),
        pytest.param({"colour": "red"}, "unknown key 'colour'", id="key"),
        pytest.param({"id": "A2"}, "spot A2 of camera north is given twice", id="twice"),
    ],
)
def test_layout_with_a_fault_is_refused_in_one_sentence(tmp_path, store, change, says):
    site = with_saved_layouts(write_yard(tmp_path), store.layouts, 0)
    client = Client(create_app(Hub([site]), store=store))
    spots = client.get("/api/v1/cameras/north/layout").json()["spots"]
    spots[0] |= change
    refused = client.put("/api/v1/cameras/north/layout", json={"base_version": 1, "spots": spots})
    assert refused.status_code == 422
    assert says in refused.json()["detail"]


def test_terms_of_a_spot_may_not_contradict_those_of_another_camera(tmp_path, store):
    limited = LOT_YAML.replace("id: A1,", "id: A1, max_stay_min: 30,")
    south = LOT_YAML[LOT_YAML.index("  - id: north") :].replace("north", "south")
    site = with_saved_layouts(write_yard(tmp_path, limited + south), store.layouts, 0)
    client = Client(create_app(Hub([site]), store=store))
    spots = client.get("/api/v1/cameras/south/layout").json()["spots"]
    said = []
    for version, minutes in ((1, 60), (1, 30), (2, None)):
        spots[0]["max_stay_min"] = minutes
        body = {"base_version": version, "spots": spots}
        said.append(client.put("/api/v1/cameras/south/layout", json=body).json())
    assert "spot A1 has other terms for camera north" in said[0]["detail"]
    assert [each["version"] for each in said[1:]] == [2, 3]
    assert client.get("/api/v1/spots/A1").json()["max_stay_min"] == 30


def test_what_was_changed_last_counts_the_file_or_the_saved_layout(tmp_path, store):
    first = with_saved_layouts(write_yard(tmp_path), store.layouts, 0)
    client = Client(create_app(Hub([first]), store=store))
    spots = client.get("/api/v1/cameras/north/layout").json()["spots"][:2]
    client.put("/api/v1/cameras/north/layout", json={"base_version": 1, "spots": spots})
    restarted = with_saved_layouts(write_yard(tmp_path), store.layouts, 1)
    assert [spot.spot_id for _, spot in restarted.spots()] == ["A1", "A2"]
    (saved, _) = store.layouts.versions("yard", "north")
    assert restarted.changed_at_ns == max(saved.saved_ns, load_site(first.path).changed_at_ns)
    by_hand = LOT_YAML.replace("A3", "A9")
    edited = with_saved_layouts(write_yard(tmp_path, by_hand), store.layouts, 2)
    assert [spot.spot_id for _, spot in edited.spots()] == ["A1", "A2", "A9", "B1"]
    again = with_saved_layouts(write_yard(tmp_path, by_hand), store.layouts, 3)
    assert [spot.spot_id for _, spot in again.spots()] == ["A1", "A2", "A9", "B1"]


def test_terms_travel_through_the_editor_unharmed(tmp_path, store):
    text = LOT_YAML[: LOT_YAML.index("      - {id: A3")] + TERMS
    site = with_saved_layouts(write_yard(tmp_path, text), store.layouts, 0)
    client = Client(create_app(Hub([site]), store=store))
    spots = client.get("/api/v1/cameras/north/layout").json()["spots"]
    client.put("/api/v1/cameras/north/layout", json={"base_version": 1, "spots": spots})
    after = client.get("/api/v1/cameras/north/layout").json()
    assert (after["version"], after["spots"]) == (2, spots)
    told = client.get("/api/v1/spots/A3").json()
    assert (told["permits"], told["max_stay_min"], told["level"]) == (["residents"], 120, "ground")


def test_layout_drawn_on_the_small_stream_is_shown_and_saved_in_px_of_the_large_one(
    tmp_path, store
):
    text = LOT_YAML.replace("    spots:", "    width_px: 160\n    height_px: 90\n    spots:")
    site = with_saved_layouts(write_yard(tmp_path, halved(text)), store.layouts, 0)
    hub = Hub([site])
    now_ns = play(hub, site, [lot_picture({"A1"}, seed) for seed in range(30)], time.time_ns())
    client = Client(create_app(hub, store=store, clock_ns=lambda: now_ns))
    told = {each["spot_id"]: each["status"] for each in client.get("/api/v1/spots").json()}
    assert told == {"A1": "occupied", "A2": "free", "A3": "free", "B1": "free"}
    drawn = client.get("/api/v1/cameras/north/layout").json()
    assert (drawn["width_px"], drawn["height_px"]) == (320, 180)
    assert {each["id"]: each["polygon"] for each in drawn["spots"]} == SPOTS
    body = {"base_version": 1, "spots": drawn["spots"]}
    assert client.put("/api/v1/cameras/north/layout", json=body).status_code == 200
    saved = store.layouts.get("yard", "north", 2).document
    assert (saved["width_px"], saved["height_px"]) == (320, 180)
    older = client.get("/api/v1/cameras/north/layout?version=1").json()
    assert older["spots"] == drawn["spots"]
    wide = {**body, "base_version": 2, "width_px": 320, "height_px": 100}
    refused = client.put("/api/v1/cameras/north/layout", json=wide)
    assert refused.status_code == 422
    assert "drawn on a picture of 320x100 px" in refused.json()["detail"]


def halved(text: str) -> str:
    """The yard with every outline half as large."""
    for outline in SPOTS.values():
        text = text.replace(str(outline), str([[x / 2, y / 2] for x, y in outline]))
    return text


def pushed_views() -> tuple[ImageArray, ImageArray]:
    """A street before and after the camera is pushed, which moves it 20 px right and 14 down."""
    street = make_picture(360, 220)
    views = street[20:200, 20:340], street[6:186, 0:320]
    return np.ascontiguousarray(views[0]), np.ascontiguousarray(views[1])


def test_moved_camera_proposes_a_layout_that_a_person_confirms(tmp_path, store):
    text = LOT_YAML.replace("arrival_s: 1, departure_s: 1", "arrival_s: 0.3, departure_s: 0.3")
    site = with_saved_layouts(write_yard(tmp_path, text), store.layouts, 0)
    hub = Hub([site])
    here, aside = pushed_views()
    now_ns = play(hub, site, [here] * 5 + [aside] * 5, time.time_ns())
    client = Client(create_app(hub, store=store, clock_ns=lambda: now_ns))
    told = client.get("/api/v1/cameras/north/alignment").json()
    assert told["status"] == "moved"
    assert told["shift_px"] == pytest.approx(np.hypot(20, 14), abs=1)
    proposed = np.array(told["proposed"][0]["polygon"])
    assert np.allclose(proposed, np.array([[40, 114], [100, 114], [100, 174], [40, 174]]), atol=1)
    assert {spot["reason"] for spot in client.get("/api/v1/spots").json()} == {"moved"}
    drawn = client.get("/api/v1/cameras/north/layout").json()["spots"]
    assert drawn[0]["polygon"] == told["proposed"][0]["polygon"], "where an edit would put it"
    confirmed = client.post("/api/v1/cameras/north/alignment/confirm")
    assert confirmed.status_code == 200, confirmed.text
    assert (confirmed.json()["version"], confirmed.json()["comment"]) == (
        2,
        "followed the camera by 24 px",
    )
    assert client.post("/api/v1/cameras/north/alignment/confirm").status_code == 409
    now_ns = play(hub, hub.sites[0], [aside] * 8, now_ns)
    assert client.get("/api/v1/cameras/north/alignment").json()["status"] == "aligned"


def test_a_push_that_takes_a_spot_out_of_the_picture_leaves_it_to_a_person(tmp_path, store):
    rim = "  - {id: R1, lot: main, polygon: [[305, 20], [318, 20], [318, 60], [305, 60]]}\n"
    site = with_saved_layouts(write_yard(tmp_path, f"{LOT_YAML}    {rim}"), store.layouts, 0)
    hub = Hub([site])
    here, aside = pushed_views()
    now_ns = play(hub, site, [here] * 5 + [aside] * 5, time.time_ns())
    client = Client(create_app(hub, store=store, clock_ns=lambda: now_ns))
    refused = client.post("/api/v1/cameras/north/alignment/confirm")
    assert refused.status_code == 422
    assert "spot R1 of camera north leaves the picture" in refused.json()["detail"]
    drawn = client.get("/api/v1/cameras/north/layout").json()["spots"]
    seen = [each for each in drawn if each["id"] != "R1"]
    saved = {"base_version": 1, "spots": seen}
    assert client.put("/api/v1/cameras/north/layout", json=saved).status_code == 200
    assert len(seen) == len(drawn) - 1


def test_still_is_the_bare_picture_and_missing_before_the_first(tmp_path):
    site = write_yard(tmp_path)
    hub = Hub([site])
    client = Client(create_app(hub))
    assert client.get("/api/v1/cameras/north/still.jpg").status_code == 503
    play(hub, site, [lot_picture(set())], time.time_ns())
    assert client.get("/api/v1/cameras/north/still.jpg").headers["content-type"] == "image/jpeg"
