"""Live pictures with results drawn in, in which nobody and no plate can be recognised.

A parking camera's picture is made coarse as a whole: nothing looks for persons there, and what is
not looked for cannot be missed. In a tram's picture the way ahead must stay clear to see, so only
what was found is made coarse: heads (by `annotate_tram`) and vehicles, for their plates. Where
nothing was looked for, `annotate_tram` makes it coarse as a whole, too.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from service.cameras.mission import annotate
from service.live.camera_state import Result
from service.live.hub import Hub, LiveView
from vision.arrays import ImageArray
from vision.classes import Kind
from vision.coarsening import coarsen, coarsen_boxes
from vision.parking.spot_state import SpotStatus
from vision.parking.watch import ParkingResult
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

    def __init__(self, hub: Hub, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._hub = hub
        self._clock_ns = clock_ns
        self._lock = threading.Lock()
        self._drawn: WeakKeyDictionary[LiveView, dict[bool, Picture]] = WeakKeyDictionary()
        """By whether they are bare; a view that the hub has let go takes its own with it."""

    def newest(self, site_id: str, camera_id: str, *, is_bare: bool = False) -> Picture | None:
        """The camera's newest picture, or None before the first.

        A bare one of a parking camera has nothing drawn in.
        """
        view = self._hub.view(site_id, camera_id)
        camera = self._hub.camera(site_id, camera_id)
        if view is None or camera is None:
            return None
        with self._lock:
            before = self._drawn.get(view, {}).get(is_bare)
        if before is not None:
            return before
        image = unrecognisable(view.frame.image, view.result)
        if not (is_bare and isinstance(view.result, ParkingResult)):
            result = self._with_closed_hours(site_id, view.result)
            image = annotate(camera, image, result, has_captions=False)
        picture = Picture(encode_jpeg(image), view.frame.frame_id, view.frame.timestamp_ns)
        with self._lock:
            self._drawn.setdefault(view, {})[is_bare] = picture
        return picture

    def _with_closed_hours(self, site_id: str, result: Result) -> Result:
        """The result with those spots closed that are so at this hour: no camera knows of it."""
        if not isinstance(result, ParkingResult):
            return result
        closed = {
            spot.spot_id
            for spot in self._hub.spots(site_id, self._clock_ns())
            if spot.status == "closed"
        }
        spots = {
            spot_id: replace(state, status=SpotStatus.CLOSED) if spot_id in closed else state
            for spot_id, state in result.spots.items()
        }
        return replace(result, spots=spots)


def unrecognisable(image: ImageArray, result: Result) -> ImageArray:
    """A copy without the detail by which people and plates are recognised.

    What `annotate_tram` makes coarse is left to it.
    """
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
