import pytest

from service.cameras.clock_watch import ClockWatch

S = 1_000_000_000


class Clocks:
    """A time of day that can be set, and a clock that cannot; each reading takes its time."""

    def __init__(self) -> None:
        self.wall_ns, self.passed_ns, self.reading_ns = 10**18, 0, 1000

    def wall(self) -> int:
        return self.wall_ns

    def monotonic(self) -> int:
        self.passed_ns += self.reading_ns
        return self.passed_ns

    def advance(self, seconds: float) -> None:
        self.wall_ns += round(seconds * S)
        self.passed_ns += round(seconds * S)


@pytest.mark.parametrize(
    ("jump_s", "is_noticed"),
    [
        pytest.param(0, False, id="nothing"),
        pytest.param(0.1, False, id="a time service slews it"),
        pytest.param(-3600, True, id="an hour back"),
        pytest.param(2, True, id="two seconds ahead"),
    ],
)
def test_jump_is_noticed_once(jump_s, is_noticed):
    clocks = Clocks()
    watch = ClockWatch(clocks.wall, clocks.monotonic)
    assert not watch.has_jumped(), "nothing to compare with yet"
    clocks.advance(60)
    clocks.wall_ns += round(jump_s * S)
    assert watch.has_jumped() == is_noticed
    clocks.advance(1)
    assert not watch.has_jumped()


def test_reading_that_was_interrupted_compares_nothing():
    clocks = Clocks()
    watch = ClockWatch(clocks.wall, clocks.monotonic)
    watch.has_jumped()
    clocks.reading_ns = S
    assert not watch.has_jumped()
