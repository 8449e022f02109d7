"""Sites of a lot and a tram whose cameras have seen something just now."""

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


def show(hub: Hub, site: Site, cars: set[str], seconds: float = 2.0) -> None:
    """Let the site's only camera see its scene for so long, until just now."""
    (camera,) = site.cameras
    if isinstance(camera.plan, ParkingPlan):
        mission: ParkingMission | TramMission = ParkingMission(camera.plan, BrightSpots())
    else:
        assert isinstance(camera.plan, TramPlan)
        mission = TramMission(camera.camera_id, camera.plan, BrightPersons())
    count, begin_ns = round(seconds * 10), time.time_ns() - round(seconds * NS_PER_S)
    for number in range(count):
        now_ns = begin_ns + number * NS_PER_S // 10
        is_lot = isinstance(mission, ParkingMission)
        image = lot_picture(cars, number) if is_lot else track_picture(None, number)
        frame = Frame(camera.camera_id, number, now_ns, image)
        result = mission.update(frame, number * NS_PER_S // 10, StageTimer())
        hub.publish(site.site_id, result, frame, now_ns)
    hub.publish_camera(
        site.site_id, camera.camera_id, CameraState(CameraStatus.LIVE), time.time_ns()
    )


def make_sites(folder: Path) -> list[Site]:
    for name, text in (("yard", LOT_YAML), ("line", TRAM_YAML)):
        (folder / f"{name}.yaml").write_text(text)
    return [load_site(folder / f"{name}.yaml") for name in ("yard", "line")]
