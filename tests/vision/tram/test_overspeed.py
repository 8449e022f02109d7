"""A ride along a line with limits, as a story in seconds."""

import numpy as np
import pytest

from vision.errors import SettingError
from vision.frame import NS_PER_S
from vision.tram.drive import Drive, next_drive
from vision.tram.line_course import PLACED_SIGMA_M, LineCourse, LinePlace, next_line_place
from vision.tram.overspeed import (
    MPS_PER_KMH,
    Overspeed,
    OverspeedSettings,
    SpeedStretch,
    limits_at,
)

STREET = SpeedStretch(0, 400, 50 * MPS_PER_KMH)
SCHOOL = SpeedStretch(400, 500, 20 * MPS_PER_KMH)
LINE = OverspeedSettings((STREET, SCHOOL, SpeedStretch(500, 900, 50 * MPS_PER_KMH)))
STEP_S = 0.1


def ride(*legs: tuple[float, float], settings: OverspeedSettings = LINE) -> list[Drive]:
    """Legs of (seconds, km/h), from the line's beginning."""
    drives: list[Drive] = []
    for seconds, kmh in legs:
        for _ in range(round(seconds / STEP_S)):
            now_ns = round(len(drives) * STEP_S * NS_PER_S)
            last = drives[-1] if drives else None
            drives.append(next_drive(last, kmh * MPS_PER_KMH, now_ns, settings))
    return drives


def levels(drives: list[Drive]) -> list[Overspeed]:
    """Every level in the order in which it was shown."""
    shown: list[Overspeed] = []
    for drive in drives:
        if not shown or shown[-1] is not drive.overspeed.level:
            shown.append(drive.overspeed.level)
    return shown


def test_below_the_limit_nothing_is_said():
    assert levels(ride((10, 49))) == [Overspeed.NONE]


def test_a_little_above_is_a_hint_and_more_is_a_caution():
    assert levels(ride((5, 52))) == [Overspeed.NONE, Overspeed.HINT]
    assert Overspeed.CAUTION in levels(ride((5, 60)))


def test_one_reading_that_jumps_says_nothing():
    assert levels(ride((5, 45), (0.2, 90), (5, 45))) == [Overspeed.NONE]


def test_lower_limit_is_announced_before_the_braking_for_it_must_begin():
    drives = ride((46, 36))
    hinted = next(each for each in drives if each.overspeed.level is Overspeed.HINT)
    assert hinted.overspeed.next_limit_mps == pytest.approx(20 * MPS_PER_KMH)
    assert hinted.place is not None
    assert hinted.overspeed.next_limit_in_m is not None
    braking_m = (10.0**2 - 5.56**2) / (2 * LINE.braking_mps2)
    ahead_m = hinted.overspeed.next_limit_in_m
    assert braking_m < ahead_m < braking_m + 10.0 * (LINE.hint_s + 1)
    cautioned = next(each for each in drives if each.overspeed.level is Overspeed.CAUTION)
    assert cautioned.place is not None
    assert 400 < cautioned.place.along_m < 430


def test_who_brakes_in_time_hears_the_hint_alone():
    drives = ride((34, 36), (6, 28), (40, 18))
    assert Overspeed.CAUTION not in levels(drives)
    assert drives[-1].overspeed.level is Overspeed.NONE


def test_caution_stands_a_moment_after_its_reason():
    drives = ride((5, 60), (0.5, 40), (5, 40))
    assert drives[54].overspeed.level is Overspeed.CAUTION
    assert drives[-1].overspeed.level is Overspeed.NONE


def test_doubt_about_the_place_softens_a_caution():
    near_the_border = LinePlace(395, 10)
    sight = limits_at(LINE.stretches, near_the_border)
    assert sight.strictest_mps == pytest.approx(20 * MPS_PER_KMH)
    assert sight.loosest_mps == pytest.approx(50 * MPS_PER_KMH)


@pytest.mark.parametrize(
    ("along_m", "is_limited"),
    [
        pytest.param(115, False, id="free line, both ends of the doubt in a stretch"),
        pytest.param(90, False, id="the doubt reaches out of the stretch"),
        pytest.param(170, True, id="in the stretch for sure"),
    ],
)
def test_no_caution_where_there_may_be_no_limit(along_m, is_limited):
    stretches = (SpeedStretch(0, 100, 5), SpeedStretch(130, 300, 5))
    sight = limits_at(stretches, LinePlace(along_m, 10))
    assert sight.strictest_mps == 5
    assert sight.loosest_mps == (5 if is_limited else None)


