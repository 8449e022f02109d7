"""Two cameras over one spot: votes, weights, and who needs a technician."""

from pathlib import Path

import numpy as np
import pytest

from service.cameras.mission import ParkingMission
from service.cameras.stage_timer import StageTimer
from service.live.camera_state import CameraState, CameraStatus
from service.live.hub import Hub
from service.live.spot_fusion import view_weight
from service.site.site import ParkingPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from tests.service.scenes import LOT_YAML, BrightSpots, lot_picture
from vision.frame import Frame

SECOND_CAMERA = LOT_YAML[LOT_YAML.index("  - id: north") :].replace("north", "south")
B1 = LOT_YAML.splitlines(keepends=True)[-1]


class Yard:
    """Two cameras that are shown what the story says, ten seconds from picture to picture."""

    def __init__(self, folder: Path, text: str = LOT_YAML + SECOND_CAMERA) -> None:
        path = folder / "yard.site.yaml"
        path.write_text(text)
        self.site = load_site(path)
        self.hub = Hub([self.site])
        self.missions = {}
        for camera in self.site.cameras:
            assert isinstance(camera.plan, ParkingPlan)
            self.missions[camera.camera_id] = ParkingMission(camera.plan, BrightSpots())
        self.now_s = 0

    def show(self, pictures: int, **cars: set[str]) -> None:
        for _ in range(pictures):
            self.now_s += 10
            now_ns = self.now_s * NS_PER_S
            for camera_id, taken in cars.items():
                seed = self.now_s + (5000 if camera_id == "south" else 0)
                frame = Frame(camera_id, self.now_s, now_ns, lot_picture(taken, seed))
                result = self.missions[camera_id].update(frame, now_ns, StageTimer())
                self.hub.publish("yard", result, frame, now_ns)
                live = CameraState(CameraStatus.LIVE)
                self.hub.publish_camera("yard", camera_id, live, now_ns)

    def change(self, text: str) -> None:
        """The site file becomes this."""
        self.site.path.write_text(text)
        self.hub.change_sites([load_site(self.site.path)], self.now_s * NS_PER_S)

    def spot(self, spot_id: str):
        told = self.hub.spots("yard", self.now_s * NS_PER_S)
        return next(each for each in told if each.spot_id == spot_id)

    def cameras(self) -> dict[str, str | None]:
        return {each.camera_id: each.reason for each in self.hub.cameras("yard")}


def test_two_cameras_disagree_for_long_and_make_up(tmp_path):
    yard = Yard(tmp_path)
    yard.show(6, north={"A1"}, south={"A1"})
    assert (yard.spot("A1").status, yard.cameras()) == ("occupied", {"north": None, "south": None})
    yard.show(6, north={"A1"}, south=set())
    told = yard.spot("A1")
    assert (told.status, told.reason) == ("unknown", "undecided")
    assert [(vote.camera_id, vote.status) for vote in told.votes] == [
        ("north", "occupied"),
        ("south", "free"),
    ]
    assert yard.cameras() == {"north": None, "south": None}
    yard.show(14, north={"A1"}, south=set())
    assert yard.cameras() == {"north": "disagrees", "south": "disagrees"}
    yard.show(6, north=set(), south=set())
    assert (yard.spot("A1").status, yard.cameras()) == ("free", {"north": None, "south": None})


def test_camera_left_alone_disagrees_with_nobody(tmp_path):
    yard = Yard(tmp_path)
    yard.show(20, north={"A1"}, south=set())
    assert yard.cameras() == {"north": "disagrees", "south": "disagrees"}
    yard.change(LOT_YAML)
    yard.show(1, north={"A1"})
    assert (yard.spot("A1").status, yard.cameras()) == ("occupied", {"north": None})


SOUTH_WITH_A_LIMIT = SECOND_CAMERA.replace("lot: main,", "lot: main, max_stay_min: 1,", 1)


