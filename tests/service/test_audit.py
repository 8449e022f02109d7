import random
import time
from dataclasses import replace
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest

from service.audit import (
    Accuracy,
    Auditor,
    accuracy_by,
    hour_of,
    light_of,
    sample_picture,
    take_sample,
    wilson_interval,
)
from service.cameras.mission import ParkingMission
from service.cameras.stage_timer import StageTimer
from service.live.hub import Hub
from service.site.site import ParkingPlan
from service.site.site_file import load_site
from service.store.audits import Audit
from service.store.store import Store
from service.timestamps import NS_PER_S
from tests.service.scenes import CAR_GREY, LOT_YAML, BrightSpots, lot_picture
from tests.streams.cameras import wait_until
from vision.frame import Frame
from vision.parking.watch import ParkingResult


@pytest.mark.parametrize(
    ("right", "judged", "low", "high"),
    [(0, 0, 0, 1), (10, 10, 0.722, 1), (0, 10, 0, 0.278), (97, 100, 0.915, 0.990)],
)
def test_wilson_interval(right, judged, low, high):
    # Values of scipy.stats.binomtest(right, judged).proportion_ci(method="wilson").
    assert wilson_interval(right, judged) == pytest.approx((low, high), abs=0.001)


def audit(verdict: str | None, hour: int = 12, camera_id: str = "north") -> Audit:
    return Audit(
        id=1,
        site_id="yard",
        lot_id="main",
        camera_id=camera_id,
        spot_id="A1",
        taken_ns=hour * 3600 * NS_PER_S,
        told="free",
        confidence=0.9,
        conditions={"light": "day"},
        verdict=verdict,
        judged_ns=None,
        judged_by=None,
    )


def test_accuracy_by_camera_leaves_out_what_cannot_be_told():
    judged = [audit("right"), audit("unclear"), audit(None), audit("wrong", camera_id="south")]
    assert accuracy_by(judged, lambda each: each.camera_id) == {
        "north": Accuracy(1, 1),
        "south": Accuracy(0, 1),
    }


def test_hour_is_that_of_the_site():
    assert hour_of(audit("right", hour=23), ZoneInfo("Asia/Tokyo")) == "08"


@pytest.mark.parametrize(("grey", "light"), [(30, "night"), (70, "dusk"), (120, "day")])
def test_light_by_brightness(grey, light):
    assert light_of(np.full((90, 160, 3), grey, np.uint8)) == light


def test_no_plate_can_be_read_in_a_sample():
    """A spot of 5 m is 700 px wide here, so a plate's characters are 10 px high: one px is left."""
    image = np.full((1080, 1920, 3), 90, np.uint8)
    outline = [(600, 300), (1300, 300), (1300, 900), (600, 900)]
    cv2.putText(image, "12345-A-6", (900, 600), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255,) * 3, 1)
    jpeg = sample_picture(image, np.array(outline))
    small = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert small is not None
    assert max(small.shape) <= 336
    middle = small[small.shape[0] // 3 : -small.shape[0] // 3, 90:-90]
    assert int(middle.max()) < 190


@pytest.fixture
def hub(tmp_path) -> Hub:
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML.replace("site: yard", "site: yard\naudit: {per_day: 1000000000}"))
    return Hub([load_site(path)])


def show(
    hub: Hub, count: int, site_id: str = "yard", large: int = 0, camera: int = 0, ago_s: float = 0
) -> None:
    """A car on A1; the last so many pictures are twice as large."""
    camera_id, plan = hub.sites[0].cameras[camera].camera_id, hub.sites[0].cameras[camera].plan
    assert isinstance(plan, ParkingPlan)
    mission = ParkingMission(plan, BrightSpots())
    for number in range(count):
        now_ns = time.time_ns() + (number - count) * NS_PER_S // 10 - round(ago_s * NS_PER_S)
        image = lot_picture({"A1"}, number)
        if number >= count - large:
            image = cv2.resize(image, None, fx=2, fy=2)
        frame = Frame(camera_id, number, now_ns, image)
        hub.publish(site_id, mission.update(frame, 0, StageTimer()), frame)


def test_unknown_spots_are_not_sampled(hub):
    assert take_sample(hub, hub.sites[0], time.time_ns(), lambda found: found[0]) is None
    show(hub, 30)
    sample = take_sample(hub, hub.sites[0], time.time_ns(), lambda found: found[0])
    assert sample is not None
    assert (sample.spot.spot_id, sample.spot.status) == ("A1", "occupied")


def test_sample_shows_the_spot_where_it_lies_in_this_picture(hub):
    show(hub, 30, large=5)
    sample = take_sample(hub, hub.sites[0], time.time_ns(), lambda found: found[0])
    assert sample is not None
    image = cv2.imdecode(np.frombuffer(sample.picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    height_px, width_px = image.shape
    middle = image[height_px // 3 : -height_px // 3, width_px // 3 : -width_px // 3]
    assert int(middle.mean()) == pytest.approx(CAR_GREY, abs=5)


def test_sample_is_of_a_camera_that_tells_the_state_now(tmp_path):
    south = LOT_YAML[LOT_YAML.index("  - id: north") :].replace("north", "south")
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML + south)
    hub = Hub([load_site(path)])
    show(hub, 30, ago_s=7200)
    show(hub, 30, camera=1)
    sample = take_sample(hub, hub.sites[0], time.time_ns(), lambda found: found[0])
    assert sample is not None
    assert (sample.spot.camera_id, sample.camera_id) == ("north", "south")
    assert time.time_ns() - sample.taken_ns < 60 * NS_PER_S


def test_nothing_is_sampled_of_a_picture_older_than_what_is_told(hub):
    show(hub, 30, ago_s=30)
    view = hub.view("yard", "north")
    assert view is not None
    assert isinstance(view.result, ParkingResult)
    seen_ns = time.time_ns()
    spots = {
        name: replace(state, observed_at_ns=seen_ns) for name, state in view.result.spots.items()
    }
    hub.publish("yard", replace(view.result, timestamp_ns=seen_ns, spots=spots))
    assert take_sample(hub, hub.sites[0], seen_ns, lambda found: found[0]) is None


def test_service_samples_by_itself(hub, tmp_path):
    show(hub, 30)
    store = Store(str(tmp_path / "wayside.sqlite"))
    auditor = Auditor(hub, store, chance=random.Random(1))
    auditor.start()
    try:
        assert wait_until(lambda: len(store.audits.unjudged()) >= 3)
    finally:
        auditor.stop()
        store.close()


def test_site_that_leaves_while_its_sample_is_awaited_ends_no_sampling(hub, tmp_path):
    (yard,) = hub.sites
    twin = replace(yard, site_id="twin")
    hub.change_sites([yard, twin], 0)
    show(hub, 30, "twin")

    class YardLeaves(random.Random):
        """Takes the first site it may; the yard leaves while the first moment is awaited."""

        def expovariate(self, lambd: float = 1.0) -> float:
            hub.change_sites([twin], 0)
            return super().expovariate(lambd)

        def choices(self, population, *_, **__):
            return population[:1]

    store = Store(str(tmp_path / "wayside.sqlite"))
    auditor = Auditor(hub, store, chance=YardLeaves(1))
    auditor.start()
    try:
        assert wait_until(lambda: store.audits.unjudged() != [])
    finally:
        auditor.stop()
        store.close()


def test_nothing_is_sampled_unless_the_site_file_says_so(tmp_path):
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML)
    assert load_site(path).audits_per_day == 0
