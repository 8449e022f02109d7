"""The yard and the line as sites, with states that a test decides."""

import time
from pathlib import Path

from service.cameras.mission import ParkingMission, TramMission
from service.cameras.stage_timer import StageTimer
from service.live.camera_state import CameraState, CameraStatus
from service.live.hub import Hub
from service.site.site import ParkingPlan, Site, TramPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from tests.service.scenes import (
    LOT_YAML,
    TRAM_YAML,
    BrightPersons,
    BrightSpots,
    lot_picture,
    track_picture,
)
from vision.frame import Frame

PICTURES = 30  # three seconds of a lot, which are enough to believe a change


def yard_site(folder: Path, text: str = LOT_YAML) -> Site:
    (folder / "yard.yaml").write_text(text)
    return load_site(folder / "yard.yaml")


def line_site(folder: Path) -> Site:
    (folder / "line.yaml").write_text(TRAM_YAML)
    return load_site(folder / "line.yaml")


class Yard:
    """Publishes what the yard's camera sees, up to this moment."""

    def __init__(self, site: Site, hub: Hub) -> None:
        plan = site.cameras[0].plan
        assert isinstance(plan, ParkingPlan)
        self._mission = ParkingMission(plan, BrightSpots())
        self._hub = hub
        self._count = 0

    def park(self, cars: set[str]) -> None:
        """Cars stand on these spots and on no others, long enough to be believed."""
        begin_ns = time.time_ns() - PICTURES * NS_PER_S // 10
        for number in range(PICTURES):
            now_ns = begin_ns + number * NS_PER_S // 10
            frame = Frame("north", self._count, now_ns, lot_picture(cars, self._count))
            self._hub.publish("yard", self._mission.update(frame, 0, StageTimer()), frame)
            self._count += 1
        self._hub.publish_camera("yard", "north", CameraState(CameraStatus.LIVE), time.time_ns())


def drive(site: Site, hub: Hub, pictures: int = 10) -> None:
    """The tram runs on a clear track until now."""
    plan = site.cameras[0].plan
    assert isinstance(plan, TramPlan)
    mission = TramMission("cab", plan, BrightPersons())
    begin_ns = time.time_ns() - pictures * NS_PER_S // 10
    for number in range(pictures):
        now_ns = begin_ns + number * NS_PER_S // 10
        frame = Frame("cab", number, now_ns, track_picture(None, number))
        hub.publish("line", mission.update(frame, 0, StageTimer()), frame)


def change_camera(hub: Hub, number: int) -> None:
    """An event without pictures: the camera is lost for a new reason."""
    state = CameraState(CameraStatus.LOST, f"reason {number}", frame_id=number)
    hub.publish_camera("yard", "north", state, time.time_ns())
