from streams.pacing import Pacer
from tests.streams.clips import numbered_picture
from vision.frame import Frame

MS = 1_000_000
NOON = 1_700_000_000_000 * MS


class FakeClock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now_ns = 0

    def wait(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)

    def pacer(self) -> Pacer:
        return Pacer(
            self.wait, clock_ns=lambda: NOON + self.now_ns, monotonic_ns=lambda: self.now_ns
        )


def frame_at(time_ms: int) -> Frame:
    return Frame("cam", 0, time_ms * MS, numbered_picture(0))


def stamps_ms(pacer: Pacer, times_ms: list[int]) -> list[int]:
    return [(pacer.pace(frame_at(t)).timestamp_ns - NOON) // MS for t in times_ms]


def test_frames_are_held_back_until_due() -> None:
    clock = FakeClock()
    assert stamps_ms(clock.pacer(), [0, 40, 300]) == [0, 40, 300]
    assert clock.now_ns == 300 * MS


def test_passes_follow_each_other_without_a_step() -> None:
    clock = FakeClock()
    pacer = clock.pacer()
    first = stamps_ms(pacer, [0, 100, 200])
    pacer.rewind()
    second = stamps_ms(pacer, [0, 100, 200])
    assert first + second == [0, 100, 200, 300, 400, 500]
    assert clock.now_ns == 500 * MS


def test_a_short_delay_is_made_up_for() -> None:
    clock = FakeClock()
    pacer = clock.pacer()
    stamps_ms(pacer, [0, 100])
    clock.wait(0.25)
    assert stamps_ms(pacer, [200, 300, 400]) == [200, 300, 400]
    assert clock.now_ns == 400 * MS


def test_a_machine_too_slow_plays_slower_but_never_stamps_the_past() -> None:
    clock = FakeClock()
    pacer = clock.pacer()
    stamps_ms(pacer, [0])
    clock.wait(5)
    assert stamps_ms(pacer, [100, 200]) == [5000, 5100]
