"""One thread per camera: opens it, reads it into a mailbox, and opens it again when it is lost."""

import logging
import random
import threading
import time
from contextvars import copy_context
from dataclasses import replace
from types import TracebackType
from typing import Self

from streams.backoff import Backoff
from streams.errors import AccessRefusedError, SourceError, StalledError
from streams.mailbox import Mailbox
from streams.mode import EVERY_FRAME, FrameMode
from streams.pacing import Pacer
from streams.settings import SourceSettings
from streams.source import Source, open_source
from streams.status import ReaderState, ReaderStatus
from streams.tally import SourceStats
from streams.timeline import MIN_STEP_NS
from streams.urls import is_camera, redact
from vision.frame import Frame

_log = logging.getLogger(__name__)
_MANY_FAILURES = 32
"""As many as it takes to wait as long as it gets."""


class Reader:
    """Reads one camera, or one clip as if it were one, into a mailbox of one.

    A camera that is lost is tried again for ever. A clip ends, or starts again with `loop`; it
    plays at its own speed and is stamped with UTC, unless `realtime` is off. Frame ids and
    timestamps keep rising over connections and passes, and a lost connection leaves a gap in the
    ids. A context manager starts and stops it.
    """

    def __init__(
        self,
        url: str,
        camera_id: str = "camera",
        *,
        mode: FrameMode = EVERY_FRAME,
        settings: SourceSettings | None = None,
        backoff: Backoff | None = None,
        rng: random.Random | None = None,
        loop: bool = False,
        realtime: bool = True,
    ) -> None:
        """Prepare to read `url`; nothing is opened before `start`."""
        self.camera_id = camera_id
        self.mailbox = Mailbox()
        self._url = url
        self._mode = mode
        self._settings = settings or SourceSettings()
        self._backoff = backoff or Backoff()
        self._rng = rng or random.SystemRandom()
        self._loop = loop
        self._stopping = threading.Event()
        self._pacer = Pacer(self._stopping.wait) if realtime else None
        self._source: Source | None = None
        self._past = SourceStats()
        self._first_frame_id = 0
        self._last_frame_id = -1
        self._last_frame_s = 0.0
        self._status = ReaderStatus(
            camera_id, redact(url), ReaderState.CONNECTING, since_ns=time.time_ns()
        )
        self._context = copy_context()
        self._thread = threading.Thread(
            target=lambda: self._context.run(self._run), name=f"reader {camera_id}", daemon=True
        )

    def __repr__(self) -> str:
        return f"Reader({redact(self._url)!r}, camera_id={self.camera_id!r})"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def status(self) -> ReaderStatus:
        """How the camera is doing now; from any thread."""
        status = replace(self._status, dropped=self.mailbox.dropped)
        if status.state is ReaderState.LIVE and self._is_silent():
            reason = f"{status.source} has been silent, and its driver does not come back"
            return replace(status, state=ReaderState.STALLED, reason=reason)
        return status

    def start(self) -> None:
        """Begin to read, in a thread of its own that keeps the caller's context variables."""
        self._context = copy_context()
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Stop reading; returns within `timeout_s`, whatever the camera does.

        False if the thread still waits inside libav for a camera that hangs. It then ends by
        itself at its time limit (`open_timeout_s`, `stall_after_s`); the mailbox is closed
        in any case.
        """
        self._stopping.set()
        self.mailbox.close()
        source = self._source
        if source is not None:
            source.interrupt()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._play_once()
                if self._status.state in (ReaderState.ENDED, ReaderState.FAILED):
                    return
            self._enter(ReaderState.ENDED, "stopped")
        finally:
            self.mailbox.close()
            if self._status.state not in (ReaderState.ENDED, ReaderState.FAILED):
                self._enter(ReaderState.FAILED, "the reader itself broke; its log says why")

    def _play_once(self) -> None:
        try:
            with open_source(
                self._url, self.camera_id, mode=self._mode, settings=self._settings
            ) as source:
                self._read(source)
        except SourceError as error:
            self._fail(error)

    def _read(self, source: Source) -> None:
        self._begin(source)
        try:
            for frame in source:
                if self._stopping.is_set():
                    return
                self._pass_on(frame, source)
        finally:
            self._source = None
            self._past += source.stats
            self._status = replace(self._status, pictures=self._past)
        if not self._loop and not self._stopping.is_set():
            self._enter(ReaderState.ENDED, source.stats.truncated or "the clip is over")

    def _begin(self, source: Source) -> None:
        self._source = source
        if self._stopping.is_set():
            source.interrupt()
        if self._pacer is not None:
            self._pacer.rewind()
        # A camera that was lost has missed at least one picture: leave a gap in the ids.
        missed = 1 if source.is_live and self._last_frame_id >= 0 else 0
        self._first_frame_id = self._last_frame_id + 1 + missed
        self._status = replace(self._status, connections=self._status.connections + 1)

    def _pass_on(self, frame: Frame, source: Source) -> None:
        if not source.is_live and self._pacer is not None:
            frame = self._pacer.pace(frame)
        frame = self._in_order(frame)
        self.mailbox.put(frame)
        self._last_frame_s = time.monotonic()
        has_one_only = source.stats.frames == 1  # ending now would be no success
        self._status = replace(
            self._status,
            last_frame_ns=frame.timestamp_ns,
            failures=self._status.failures if has_one_only else 0,
            pictures=self._past + source.stats,
        )
        self._enter(ReaderState.LIVE)

    def _in_order(self, frame: Frame) -> Frame:
        """Let ids and timestamps rise over connections and passes as well."""
        self._last_frame_id = self._first_frame_id + frame.frame_id
        last_ns = self._status.last_frame_ns
        earliest_ns = frame.timestamp_ns if last_ns is None else last_ns + MIN_STEP_NS
        return replace(
            frame,
            frame_id=self._last_frame_id,
            timestamp_ns=max(frame.timestamp_ns, earliest_ns),
        )

    def _fail(self, error: SourceError) -> None:
        if self._stopping.is_set():
            return
        if not is_camera(self._url):
            self._enter(ReaderState.FAILED, str(error))
            return
        failures = self._status.failures + 1
        self._status = replace(self._status, failures=failures)
        is_stall = isinstance(error, StalledError)
        self._enter(ReaderState.STALLED if is_stall else ReaderState.CONNECTING, str(error))
        if isinstance(error, AccessRefusedError):
            failures = _MANY_FAILURES  # cameras lock accounts that are tried too often
        self._stopping.wait(self._backoff.delay_s(failures, self._rng))

    def _enter(self, state: ReaderState, reason: str = "") -> None:
        before = self._status
        if (before.state, before.reason) == (state, reason):
            return
        since_ns = before.since_ns if before.state is state else time.time_ns()
        self._status = replace(before, state=state, reason=reason, since_ns=since_ns)
        _log.info("camera %s is %s: %s", self.camera_id, state, reason or "pictures come")

    def _is_silent(self) -> bool:
        """Whether a live source gives nothing although even libav's own time limit is over."""
        source = self._source
        if source is None or not source.is_live or self._mode.key_frames_only:
            return False
        silence_s = time.monotonic() - self._last_frame_s
        return silence_s > self._settings.stall_after_s + self._mode.longest_gap_s + 1.0
