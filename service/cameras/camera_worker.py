"""One thread per camera: newest picture in, result out to the hub, losses told at once."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Protocol

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars

from models.errors import ModelError
from service.cabin.alert_ring import AlertRing
from service.cameras.clock_watch import ClockWatch
from service.cameras.mission import Mission
from service.cameras.stage_timer import StageSpan, StageTimer, stage_ms
from service.cameras.turns import Turns
from service.errors import ServiceError
from service.live.camera_state import (
    CameraCounts,
    CameraState,
    CameraStatus,
    fault_of,
    link_and_view,
)
from service.live.hub import Hub
from service.live.picture_report import PictureObserver, PictureReport
from service.site.site import Camera
from service.timestamps import NS_PER_MS, NS_PER_S, seconds_to_ns
from streams.backoff import Backoff
from streams.errors import SourceError
from streams.mailbox import Mailbox
from streams.reader import Reader
from streams.settings import SourceSettings
from streams.status import ReaderState, ReaderStatus
from vision.errors import VisionError
from vision.frame import Frame
from vision.parking.alignment import Alignment, AlignmentStatus
from vision.parking.watch import ParkingResult
from vision.tram.watch import TramResult

TICK_S = 0.1  # how often a camera without pictures is looked after
STALL_AFTER_S = {"parking": 10.0, "tram": 2.0}
OVERDUE_AFTER_S = {"parking": 60.0, "tram": 0.4}  # no picture although the link stands
BACKOFF = {"parking": Backoff(), "tram": Backoff(limit_s=5.0)}
KNOWN_ERRORS = (VisionError, ModelError, SourceError, ServiceError)


class FrameReader(Protocol):
    """Reads one camera into a mailbox; see `streams.reader.Reader`."""

    mailbox: Mailbox

    @property
    def status(self) -> ReaderStatus:
        """How the camera is doing."""

    def start(self) -> None:
        """Begin to read."""

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Stop reading."""


def reader_of(camera: Camera) -> FrameReader:
    """The reader of a camera; files are played at their own speed as if they were cameras."""
    return Reader(
        camera.source,
        camera.camera_id,
        mode=camera.frames,
        settings=SourceSettings(stall_after_s=STALL_AFTER_S[camera.mission]),
        loop=camera.loop,
    )


