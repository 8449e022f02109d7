import pytest

from streams.mode import EVERY_FRAME, FrameMode, RateLimit


def taken(times_ms: list[int], max_rate_hz: float | None) -> list[int]:
    limit = RateLimit(FrameMode(max_rate_hz=max_rate_hz))
    return [time_ms for time_ms in times_ms if limit.is_due(time_ms * 1_000_000)]


def test_without_a_limit_every_frame_is_taken() -> None:
    assert taken([0, 1, 2, 500], None) == [0, 1, 2, 500]


@pytest.mark.parametrize(
    ("period_ms", "rate_hz", "per_10_s"),
    [(33, 10, 100), (34, 10, 100), (40, 10, 100), (40, 25, 250), (100, 25, 100), (1000, 0.2, 2)],
)
def test_the_mean_rate_is_kept(period_ms: int, rate_hz: float, per_10_s: int) -> None:
    times_ms = list(range(0, 10_000, period_ms))
    assert len(taken(times_ms, rate_hz)) == pytest.approx(per_10_s, abs=max(2, per_10_s // 50))


def test_a_burst_after_a_pause_is_not_made_up_for() -> None:
    times_ms = [0, 100, 5000, 5010, 5020, 5030, 5100]
    assert taken(times_ms, 10) == [0, 100, 5000, 5100]


@pytest.mark.parametrize("max_rate_hz", [10, None])
def test_all_begins_anew_where_the_clock_was_set_back(max_rate_hz: float | None) -> None:
    times_ms = [3_600_000, 3_600_100, 0, 100, 200]
    assert taken(times_ms, max_rate_hz) == times_ms


@pytest.mark.parametrize("rate_hz", [0, -1, float("nan")])
def test_a_rate_that_is_none(rate_hz: float) -> None:
    with pytest.raises(ValueError, match="max_rate_hz must be above 0, got"):
        FrameMode(max_rate_hz=rate_hz)


def test_first_picture_of_every_source_is_due_at_any_time_of_day() -> None:
    begin_ns = 1_795_995_267_534_379_264
    assert all(RateLimit(EVERY_FRAME).is_due(begin_ns + late_ns) for late_ns in range(256))
