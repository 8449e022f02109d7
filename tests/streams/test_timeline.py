import random
from itertools import accumulate, pairwise

import pytest

from streams.timeline import ClipTimeline, LiveTimeline

MS = 1_000_000
S = 1000 * MS
NOON = 1_700_000_000 * S


def placed_ms(pts_ms: list[int | None], period_ms: int = 40) -> list[int]:
    timeline = ClipTimeline(period_ms * MS)
    return [timeline.place(None if pts is None else pts * MS) // MS for pts in pts_ms]


@pytest.mark.parametrize(
    ("pts_ms", "expected_ms"),
    [
        pytest.param([500, 540, 580], [0, 40, 80], id="starts anywhere"),
        pytest.param([0, 10, 900, 5000], [0, 10, 900, 5000], id="uneven"),
        pytest.param([0, 40, 40, 40, 80], [0, 40, 41, 42, 80], id="one time for three pictures"),
        pytest.param([0, 40, 30, 80], [0, 40, 41, 80], id="a small step back"),
        pytest.param([None, None, None], [0, 40, 80], id="no times at all"),
        pytest.param([None, 7040, 7080], [0, 40, 80], id="the first one has none"),
        pytest.param([0, None, 80], [0, 40, 80], id="one in the middle has none"),
        pytest.param([0, 40, 80, 0, 40], [0, 40, 80, 81, 82], id="too short to be a splice"),
        pytest.param([0, 500, 1000, 0, 500], [0, 500, 1000, 1040, 1540], id="joined clips"),
    ],
)
def test_a_clip_has_one_rising_time(pts_ms: list[int | None], expected_ms: list[int]) -> None:
    assert placed_ms(pts_ms) == expected_ms


def live(pictures: list[tuple[int | None, int]]) -> list[int]:
    """Capture times in ms after noon of (pts, arrival after noon) pairs in ms."""
    timeline = LiveTimeline()
    captured = []
    for pts_ms, arrival_ms in pictures:
        pts_ns = None if pts_ms is None else pts_ms * MS
        timeline.observe(pts_ns, NOON + arrival_ms * MS)
        captured.append((timeline.place(pts_ns) - NOON) // MS)
    return captured


def test_a_camera_that_tells_no_time_is_stamped_on_arrival() -> None:
    assert live([(None, 0), (None, 90), (None, 210)]) == [0, 90, 210]


def test_jitter_of_the_network_does_not_reach_the_timestamps() -> None:
    rng = random.Random(1)
    pictures = [(40 * n, 40 * n + 20 + rng.randrange(60)) for n in range(1000)]
    errors = [captured - pts for captured, (pts, _) in zip(live(pictures), pictures, strict=True)]
    settled = errors[100:]
    assert min(settled) >= 19, "never before it was taken"
    assert max(settled) - min(settled) < 6, "60 ms of jitter come down to a few"


def test_no_timestamp_lies_in_the_future() -> None:
    rng = random.Random(2)
    arrivals = accumulate((40 * n + rng.randrange(500) for n in range(500)), max)
    pictures = [(40 * n, arrival) for n, arrival in enumerate(arrivals)]
    captured = live(pictures)
    # Pictures that arrive together stand a millisecond apart.
    assert all(time <= arrival + 15 for time, (_, arrival) in zip(captured, pictures, strict=True))


@pytest.mark.parametrize("camera_speed", [1.0002, 0.9998])
def test_a_camera_with_a_bad_clock_is_followed_for_hours(camera_speed: float) -> None:
    pictures = [(round(1000 * n * camera_speed), 1000 * n + 30) for n in range(4 * 3600)]
    last_ms = live(pictures)[-1]
    assert last_ms == pytest.approx(pictures[-1][1], abs=5), "0.02 % of four hours is 2.9 s"


def test_a_burst_after_connecting_ends_at_the_right_time() -> None:
    backlog = [(40 * n, 1000) for n in range(25)]
    after = [(40 * n, 40 * n) for n in range(25, 50)]
    captured = live(backlog + after)
    assert captured[-1] == after[-1][1]
    assert captured[24] <= 1000 + 24


def test_a_camera_that_restarts_begins_anew() -> None:
    before = [(100_000 + 40 * n, 40 * n) for n in range(50)]
    after = [(40 * n, 5000 + 40 * n) for n in range(50)]
    assert live(before + after)[-1] == 5000 + 40 * 49


def test_a_camera_whose_clock_stood_still_catches_up() -> None:
    before = [(40 * n, 40 * n) for n in range(50)]
    after = [(2000 + 40 * n, 62_000 + 40 * n) for n in range(50)]
    assert live(before + after)[-1] == 62_000 + 40 * 49


def test_a_late_picture_keeps_the_time_at_which_it_was_taken() -> None:
    on_time = [(40 * n, 40 * n) for n in range(50)]
    held_up = [(2000, 5000)]
    assert live(on_time + held_up)[-1] == pytest.approx(2000, abs=3)


def test_timestamps_rise_even_when_the_wall_clock_is_set_back() -> None:
    captured = live([(None, 0), (None, 40), (None, -5000), (None, -4960)])
    assert all(later > earlier for earlier, later in pairwise(captured))