def test_beside_the_known_stretches_no_limit_is_claimed():
    sight = limits_at(LINE.stretches, LinePlace(2000, 1))
    assert (sight.strictest_mps, sight.loosest_mps, list(sight.ahead)) == (None, None, [])


def test_without_a_speed_nothing_is_said_and_the_place_is_lost():
    drives = ride((5, 60))
    lost = next_drive(drives[-1], None, 6 * NS_PER_S, LINE)
    assert (lost.overspeed.level, lost.place) == (Overspeed.NONE, None)
    again = next_drive(lost, 20.0, 7 * NS_PER_S, LINE)
    assert again.overspeed.level is Overspeed.NONE


@pytest.mark.parametrize("gap_s", [60, 300])
def test_after_a_time_without_pictures_no_way_is_claimed(gap_s):
    drives = ride((5, 36))
    returned = next_drive(drives[-1], 13.0, drives[-1].at_ns + gap_s * NS_PER_S, LINE)
    assert returned.place is None
    assert returned.driven_m == drives[-1].driven_m
    assert returned.driven_s == drives[-1].driven_s
    on = next_drive(returned, 13.0, returned.at_ns + NS_PER_S, LINE)
    assert (on.place, on.driven_m - returned.driven_m) == (None, pytest.approx(13))


def test_braking_tram_has_come_as_far_as_the_mean_of_its_speeds_tells():
    before = ride((1, 36))[-1]
    after = next_drive(before, 8.0, before.at_ns + NS_PER_S, LINE)
    assert after.driven_m - before.driven_m == pytest.approx(9.0)


def test_uncertainty_of_a_summed_up_place_grows_with_the_way():
    place = next_line_place(LinePlace(0, 0), 10.0, 100.0)
    assert place == LinePlace(1000, pytest.approx(10.0))


SQUARE = LineCourse(np.array([[33.5900, -7.6100], [33.5990, -7.6100], [33.5990, -7.5992]]))


@pytest.mark.parametrize(
    ("position", "along_m"),
    [
        pytest.param((33.5900, -7.6100), 0, id="the beginning"),
        pytest.param((33.5945, -7.6101), 500, id="beside the first leg"),
        pytest.param((33.5991, -7.6046), 1500, id="on the second leg"),
        pytest.param((33.5900, -7.5900), None, id="another street"),
    ],
)
def test_place_by_satellites(position, along_m):
    found = SQUARE.along_m(*position)
    assert found == (None if along_m is None else pytest.approx(along_m, abs=5))


def test_satellites_give_the_place_back():
    settings = OverspeedSettings(LINE.stretches, start_m=None, course=SQUARE)
    unknown = next_drive(None, 15.0, 0, settings)
    assert unknown.place is None
    known = next_drive(unknown, 15.0, NS_PER_S, settings, position_deg=(33.5945, -7.61))
    assert known.place is not None
    assert known.place.along_m == pytest.approx(500, abs=5)
    after_a_gap = next_drive(known, 15.0, 60 * NS_PER_S, settings, position_deg=(33.5945, -7.61))
    assert after_a_gap.place == known.place


def test_first_place_by_satellites_is_as_doubtful_as_later_ones():
    settings = OverspeedSettings(LINE.stretches, course=SQUARE)
    first = next_drive(None, 15.0, 0, settings, position_deg=(33.5945, -7.61))
    assert first.place == LinePlace(pytest.approx(500, abs=5), PLACED_SIGMA_M)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(lambda: SpeedStretch(5, 5, 1), "must end after 5 m, got 5", id="no length"),
        pytest.param(lambda: SpeedStretch(0, 5, 0), "above 0, got 0", id="no limit"),
        pytest.param(
            lambda: LineCourse(np.zeros((1, 2))), "needs 2 corners or more, got 1", id="no line"
        ),
        pytest.param(
            lambda: OverspeedSettings(hint_s=-1), "hint_s must not be below 0", id="negative"
        ),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(make, sentence):
    with pytest.raises(SettingError, match=sentence):
        make()
