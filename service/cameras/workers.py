"""All camera workers of a service: started and stopped together, changed while they run."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from service.cabin.alert_ring import OpenRing
from service.cameras.camera_worker import CameraWorker, FrameReader, reader_of
from service.cameras.kept_reference import OpenReference
from service.cameras.mission import Mission, ParkingMission
from service.cameras.turns import Turns
from service.live.hub import Hub
from service.live.picture_report import PictureObserver
from service.site.site import Camera, Site
from service.site.site_difference import CameraKey, SiteDifference, cameras_of, site_difference


class Workers:
    """One worker per camera of all sites."""

    def __init__(
        self,
        sites: Sequence[Site],
        hub: Hub,
        *,
        make_mission: Callable[[Camera], Mission],
        open_reader: Callable[[Camera], FrameReader] = reader_of,
        observers: Sequence[PictureObserver] = (),
        open_ring: OpenRing = lambda _site, _camera: None,
        open_reference: OpenReference = lambda _site, _camera: None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Load what the cameras need; raises ModelError where a network cannot be used."""
        self._hub = hub
        self._make_mission = make_mission
        self._open_reader = open_reader
        self._observers = observers
        self._open_ring = open_ring
        self._open_reference = open_reference
        self._clock_ns = clock_ns
        self._turns = Turns()
        self._sites = list(sites)
        self._is_running = False
        cameras = cameras_of(sites)
        self._workers = {key: self._worker(sites, key, camera) for key, camera in cameras.items()}

    def start(self) -> None:
        """Start every camera."""
        self._is_running = True
        for worker in self._workers.values():
            worker.start()

    def stop(self) -> None:
        """Stop all cameras at the same time, so that one that hangs costs no more than itself."""
        self._is_running = False
        _stop_all(self._workers.values())

    def change(self, sites: Sequence[Site]) -> SiteDifference:
        """Watch these sites from now on; cameras that stayed the same run on undisturbed.

        Raises ModelError before anything is changed.
        """
        difference = site_difference(self._sites, sites)
        cameras = cameras_of(sites)
        fresh = {
            key: self._worker(sites, key, cameras[key])
            for key in (*difference.added, *difference.changed)
        }
        _stop_all(self._workers.pop(key) for key in (*difference.removed, *difference.changed))
        self._hub.change_sites(sites, self._clock_ns())
        self._sites = list(sites)
        self._workers |= fresh
        if self._is_running:
            for worker in fresh.values():
                worker.start()
        return difference

    def _worker(self, sites: Sequence[Site], key: CameraKey, camera: Camera) -> CameraWorker:
        site = next(each for each in sites if each.site_id == key[0])
        mission = self._make_mission(camera)
        kept = self._open_reference(site, camera)
        if kept is not None and isinstance(mission, ParkingMission):
            mission.keep_reference_in(kept)
        return CameraWorker(
            key[0],
            camera,
            mission,
            self._hub,
            open_reader=self._open_reader,
            observers=self._observers,
            ring=self._open_ring(site, camera),
            turns=self._turns if isinstance(mission, ParkingMission) else None,
            clock_ns=self._clock_ns,
        )


def _stop_all(workers: Iterable[CameraWorker]) -> None:
    stoppers = [threading.Thread(target=worker.stop) for worker in workers]
    for stopper in stoppers:
        stopper.start()
    for stopper in stoppers:
        stopper.join()
