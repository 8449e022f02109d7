"""A service in a process of its own whose cameras see hand-drawn scenes that a test can change."""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from fastapi import FastAPI

from service.cameras.mission import Mission, ParkingMission, TramMission
from service.cameras.workers import Workers
from service.live.hub import Hub
from service.live.keeping import kept
from service.server import Server, open_port
from service.site.saved_layouts import with_saved_layouts
from service.site.site import Camera, ParkingPlan
from service.site.site_file import load_site
from service.store.store import Store
from tests.service.readers import HandReader
from tests.service.scenes import (
    LOT_YAML,
    TRAM_YAML,
    BrightPersons,
    BrightSpots,
    lot_picture,
    track_picture,
)
from vision.ground import GroundCamera, ground_to_image

PERIOD_S = 0.08
CAMERA = GroundCamera(height_m=2.4, pitch_deg=4.0, focal_px=280, principal_px=(160, 90))
CHECKOUT = Path(__file__).parents[3]


class Scene:
    """What the two cameras see."""

    def __init__(self) -> None:
        self.readers = {"north": HandReader("north"), "cab": HandReader("cab")}
        self.reset()

    def reset(self) -> None:
        """A car on A1, a person standing on the rails, both cameras live."""
        self.cars = {"A1"}
        self.person_bottom_px: int | None = 130
        self.nearing_since_s: float | None = None
        self.is_cab_live = True

    def play(self) -> None:
        """Deliver pictures for ever."""
        count = 0
        while True:
            count += 1
            self.readers["north"].show(lot_picture(self.cars, count))
            if self.is_cab_live:
                self.readers["cab"].show(track_picture(self._feet_px(), count))
            time.sleep(PERIOD_S)

    def _feet_px(self) -> int | None:
        """Row of the person's feet; who is neared at 8 m/s comes from 45 m to 6 m and stays."""
        if self.nearing_since_s is None:
            return self.person_bottom_px
        distance_m = max(45 - 8.0 * (time.monotonic() - self.nearing_since_s), 6.0)
        return round(ground_to_image(CAMERA, np.array([[distance_m, 0.0]]))[0, 1])


def make_mission(camera: Camera) -> Mission:
    """A mission with eyes for what is drawn."""
    if isinstance(camera.plan, ParkingPlan):
        return ParkingMission(camera.plan, BrightSpots())
    return TramMission(camera.camera_id, camera.plan, BrightPersons())


def add_controls(app: FastAPI, scene: Scene) -> None:
    """Let a test change the scene over HTTP."""

    @app.post("/scene/reset")
    def reset() -> None:
        scene.reset()

    @app.post("/scene/cars/{spot_ids}")
    def cars(spot_ids: str) -> None:
        scene.cars = set(spot_ids.split(","))

    @app.post("/scene/person/away")
    def person_away() -> None:
        scene.person_bottom_px = None

    @app.post("/scene/person/nears")
    def person_nears() -> None:
        scene.nearing_since_s = time.monotonic()

    @app.post("/scene/cab/stop")
    def cab_stop() -> None:
        scene.is_cab_live = False


@contextmanager
def live_scene() -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A running service: its root address and its process, which the test may kill."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.pages.live_scene"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    """Serve until killed."""
    scene = Scene()
    with tempfile.TemporaryDirectory() as folder, open_port("127.0.0.1", 0) as taken:
        store = Store(str(Path(folder, "wayside.sqlite")))
        sites = []
        for name, text in (("yard", LOT_YAML), ("line", TRAM_YAML)):
            path = Path(folder, f"{name}.yaml")
            path.write_text(text)
            sites.append(with_saved_layouts(load_site(path), store.layouts, time.time_ns()))
        hub = Hub(sites)
        workers = Workers(
            sites,
            hub,
            make_mission=make_mission,
            open_reader=lambda camera: scene.readers[camera.camera_id],
        )
        with kept(hub, store):
            server = Server(hub, store)
            add_controls(server.config.app, scene)  # type: ignore[arg-type]
            workers.start()
            threading.Thread(target=scene.play, daemon=True).start()
            # The port is taken already: whoever asks before the server runs is kept waiting.
            print(f"http://127.0.0.1:{taken.getsockname()[1]}", flush=True)
            server.run(sockets=[taken])
            workers.stop()


if __name__ == "__main__":
    main()
