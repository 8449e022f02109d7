"""Keeps the last seconds around each alert of one tram, if its operator wants that.

Works in a thread of its own: the camera's worker hands pictures over and never waits.
"""

import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import structlog

from service.cabin.alert_bundle import (
    KEPT,
    KeptAlert,
    KeptPicture,
    drop_oldest,
    put_aside,
    write_bundle,
)
from service.errors import ClipError
from service.live.hub import Hub
from service.replay.evidence import vote_of
from service.site.ring_block import RingSettings
from service.site.site import Camera, Site, TramPlan
from service.timestamps import NS_PER_S, seconds_to_ns
from vision.frame import Frame
from vision.masking import masked
from vision.tram.alert_state import AlertLevel
from vision.tram.watch import TramResult

QUALITY = 92  # of JPEG: a replay finds the same in it, where the picture was looked at
LONGEST_QUEUE = 8  # pictures; what comes while it is full is not kept
LOOK_S = 0.2
LONGEST_STOP_S = 5.0
KEPT_LEVELS = (AlertLevel.CAUTION, AlertLevel.ALARM)
TakeFalse = Callable[[], list[int]]


@dataclass(slots=True)
class AlertRing:
    """The last seconds of one camera, masked, and the bundles that came of them."""

    site: Site
    camera: Camera
    settings: RingSettings
    folder: Path
    take_false: TakeFalse
    """Alerts that the driver called false since the last call."""
    dropped: int = 0
    """Pictures that came too fast to be kept."""
    _queue: "queue.Queue[tuple[Frame, TramResult]]" = field(
        default_factory=lambda: queue.Queue(LONGEST_QUEUE)
    )
    _pictures: deque[KeptPicture] = field(default_factory=deque)
    _waiting: list[KeptAlert] = field(default_factory=list)
    """Alerts whose seconds after are not over yet."""
    _false_ids: set[int] = field(default_factory=set)
    _last_alert_id: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to keep."""
        self._thread = threading.Thread(
            target=self._run, name=f"ring {self.camera.camera_id}", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Write what is under way, and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(LONGEST_STOP_S)

    def offer(self, frame: Frame, result: TramResult) -> None:
        """Hand a picture over; from the camera's thread, which never waits."""
        try:
            self._queue.put_nowait((frame, result))
        except queue.Full:
            self.dropped += 1
            if self.dropped == 1:
                log = structlog.get_logger().bind(camera_id=self.camera.camera_id)
                log.warning("the ring of pictures falls behind: some are missing in it")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                frame, result = self._queue.get(timeout=LOOK_S)
            except queue.Empty:
                self._mark_false()
                continue
            self._take(frame, result)
            self._mark_false()
        while not self._queue.empty():
            self._take(*self._queue.get_nowait())
        self._mark_false()
        for alert in self._waiting:
            self._write(alert)

    def _take(self, frame: Frame, result: TramResult) -> None:
        self._pictures.append(masked_picture(frame, result))
        keep_ns = seconds_to_ns(self.settings.before_s + self.settings.after_s)
        while self._pictures[-1].timestamp_ns - self._pictures[0].timestamp_ns > keep_ns:
            self._pictures.popleft()
        if self._pictures[-1].timestamp_ns < self._pictures[0].timestamp_ns:
            self._pictures.clear()  # the clock was set back
            return
        alert = result.alert
        if alert.level in KEPT_LEVELS and (alert.alert_id or 0) > self._last_alert_id:
            self._last_alert_id = alert.alert_id or 0
            kept = KeptAlert(self._last_alert_id, alert.level.value, frame.timestamp_ns)
            self._waiting.append(kept)
        after_ns = self.settings.after_s * NS_PER_S
        due = [each for each in self._waiting if frame.timestamp_ns - each.at_ns >= after_ns]
        for each in due:
            self._waiting.remove(each)
            self._write(each)

    def _write(self, alert: KeptAlert) -> None:
        log = structlog.get_logger().bind(camera_id=self.camera.camera_id)
        first_ns = alert.at_ns - seconds_to_ns(self.settings.before_s)
        pictures = [each for each in self._pictures if each.timestamp_ns >= first_ns]
        if not pictures:
            return
        try:
            bundle = write_bundle(
                self.folder,
                self.site,
                self.camera,
                alert,
                pictures,
                is_false=alert.alert_id in self._false_ids,
            )
            gone = drop_oldest(self.folder, self.settings.most_bytes)
            log.info("pictures around an alert are kept", bundle=bundle.name, dropped=len(gone))
        except ClipError as error:
            log.error("pictures around an alert are not kept", trouble=str(error))

    def _mark_false(self) -> None:
        for alert_id in self.take_false():
            self._false_ids.add(alert_id)
            written = sorted((self.folder / KEPT).glob(f"*-{alert_id}"))
            if written:
                try:
                    put_aside(written[-1])
                except ClipError as error:
                    structlog.get_logger().error("a false alarm stays", trouble=str(error))


def masked_picture(frame: Frame, result: TramResult) -> KeptPicture:
    """The picture as it may be kept, with what was told of it."""
    image = masked(frame.image, result)
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    speed_mps = result.ego.speed_mps
    return KeptPicture(
        timestamp_ns=frame.timestamp_ns,
        frame_id=frame.frame_id,
        size_px=frame.size_px,
        jpeg=data.tobytes(),
        speed_mps=None if speed_mps is None else round(speed_mps, 4),
        vote=vote_of(result),
    )


OpenRing = Callable[[Site, Camera], AlertRing | None]


def rings_in(folder: Path, hub: Hub) -> OpenRing:
    """Gives each camera whose site file wants it a ring that keeps bundles below `folder`."""

    def open_ring(site: Site, camera: Camera) -> AlertRing | None:
        if not isinstance(camera.plan, TramPlan) or camera.plan.ring is None:
            return None
        own = folder / site.site_id / camera.camera_id
        take_false = partial(hub.cabins.take_false, site.site_id, camera.camera_id)
        return AlertRing(site, camera, camera.plan.ring, own, take_false)

    return open_ring
