import pytest

from vision.parking.spot_state import NS_PER_S, SpotStatus
from vision.parking.usage import SpotPast, StatusFrom, spot_past, usage_of

FREE, OCCUPIED, UNKNOWN, CLOSED = (
    SpotStatus.FREE,
    SpotStatus.OCCUPIED,
    SpotStatus.UNKNOWN,
    SpotStatus.CLOSED,
)
MINUTE_S = 60


def past(*changes: tuple[float, SpotStatus]) -> SpotPast:
    """One spot; times in minutes."""
    return spot_past(
        [StatusFrom(round(at * MINUTE_S * NS_PER_S), status) for at, status in changes]
    )


def minutes(seconds: float) -> float:
    return seconds / MINUTE_S


@pytest.mark.parametrize(
    ("changes", "arrivals", "departures", "stays"),
    [
        pytest.param([(0, FREE), (5, OCCUPIED), (35, FREE)], 1, 1, [30], id="car comes and goes"),
        pytest.param([(0, OCCUPIED), (35, FREE)], 0, 1, [], id="was there before we looked"),
        pytest.param(
            [(0, FREE), (5, OCCUPIED), (20, UNKNOWN), (25, OCCUPIED), (35, FREE)],
            1,
            1,
            [30],
            id="van hides it for a while",
        ),
        pytest.param(
            [(0, FREE), (5, OCCUPIED), (20, UNKNOWN), (90, OCCUPIED), (95, FREE)],
            1,
            1,
            [],
            id="long blind: another car by now?",
        ),
        pytest.param(
            [(0, FREE), (5, UNKNOWN), (9, OCCUPIED), (39, FREE)], 1, 1, [30], id="came unseen"
        ),
        pytest.param(
            [(0, FREE), (5, UNKNOWN), (90, OCCUPIED), (99, FREE)], 1, 1, [], id="came long unseen"
        ),
        pytest.param(
            [(0, FREE), (5, OCCUPIED), (20, UNKNOWN), (22, FREE)], 1, 1, [17], id="left unseen"
        ),
        pytest.param(
            [(0, FREE), (5, OCCUPIED), (9, UNKNOWN), (90, FREE)], 1, 1, [], id="left long unseen"
        ),
        pytest.param(
            [(0, FREE), (5, OCCUPIED), (9, CLOSED), (12, OCCUPIED), (15, FREE)],
            1,
            1,
            [],
            id="closed meanwhile",
        ),
        pytest.param(
            [(0, FREE), (5, UNKNOWN), (6, UNKNOWN), (7, FREE)], 0, 0, [], id="just hidden"
        ),
        pytest.param([], 0, 0, [], id="never seen"),
    ],
)
def test_who_came_and_how_long_they_stayed(changes, arrivals, departures, stays):
    found = past(*changes)
    assert (len(found.arrivals_ns), len(found.departures_ns)) == (arrivals, departures)
    assert [minutes(stay.length_s) for stay in found.stays] == stays


def test_time_is_shared_out_whole():
    used = usage_of(
        [past((10, FREE), (20, OCCUPIED), (50, CLOSED)), past((-30, OCCUPIED), (40, UNKNOWN))],
        0,
        60 * MINUTE_S * NS_PER_S,
    )
    assert minutes(used.free_s) == 10
    assert minutes(used.occupied_s) == 30 + 40
    assert minutes(used.unknown_s) == 10 + 20
    assert minutes(used.closed_s) == 10
    assert used.spots == 2
    assert used.occupancy == pytest.approx(70 / 80)


def test_a_stay_counts_where_it_ends():
    spot = past((0, FREE), (30, OCCUPIED), (90, FREE))
    hour_ns = 60 * MINUTE_S * NS_PER_S
    first, second = usage_of([spot], 0, hour_ns), usage_of([spot], hour_ns, 2 * hour_ns)
    assert (first.arrivals, first.stays, first.dwell_median_s) == (1, 0, None)
    assert (second.departures, second.stays, second.dwell_median_s) == (1, 1, 3600)
    assert (first.turnover, second.turnover) == (1, 0)


def test_median_and_slowest_tenth():
    spots = [past((0, FREE), (1, OCCUPIED), (1 + stay, FREE)) for stay in range(1, 12)]
    used = usage_of(spots, 0, 60 * MINUTE_S * NS_PER_S)
    assert minutes(used.dwell_median_s or 0) == 6
    assert minutes(used.dwell_p90_s or 0) == 10


def test_what_nobody_saw_has_no_occupancy():
    used = usage_of([past((0, UNKNOWN))], 0, NS_PER_S)
    assert used.occupancy is None
    assert usage_of([], 0, NS_PER_S).turnover is None