class CameraWorker:
    """Runs one camera's mission on its newest pictures, whatever happens to other cameras."""

    def __init__(
        self,
        site_id: str,
        camera: Camera,
        mission: Mission,
        hub: Hub,
        *,
        open_reader: Callable[[Camera], FrameReader] = reader_of,
        clock_ns: Callable[[], int] = time.time_ns,
        backoff: Backoff | None = None,
        observers: Sequence[PictureObserver] = (),
        ring: AlertRing | None = None,
        turns: Turns | None = None,
    ) -> None:
        """Looks at each picture at once, or in its turn where there are `turns`."""
        self._site_id = site_id
        self._camera = camera
        self._mission = mission
        self._hub = hub
        self._observers = observers
        self._ring = ring
        self._turn = turns.taken if turns is not None else nullcontext
        self._open_reader = open_reader
        self._reader = open_reader(camera)
        self._clock_ns = clock_ns
        self._clock_watch = ClockWatch(clock_ns)
        self._backoff = backoff or BACKOFF[camera.mission]
        self._random = random.SystemRandom()
        self._names = {"site_id": site_id, "camera_id": camera.camera_id}
        self._log = structlog.get_logger()
        self._stopping = threading.Event()
        self._timer = StageTimer()
        self._state = CameraState()
        self._looked_ns: int | None = None  # when the last picture had been looked at
        self._frames = 0
        self._failures = 0
        self._is_lost = False
        self._fault: str | None = None
        self._stands = AlignmentStatus.UNKNOWN
        self._passes = 0
        self._pass_began_ns = 0
        self._thread = threading.Thread(
            target=self._run, name=f"worker {site_id}/{camera.camera_id}", daemon=True
        )

    def start(self) -> None:
        """Begin to read and watch."""
        self._mission.start()
        if self._ring is not None:
            self._ring.start()
        with bound_contextvars(**self._names):  # the reader's own log lines tell them, too
            self._reader.start()
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop watching and reading; returns within about twice the time."""
        self._stopping.set()
        self._reader.stop(timeout_s)
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._reader.stop(0.0)  # another one, where the clock was set at this moment
        self._mission.stop()
        if self._ring is not None:
            self._ring.stop()

    def _run(self) -> None:
        bind_contextvars(**self._names)
        trouble: Exception | None = None
        while not self._stopping.is_set():
            try:
                if trouble is not None:
                    self._degrade(trouble)
                self._watch()
            except Exception as error:  # noqa: BLE001  one bad camera never stops the others
                self._failures += 1
                trouble = error
                self._log.error("camera degraded", exc_info=error)

    def _degrade(self, trouble: Exception) -> None:
        """Say that nothing is known, then wait a while before the next try."""
        is_known = isinstance(trouble, KNOWN_ERRORS)
        reason = str(trouble) if is_known else f"internal error: {type(trouble).__name__}"
        try:
            self._lose()
            self._publish_state(CameraStatus.DEGRADED, reason)
        finally:
            self._stopping.wait(self._backoff.delay_s(self._failures, self._random))

    def _watch(self) -> None:
        while not self._stopping.is_set():
            if self._clock_watch.has_jumped():
                self._start_anew()
            mailbox = self._reader.mailbox
            frame = mailbox.get(TICK_S)
            if frame is not None:
                with self._turn():
                    self._see(mailbox.newest(frame))  # a newer one may have come meanwhile
            else:
                self._look_after()

    def _see(self, frame: Frame) -> None:
        taken_ns = self._clock_ns()
        self._timer.take()  # what a picture that failed has spent is not this one's
        bind_contextvars(frame_id=frame.frame_id)  # every log line about a picture names it
        pressed = self._hub.driver_keys.take(self._site_id, self._camera.camera_id)
        if pressed is not None:
            self._mission.acknowledge(*pressed)
        result = self._mission.update(frame, self._since_pass_began_ns(frame), self._timer)
        if isinstance(result, TramResult) and result.alert.since_ns == frame.timestamp_ns:
            # a level begins: nobody has seen it who pressed while this picture was looked at
            self._hub.driver_keys.take(self._site_id, self._camera.camera_id)
        with self._timer("publish"):
            self._hub.publish(self._site_id, result, frame, self._clock_ns())
        published_ns = self._looked_ns = self._clock_ns()
        if self._ring is not None and isinstance(result, TramResult):
            self._ring.offer(frame, result)
        spans = self._timer.take()
        self._frames += 1
        self._failures = 0
        self._is_lost = False
        self._fault = fault_of(result)
        if isinstance(result, ParkingResult):
            self._tell_alignment(result.alignment)
        self._state = CameraState(
            observed_at_ns=frame.timestamp_ns,
            valid_until_ns=frame.timestamp_ns + seconds_to_ns(self._overdue_s()),
            frame_id=frame.frame_id,
            width_px=frame.width_px,
            height_px=frame.height_px,
            stage_ms={"wait": (taken_ns - frame.timestamp_ns) / NS_PER_MS, **stage_ms(spans)},
            latency_ms=(published_ns - frame.timestamp_ns) / NS_PER_MS,
            calibration=result.calibration if isinstance(result, TramResult) else None,
        )
        self._publish_state(CameraStatus.LIVE, None)
        self._report(frame, taken_ns, published_ns, spans)

    def _report(
        self, frame: Frame, taken_ns: int, published_ns: int, spans: Sequence[StageSpan]
    ) -> None:
        """Tell whoever measures; stages are put into the time of day."""
        since_ns = self._clock_ns() - self._timer.clock_ns()
        report = PictureReport(
            site_id=self._site_id,
            camera_id=self._camera.camera_id,
            frame_id=frame.frame_id,
            captured_ns=frame.timestamp_ns,
            taken_ns=taken_ns,
            published_ns=published_ns,
            spans=[
                StageSpan(span.stage, span.begin_ns + since_ns, span.end_ns + since_ns)
                for span in spans
            ],
        )
        for observe in self._observers:
            observe(report)

    def _tell_alignment(self, alignment: Alignment) -> None:
        """A camera that drifts is followed without a word to clients, but not to the log."""
        before, self._stands = self._stands, alignment.status
        if before not in (alignment.status, AlignmentStatus.UNKNOWN):
            shift_px = round(alignment.shift_px, 1)
            self._log.info(f"the camera's view is {alignment.status}", shift_px=shift_px)

    def _look_after(self) -> None:
        """No picture came within a tick: find out why, and say so once it matters."""
        status = self._reader.status
        link, reason = link_status(status)
        if link is CameraStatus.LIVE and self._is_overdue():
            link, reason = CameraStatus.STALLED, "no picture in time"
        if link not in (CameraStatus.LIVE, CameraStatus.STARTING) and not self._is_lost:
            self._lose()
        if not (link is CameraStatus.LIVE and self._is_lost):
            self._publish_state(link, reason)
        if self._reader.mailbox.is_closed:
            self._stopping.wait(TICK_S)

    def _start_anew(self) -> None:
        """The clock was set: pictures before and after cannot be put in one order."""
        self._log.warning("the clock was set; the camera is opened anew")
        self._lose()
        self._reader.stop(timeout_s=0.2)
        self._reader = self._open_reader(self._camera)
        self._mission.forget(is_new_clip=self._camera.is_file)
        self._state = CameraState()
        self._looked_ns = None
        self._passes = 0
        self._publish_state(CameraStatus.STARTING, "the clock was set")
        if not self._stopping.is_set():
            self._reader.start()

    def _lose(self) -> None:
        self._hub.publish(self._site_id, self._mission.lose(self._clock_ns()))
        self._is_lost = True

    def _publish_state(self, link: CameraStatus, link_reason: str | None) -> None:
        read = self._reader.status
        status, reason = link_and_view(link, link_reason, self._fault)
        counts = CameraCounts(
            frames=self._frames,
            dropped=read.dropped,
            damaged=read.pictures.damaged,
            reconnects=0 if self._camera.is_file else max(read.connections - 1, 0),
            is_key_frames_only=read.pictures.is_key_frames_only,
            key_frame_interval_s=read.pictures.key_frame_interval_s,
        )
        state = replace(self._state, status=status, reason=reason, counts=counts)
        self._hub.publish_camera(self._site_id, self._camera.camera_id, state, self._clock_ns())

    def _since_pass_began_ns(self, frame: Frame) -> int:
        """Time of a picture within its clip; a new pass of a looping clip starts anew."""
        passes = self._reader.status.connections
        if passes != self._passes:
            if self._passes and self._camera.is_file:
                self._mission.forget()
            self._passes = passes
            self._pass_began_ns = frame.timestamp_ns
        return frame.timestamp_ns - self._pass_began_ns

    def _overdue_s(self) -> float:
        return max(OVERDUE_AFTER_S[self._camera.mission], 3 * self._camera.frames.longest_gap_s)

    def _is_overdue(self) -> bool:
        """Whether no picture comes; one that comes late is told by its own age."""
        if self._looked_ns is None:
            return False
        return self._clock_ns() - self._looked_ns > self._overdue_s() * NS_PER_S


def link_status(status: ReaderStatus) -> tuple[CameraStatus, str | None]:
    """A reader's state in the words of the service, and why."""
    reason = status.reason or None
    if status.state is ReaderState.LIVE:
        return CameraStatus.LIVE, None
    if status.state is ReaderState.STALLED:
        return CameraStatus.STALLED, reason
    if status.state is ReaderState.ENDED:
        return CameraStatus.ENDED, reason
    if status.state is ReaderState.FAILED:
        return CameraStatus.LOST, reason
    if status.last_frame_ns is None and not status.failures:
        return CameraStatus.STARTING, None
    return CameraStatus.LOST, reason
