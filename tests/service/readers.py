"""Cameras whose every picture and trouble the test decides."""

import time
from dataclasses import replace

from streams.mailbox import Mailbox
from streams.status import ReaderState, ReaderStatus
from streams.tally import SourceStats
from vision.arrays import ImageArray
from vision.frame import Frame


class HandReader:
    """A reader that gives what the test puts in, stamped with the time of day."""

    def __init__(self, camera_id: str) -> None:
        self.mailbox = Mailbox()
        self._status = ReaderStatus(camera_id, "by hand", ReaderState.CONNECTING)
        self._next_frame_id = 0

    @property
    def status(self) -> ReaderStatus:
        return replace(self._status, dropped=self.mailbox.dropped)

    def start(self) -> None:
        self._status = replace(self._status, connections=1)

    def stop(self, timeout_s: float = 2.0) -> bool:
        del timeout_s
        self.mailbox.close()
        return True

    def show(self, image: ImageArray, timestamp_ns: int | None = None) -> int:
        """Deliver one picture; returns its frame id."""
        frame_id, self._next_frame_id = self._next_frame_id, self._next_frame_id + 1
        now_ns = time.time_ns() if timestamp_ns is None else timestamp_ns
        self._status = replace(
            self._status, state=ReaderState.LIVE, reason="", last_frame_ns=now_ns
        )
        self.mailbox.put(Frame(self._status.camera_id, frame_id, now_ns, image))
        return frame_id

    def decode(self, pictures: SourceStats) -> None:
        """Say what becomes of the stream's pictures."""
        self._status = replace(self._status, pictures=pictures)

    def become(self, state: ReaderState, reason: str) -> None:
        """Change the state, as a reader does when pictures stay away."""
        self._status = replace(self._status, state=state, reason=reason, failures=1)
