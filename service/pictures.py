"""Live pictures with results drawn in, in which nobody and no plate can be recognised.

A parking camera's picture is made coarse as a whole: nothing looks for persons there, and what is
not looked for cannot be missed. In a tram's picture the way ahead must stay clear to see, so only
what was found is made coarse: heads (by `annotate_tram`) and vehicles, for their plates.
"""

import threading
from dataclasses import dataclass

import cv2
import numpy as np

from service.cameras.mission import annotate
from service.live.hub import Hub, LiveView
from service.live.site_state import Result
from vision.arrays import ImageArray
from vision.classes import Kind
from vision.coarsening import coarsen, coarsen_boxes
from vision.tram.watch import TramResult

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
        image = unrecognisable(view.frame.image, view.result)
        drawn = annotate(camera, image, view.result, has_captions=False)
        picture = Picture(encode_jpeg(drawn), view.frame.frame_id, view.frame.timestamp_ns)
        with self._lock:
            self._drawn[site_id, camera_id] = (view, picture)
        return picture


def unrecognisable(image: ImageArray, result: Result) -> ImageArray:
    """A copy without the detail by which people and plates are recognised, but for heads."""
    if not isinstance(result, TramResult):
        return coarsen(image)
    masked = image.copy()
    vehicles = [each.xyxy for each in result.obstacles if each.kind == Kind.VEHICLE]
    coarsen_boxes(masked, np.array(vehicles, np.float64).reshape(-1, 4))
    return masked


def encode_jpeg(image: ImageArray) -> bytes:
    """The picture as JPEG, at most WIDEST_PX wide."""
    height_px, width_px = image.shape[:2]
    if width_px > WIDEST_PX:
        size = (WIDEST_PX, max(1, round(height_px * WIDEST_PX / width_px)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(image.dtype)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()
