"""Live pictures with results drawn in, small enough to show and not to identify people by."""

import threading
from dataclasses import dataclass

import cv2

from service.hub import Hub, LiveView
from service.mission import annotate
from vision.arrays import ImageArray

WIDEST_PX = 640
JPEG_QUALITY = 80


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded picture."""

    jpeg: bytes
    frame_id: int
    timestamp_ns: int


class Pictures:
    """Draws and encodes each picture once, however many look at it, and only when one does."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._drawn: dict[tuple[str, str], tuple[LiveView, Picture]] = {}

    def newest(self, site_id: str, camera_id: str) -> Picture | None:
        """The camera's newest picture, or None before the first."""
        view = self._hub.view(site_id, camera_id)
        camera = self._hub.camera(site_id, camera_id)
        if view is None or camera is None:
            return None
        with self._lock:
            before = self._drawn.get((site_id, camera_id))
            if before is not None and before[0] is view:
                return before[1]
        drawn = annotate(camera, view.frame.image, view.result)
        picture = Picture(encode_jpeg(drawn), view.frame.frame_id, view.frame.timestamp_ns)
        with self._lock:
            self._drawn[site_id, camera_id] = (view, picture)
        return picture


def encode_jpeg(image: ImageArray) -> bytes:
    """The picture as JPEG, at most WIDEST_PX wide."""
    height_px, width_px = image.shape[:2]
    if width_px > WIDEST_PX:
        size = (WIDEST_PX, max(1, round(height_px * WIDEST_PX / width_px)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(image.dtype)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()
