import threading

from service.ego_speed.reading import SpeedReading
from service.ego_speed.receiver import Receiver, Take
from streams.backoff import Backoff

AT_ONCE = Backoff(first_s=0.0)


def test_fault_that_nobody_foresaw_does_not_end_the_own_speed():
    has_failed, is_heard = threading.Event(), threading.Event()

    def listen(take: Take, stopping: threading.Event) -> None:
        if not has_failed.is_set():
            has_failed.set()
            raise RecursionError("an odd message")
        take(SpeedReading(8.0))
        is_heard.set()
        stopping.wait()

    receiver = Receiver("odometry", "", listen, 5.0, clock_s=lambda: 0.0, backoff=AT_ONCE)
    receiver.start()
    try:
        assert is_heard.wait(10)
        reading = receiver.at(0.0)
        assert reading is not None
        assert reading.speed_mps == 8.0
    finally:
        receiver.stop()