@pytest.mark.parametrize(
    "south",
    [
        pytest.param("", id="its camera is gone"),
        pytest.param("".join(SECOND_CAMERA.partition("spots:\n")[:2]) + B1, id="its spot is gone"),
    ],
)
def test_overstay_ends_where_nobody_looks_any_more(tmp_path, south):
    yard = Yard(tmp_path, LOT_YAML + SOUTH_WITH_A_LIMIT)
    yard.show(40, north={"A1"}, south={"A1"})
    assert [each.ended_at for each in yard.hub.violations("yard")] == [None]
    yard.change(LOT_YAML + south)
    ended_at = "1970-01-01T00:06:40.000Z"
    assert [each.ended_at for each in yard.hub.violations("yard")] == [ended_at]
    told = [each for each in yard.hub.recent(99) if each.type == "violation.changed"]
    assert [(each.subject, each.data["ended_at"]) for each in told] == [
        ("A1", None),
        ("A1", ended_at),
    ]


def test_overstay_that_two_cameras_see_is_told_once(tmp_path):
    yard = Yard(tmp_path, LOT_YAML.replace("A1,", "A1, max_stay_min: 1,") + SOUTH_WITH_A_LIMIT)
    yard.show(40, north={"A1"}, south={"A1"})
    yard.show(3, north=set(), south=set())
    told = [each for each in yard.hub.recent(99) if each.type == "violation.changed"]
    assert [(each.subject, each.data["ended_at"] is None) for each in told] == [
        ("A1", True),
        ("A1", False),
    ]


def test_losing_one_camera_degrades_and_does_not_blind(tmp_path):
    yard = Yard(tmp_path)
    yard.show(6, north={"A1"}, south={"A1"})
    yard.hub.publish("yard", yard.missions["north"].lose(yard.now_s * NS_PER_S))
    told = yard.spot("A1")
    assert told.status == "occupied"
    assert {vote.camera_id: vote.reason for vote in told.votes} == {
        "north": "camera_lost",
        "south": None,
    }


def test_spot_of_one_camera_has_no_votes_to_tell(tmp_path):
    (tmp_path / "one.site.yaml").write_text(LOT_YAML)
    site = load_site(tmp_path / "one.site.yaml")
    assert {spot.votes for spot in Hub([site]).spots("yard", 0)} == {None}
    assert {spot.layout_version for spot in Hub([site]).spots("yard", 0)} == {1}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param((60, 60), (20, 20), id="near before far"),
        pytest.param((60, 40), (60, 8), id="from above before flat"),
    ],
)
def test_view_counts_by_what_it_shows(better, worse):
    def outline(width: float, height: float):
        return np.array([[0, 0], [width, 0], [width, height], [0, height]], float)

    assert view_weight(outline(*better)) > view_weight(outline(*worse)) > 0


def test_closed_hours_close_a_spot_by_the_sites_clock(tmp_path):
    text = LOT_YAML.replace(
        "group: disabled,", "group: disabled, closed_hours: [{from: '00:00', to: '00:30'}],"
    )
    (tmp_path / "one.site.yaml").write_text(text)
    hub = Hub([load_site(tmp_path / "one.site.yaml")])
    for minute, status in ((10, "closed"), (40, "unknown")):
        told = {spot.spot_id: spot.status for spot in hub.spots("yard", minute * 60 * NS_PER_S)}
        assert told["A3"] == status


def test_terms_that_one_camera_states_hold_for_all(tmp_path):
    night = "lot: main, level: deck, closed_hours: [{from: '00:00', to: '06:00'}],"
    yard = Yard(tmp_path, LOT_YAML + SECOND_CAMERA.replace("lot: main,", night, 1))
    yard.show(6, north=set(), south=set())
    told = [(spot.spot_id, spot.status, spot.level) for spot in map(yard.spot, ("A1", "A2"))]
    assert told == [("A1", "closed", "deck"), ("A2", "free", None)]


def test_spot_changed_when_its_hours_closed_and_opened_it(tmp_path):
    hours = "group: disabled, closed_hours: [{from: '00:01', to: '00:02'}],"
    yard = Yard(tmp_path, LOT_YAML.replace("group: disabled,", hours))
    said = []
    for _ in range(3):
        yard.show(5, north=set())
        spot = yard.spot("A3")
        said.append((yard.now_s, spot.status, spot.changed_at))
    assert said == [
        (50, "free", "1970-01-01T00:00:20.000Z"),
        (100, "closed", "1970-01-01T00:01:00.000Z"),
        (150, "free", "1970-01-01T00:02:00.000Z"),
    ]
