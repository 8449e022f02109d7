"""Listens in a thread of its own, whatever happens to the other end; keeps the newest reading."""

import random
import threading
import time
from collections.abc import Callable

import structlog

from service.ego_speed.reading import SpeedOrigin, SpeedReading
from service.ego_speed.speed_trail import SpeedTrail
from streams.backoff import Backoff

QUICK = Backoff(first_s=0.2, limit_s=5.0)
"""A tram without its speed has no assistance: the other end is tried again soon."""
LONGEST_STOP_S = 2.0
Take = Callable[[SpeedReading], None]
Listen = Callable[[Take, threading.Event], None]
"""Passes readings on until the event is set; raises OSError or ValueError when it cannot go on."""


class Receiver:
    """A live source of the own speed; a reading counts until the next one is overdue.

    That is after half a second, or where they come more rarely when the next one is late by half
    the usual time between them, at most half a second; and after `max_age_s` at the latest. Between
    readings the speed is carried on, with a doubt that grows. Age is measured from arrival by a
    clock that nobody sets, so neither the vehicle's clock nor a jump of ours makes an old speed
    look fresh.
    """

    def __init__(
        self,
        origin: SpeedOrigin,
        address: str,
        listen: Listen,
        max_age_s: float,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        backoff: Backoff = QUICK,
    ) -> None:
        """`address` is for the log: it must hold no credentials."""
        self.origin = origin
        self._listen = listen
        self._max_age_s = max_age_s
        self._clock_s = clock_s
        self._backoff = backoff
        self._random = random.SystemRandom()
        self._trail = SpeedTrail()
        self._stopping = threading.Event()
        self._log = structlog.get_logger().bind(address=address)
        self._thread = threading.Thread(target=self._run, name=f"speed {address}", daemon=True)

    def at(self, clip_s: float) -> SpeedReading | None:  # noqa: ARG002
        """The speed now by the newest readings; None when they are too old or none has come."""
        return self._trail.at(self._clock_s(), self._max_age_s)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LONGEST_STOP_S)

    def take(self, reading: SpeedReading) -> None:
        """Note a reading that has just arrived; from any thread."""
        if not self._trail.readings:
            self._log.info("own speed arrives")
        self._trail = self._trail.with_one(reading, self._clock_s())

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            before = self._trail
            try:
                self._listen(self.take, self._stopping)
                trouble = "it ended"
            except (OSError, ValueError) as error:
                trouble = str(error)
            except Exception as error:  # noqa: BLE001  no message ends the own speed for good
                trouble = f"internal error: {type(error).__name__}"
                self._log.error("own speed could not be read", exc_info=error)
            failures = 1 if self._trail is not before else failures + 1
            if not self._stopping.is_set():
                self._log.warning("own speed is lost", trouble=trouble)
                self._stopping.wait(self._backoff.delay_s(failures, self._random))
