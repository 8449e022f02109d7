"""A camera that is pushed while the service is down, as stories of two runs over one folder."""

import asyncio
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from structlog.testing import capture_logs

from service.app import create_app
from service.cameras.kept_reference import LEAST_PAUSE_NS, KeptReference, references_in
from service.cameras.mission import ParkingMission
from service.cameras.stage_timer import StageTimer
from service.cameras.workers import Workers
from service.live.hub import Hub
from service.live.keeping import kept
from service.site.saved_layouts import with_saved_layouts
from service.site.site import Camera, ParkingPlan
from service.site.site_file import load_site
from service.store.store import Store
from service.timestamps import NS_PER_S
from streams.source import open_source
from tests.builders import make_picture
from tests.service.readers import HandReader
from tests.service.scenes import BrightSpots
from tests.streams.cameras import wait_until
from vision.arrays import FloatArray, ImageArray
from vision.frame import Frame
from vision.parking.alignment import AlignmentMonitor, Reference
from vision.parking.working_picture import WorkingPicture

CLIPS = Path(__file__).parents[3] / "sample_videos"
PUSHED_S, STANDS_AGAIN_S = 8.0, 9.0
SIZE_PX = (640, 360)
OUTLINE = np.array([[200, 150], [300, 150], [320, 250], [190, 250]], float)


@cache
def pictures() -> dict[str, list[ImageArray]]:
    """Every fourth picture of the clip, before the push and after it."""
    with open_source(CLIPS / "lot_camera_pushed.mp4") as source:
        frames = list(source)[::4]
    return {
        "before": [each.image for each in frames if each.timestamp_ns < PUSHED_S * NS_PER_S],
        "after": [each.image for each in frames if each.timestamp_ns > STANDS_AGAIN_S * NS_PER_S],
    }


def run(folder: Path, images: list[ImageArray], reference: Path | None = None):
    """One life of the service: shows the pictures; gives its spots and its alignment."""
    store = Store(str(folder / "yard.sqlite"))
    store.database.open()
    site = with_saved_layouts(load_site(CLIPS / "lot_camera_pushed.site.yaml"), store.layouts, 0)
    camera = site.cameras[0]
    assert isinstance(camera.plan, ParkingPlan)
    camera = replace(camera, plan=replace(camera.plan, reference=reference))
    site = replace(site, cameras=(camera,))
    hub, reader = Hub([site]), HandReader(camera.camera_id)

    def make_mission(camera: Camera) -> ParkingMission:
        assert isinstance(camera.plan, ParkingPlan)
        return ParkingMission(camera.plan, BrightSpots())

    workers = Workers(
        [site],
        hub,
        make_mission=make_mission,
        open_reader=lambda _camera: reader,
        open_reference=references_in(folder / "references"),
    )
    with kept(hub, store):
        workers.start()
        try:
            for image in images:
                frame_id = reader.show(image)
                assert wait_until(lambda shown=frame_id: has_seen(hub, site.site_id, shown))
            return asyncio.run(ask(create_app(hub, store=store), camera.camera_id))
        finally:
            workers.stop()


def has_seen(hub: Hub, site_id: str, frame_id: int) -> bool:
    (camera,) = hub.cameras(site_id)
    return camera.frame_id == frame_id


async def ask(app, camera_id: str):
    base_url = "http://wayside.example"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as client:
        spots = (await client.get("/api/v1/spots")).json()
        alignment = (await client.get(f"/api/v1/cameras/{camera_id}/alignment")).json()
    return {spot["reason"] for spot in spots}, alignment


def test_camera_pushed_while_the_service_is_down_is_told_as_moved_with_a_proposal(tmp_path):
    _, before = run(tmp_path, pictures()["before"][:3])
    assert before["status"] == "aligned"
    reasons, alignment = run(tmp_path, pictures()["after"][:4])
    assert reasons == {"moved"}
    assert alignment["status"] == "moved"
    drawn = load_site(CLIPS / "lot_camera_pushed.site.yaml").cameras[0].plan.layout.spots
    assert [each["id"] for each in alignment["proposed"]] == [spot.spot_id for spot in drawn]
    # a third life, the camera still aside: what it is compared with did not become the pushed view
    assert run(tmp_path, pictures()["after"][4:8])[0] == {"moved"}


def test_camera_that_stands_as_before_is_not_told_as_moved(tmp_path):
    run(tmp_path, pictures()["before"][:3])
    reasons, alignment = run(tmp_path, pictures()["before"][-4:])
    assert "moved" not in reasons
    assert (alignment["status"], alignment["proposed"]) == ("aligned", [])


def test_damaged_file_is_ignored_with_a_log_line_and_written_anew(tmp_path):
    run(tmp_path, pictures()["before"][:2])
    (file,) = (tmp_path / "references").rglob("*.npz")
    file.write_bytes(file.read_bytes()[:5000])
    with capture_logs() as logs:
        _, alignment = run(tmp_path, pictures()["after"][:3])
    assert alignment["status"] == "aligned", "the first picture is the reference"
    assert "kept reference not used; a new one is taken" in [each["event"] for each in logs]
    assert run(tmp_path, pictures()["after"][3:6])[1]["status"] == "aligned"


