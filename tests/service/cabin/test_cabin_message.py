"""What a display is sent: never more than is known, nothing of it in silent mode."""

from typing import Any

import numpy as np
import pytest

from service.cabin.cabin_message import CabinMessage, cabin_message, urgency_share
from service.cameras.picture_age import PictureAge
from service.live.records import AlertRecord, NearestObstacle, RunRecord
from vision.frame import Frame

NEAREST = NearestObstacle(
    track_id=1,
    kind="person",
    distance_m=30.0,
    lateral_m=0.0,
    closing_speed_mps=8.0,
    time_to_collision_s=3.75,
    in_envelope=True,
    enters_envelope_in_s=None,
    confidence=0.9,
)
RUN = RunRecord(
    speed_mps=8.0,
    speed_age_s=0.1,
    is_estimated=False,
    along_m=None,
    limit_mps=None,
    next_limit_mps=None,
    next_limit_in_m=None,
)


def message(picture_age_s: float | None = 0.05, **alert: Any) -> CabinMessage:
    record = AlertRecord(
        observed_at="2026-05-01T12:00:00.000Z",
        changed_at=None,
        valid_until=None,
        confidence=0.9,
        reason=None,
        site_id="line",
        camera_id="cab",
        **{
            "alert_id": 7,
            "level": "alarm",
            "nearest": NEAREST,
            "is_acknowledged": False,
            "run": RUN,
            "overspeed": "caution",
        }
        | alert,
    )
    return cabin_message(
        record,
        sequence=1,
        now_ns=10**18,
        service_ms=1.0,
        picture_age_s=picture_age_s,
        longest_age_s=0.5,
    )


def test_fresh_alarm_is_told_with_its_urgency():
    told = message()
    assert (told.level, told.nearest, told.alert_id, told.run) == ("alarm", NEAREST, 7, RUN)
    assert 0.67 < told.urgency < 1


@pytest.mark.parametrize(
    ("picture_age_s", "reason"),
    [
        pytest.param(None, "no_picture", id="no picture at all"),
        pytest.param(0.51, "no_picture", id="too old"),
        pytest.param(-3600.0, "clock", id="from the future"),
    ],
)
def test_what_is_not_fresh_is_unavailable(picture_age_s, reason):
    told = message(picture_age_s)
    assert (told.level, told.reason, told.nearest, told.alert_id) == (
        "unavailable",
        reason,
        None,
        None,
    )
    assert told.urgency == 0


@pytest.mark.parametrize("picture_age_s", [None, 0.51, -3600.0])
@pytest.mark.parametrize("level", ["alarm", "unavailable"])
def test_speed_of_an_old_picture_is_not_told(picture_age_s, level):
    """It was read for that picture; whatever it has come to since, nobody knows."""
    told = message(picture_age_s, level=level)
    assert (told.run, told.overspeed) == (None, "none")


def test_speed_stays_while_only_the_assistance_fails():
    told = message(level="unavailable", nearest=None, alert_id=None)
    assert (told.run, told.overspeed) == (RUN, "caution")


def test_silent_mode_tells_the_driver_nothing():
    told = message(is_silent=True)
    assert (told.level, told.reason, told.is_silent) == ("unavailable", "silent", True)
    assert (told.nearest, told.run, told.overspeed, told.urgency) == (None, None, "none", 0)


@pytest.mark.parametrize("picture_age_s", [None, 0.51, -3600.0])
def test_silent_mode_shows_no_failing_part_either(picture_age_s):
    assert message(picture_age_s, is_silent=True).reason == "silent"
    failed = message(is_silent=True, level="unavailable", nearest=None, alert_id=None)
    assert failed.reason == "silent"


@pytest.mark.parametrize(
    ("level", "ttc_s", "share"),
    [
        pytest.param("clear", None, 0.0, id="clear"),
        pytest.param("unavailable", None, 0.0, id="unavailable"),
        pytest.param("information", 20.0, 0.10, id="information, far"),
        pytest.param("caution", 9.0, 0.34, id="caution begins"),
        pytest.param("caution", 1.0, 0.66, id="caution never looks like an alarm"),
        pytest.param("alarm", None, 0.67, id="alarm without a time"),
        pytest.param("alarm", 0.0, 1.0, id="alarm, now"),
    ],
)
def test_bar_fills_by_level_and_time(level, ttc_s, share):
    assert urgency_share(level, ttc_s) == share


class Clocks:
    """A time of day that can be set, and a clock that cannot."""

    def __init__(self) -> None:
        self.wall_ns = 10**18
        self.passed_ns = 0

    def advance(self, seconds: float) -> None:
        self.wall_ns += round(seconds * 1e9)
        self.passed_ns += round(seconds * 1e9)


def test_age_of_a_picture_grows_though_the_clock_is_set_back():
    clocks = Clocks()
    age = PictureAge(lambda: clocks.wall_ns, lambda: clocks.passed_ns)
    frame = Frame("cab", 0, clocks.wall_ns, np.zeros((4, 4, 3), np.uint8))
    assert age.of(None) is None
    clocks.advance(0.1)
    assert age.of(frame) == pytest.approx(0.1)
    clocks.wall_ns -= 3600 * 10**9
    clocks.advance(0.4)
    assert age.of(frame) == pytest.approx(0.5)
    later = Frame("cab", 1, clocks.wall_ns + 3600 * 10**9, frame.image)
    found = age.of(later)
    assert found is not None
    assert found < 0, "a picture from the future"
