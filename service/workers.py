"""All camera workers of a service, started and stopped together."""

import threading
from collections.abc import Callable, Sequence

from service.camera_worker import CameraWorker, FrameReader, reader_of
from service.hub import Hub
from service.mission import Mission
from service.site import Camera, Site


class Workers:
    """One worker per camera of all sites; a context manager runs them."""

    def __init__(
        self,
        sites: Sequence[Site],
        hub: Hub,
        *,
        make_mission: Callable[[Camera], Mission],
        open_reader: Callable[[Camera], FrameReader] = reader_of,
    ) -> None:
        """Load what the cameras need; raises ModelError where a network cannot be used."""
        self._workers = [
            CameraWorker(site.site_id, camera, make_mission(camera), hub, open_reader=open_reader)
            for site in sites
            for camera in site.cameras
        ]

    def start(self) -> None:
        """Start every camera."""
        for worker in self._workers:
            worker.start()

    def stop(self) -> None:
        """Stop all cameras at the same time, so that one that hangs costs no more than itself."""
        stoppers = [threading.Thread(target=worker.stop) for worker in self._workers]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()
