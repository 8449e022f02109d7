"""A mailbox of one between a camera's thread and whoever works on its frames."""

import threading

from vision.frame import Frame


class Mailbox:
    """Holds the newest frame only; a frame that nobody took in time is dropped and counted."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._dropped = 0
        self._is_closed = False

    @property
    def dropped(self) -> int:
        """How many frames were replaced by a newer one before anybody took them."""
        return self._dropped

    @property
    def is_closed(self) -> bool:
        """Whether no further frame will come; one may still lie in it."""
        return self._is_closed

    def put(self, frame: Frame) -> None:
        """Lay a frame in, in place of the one before; after `close` it is not taken in."""
        with self._changed:
            if self._is_closed:
                return
            if self._frame is not None:
                self._dropped += 1
            self._frame = frame
            self._changed.notify()

    def get(self, timeout_s: float | None = None) -> Frame | None:
        """Take the newest frame, waiting for one if need be.

        None if none came in time, or if the mailbox is closed and empty.
        """
        with self._changed:
            self._changed.wait_for(self._is_decided, timeout_s)
            frame, self._frame = self._frame, None
            return frame

    def newest(self, taken: Frame) -> Frame:
        """The frame that came after one already `taken`, which then is dropped; else that one."""
        with self._changed:
            if self._frame is None:
                return taken
            self._dropped += 1
            frame, self._frame = self._frame, None
            return frame

    def close(self) -> None:
        """Say that no further frame will come; wakes everybody who waits."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _is_decided(self) -> bool:
        return self._frame is not None or self._is_closed