def taken(seed: int = 0) -> Reference:
    monitor = AlignmentMonitor([OUTLINE])
    monitor.update(WorkingPicture(make_picture(*SIZE_PX, seed=seed)), 0)
    assert monitor.reference is not None
    return monitor.reference


def test_reference_of_another_layout_is_not_used(tmp_path):
    path = tmp_path / "north.npz"
    KeptReference(path, 1).keep(taken(), 0)
    with capture_logs() as logs:
        assert KeptReference(path, 2).recall() is None
    assert "are (1, 1), wanted (1, 2)" in logs[0]["reason"]
    assert KeptReference(path, 1).recall() is not None


@pytest.mark.parametrize("is_named", [False, True], ids=["kept", "named in the site file"])
def test_spots_stay_where_they_were_when_a_camera_gives_larger_pictures(tmp_path, is_named):
    plan = load_site(CLIPS / "lot_camera_pushed.site.yaml").cameras[0].plan
    assert isinstance(plan, ParkingPlan)
    image = pictures()["before"][0]
    if is_named:
        cv2.imwrite(str(tmp_path / "drawn_on.png"), image)
        plan = replace(plan, reference=tmp_path / "drawn_on.png")

    def life(image: ImageArray) -> list[FloatArray]:
        """Where the spots are looked for."""
        mission = ParkingMission(plan, BrightSpots())
        if not is_named:
            mission.keep_reference_in(KeptReference(tmp_path / "north.npz", 1))
        layout = mission.update(Frame("north", 0, 0, image), 0, StageTimer()).layout
        mission.stop()
        assert layout is not None
        return list(layout.polygons)

    before = life(image)
    after = life(cv2.resize(image, None, fx=2, fy=2))
    np.testing.assert_allclose(after, 2 * np.array(before), atol=2.0)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no archive at all", id="another file"),
        pytest.param(b"0" * 2_000_000, id="too large"),
    ],
)
def test_what_is_no_kept_reference_is_not_used(tmp_path, content):
    (tmp_path / "north.npz").write_bytes(content)
    assert KeptReference(tmp_path / "north.npz", 1).recall() is None


def test_file_holds_points_and_descriptors_only_and_gives_them_back(tmp_path):
    path, reference = tmp_path / "north.npz", taken()
    KeptReference(path, 1).keep(reference, 0)
    with np.load(path) as file:
        names = {"format", "layout_version", "size_px", "counts", "points", "descriptors"}
        assert set(file) == names
    recalled = KeptReference(path, 1).recall()
    assert recalled is not None
    (before,), (after,) = reference.lights, recalled.lights
    np.testing.assert_array_equal(after.points, before.points)
    np.testing.assert_allclose(after.descriptors, before.descriptors, atol=0.5 / 255)
    assert not len(after.patches)


def test_new_lights_are_written_once_an_hour_and_at_the_end(tmp_path):
    path, hour_ns = tmp_path / "north.npz", LEAST_PAUSE_NS

    def points_in_file() -> int:
        with np.load(path) as file:
            return len(file["points"])

    lights = [taken(seed).lights[0] for seed in range(3)]
    several = [Reference(SIZE_PX, tuple(lights[: count + 1])) for count in range(3)]
    totals = [sum(len(each.points) for each in reference.lights) for reference in several]
    reference = KeptReference(path, 1)
    reference.keep(several[0], 0)
    reference.keep(several[1], hour_ns // 2)
    assert points_in_file() == totals[0]
    reference.keep(several[1], hour_ns)
    assert points_in_file() == totals[1]
    reference.keep(several[2], hour_ns + 1)
    assert points_in_file() == totals[1]
    reference.close()
    assert points_in_file() == totals[2]


def test_folder_that_cannot_be_written_is_told_and_stops_nothing(tmp_path):
    (tmp_path / "yard").write_text("a file where a folder should be")
    with capture_logs() as logs:
        KeptReference(tmp_path / "yard" / "north.npz", 1).keep(taken(), 0)
    assert [each["event"] for each in logs] == ["reference not kept"]


def test_what_could_not_be_written_is_written_an_hour_later(tmp_path):
    blocked = tmp_path / "yard"
    blocked.write_text("a file where a folder should be")
    reference, seen = KeptReference(blocked / "north.npz", 1), taken()
    with capture_logs() as logs:
        reference.keep(seen, 0)
        reference.keep(seen, LEAST_PAUSE_NS - 1)
    assert len(logs) == 1, "it is not tried with every picture"
    blocked.unlink()
    reference.keep(seen, LEAST_PAUSE_NS)
    assert KeptReference(blocked / "north.npz", 1).recall() is not None


def test_named_reference_picture_needs_no_file(tmp_path):
    site = load_site(CLIPS / "lot_camera_pushed.site.yaml")
    plan = site.cameras[0].plan
    assert isinstance(plan, ParkingPlan)
    named = replace(site.cameras[0], plan=replace(plan, reference=tmp_path / "drawn_on.png"))
    open_reference = references_in(tmp_path)
    assert open_reference(site, site.cameras[0]) is not None
    assert open_reference(site, named) is None
