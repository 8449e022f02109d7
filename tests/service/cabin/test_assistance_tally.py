"""Alerts counted per hour and km, as a story of levels."""

from dataclasses import replace

import pytest

from service.cabin.assistance_tally import AssistanceTally, next_tally
from service.cabin.cabins import Cabins
from service.live.hub import Hub
from service.site.site_file import load_site
from tests.builders import ScriptedDetector, make_frame
from tests.service.scenes import TRAM_YAML
from vision.detections import Detections
from vision.ground import GroundCamera
from vision.tram.alert_state import AlertLevel
from vision.tram.drive import Drive
from vision.tram.settings import TramSettings
from vision.tram.watch import TramResult, TramWatch

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
SPEED_MPS = 10.0
LATE_NS = 700_000_000


@pytest.fixture(scope="module")
def blank() -> TramResult:
    watch = TramWatch(TramSettings(CAMERA), ScriptedDetector([Detections.empty()]), camera_id="cab")
    return watch.update(make_frame(0.0), SPEED_MPS)


def counted(blank: TramResult, *levels: AlertLevel) -> AssistanceTally:
    """One level per second at 10 m/s."""
    tally = AssistanceTally()
    for second, level in enumerate(levels):
        at_ns = second * 10**9
        drive = Drive(at_ns, SPEED_MPS, driven_m=SPEED_MPS * second)
        result = replace(
            blank, timestamp_ns=at_ns, alert=replace(blank.alert, level=level), drive=drive
        )
        tally = next_tally(tally, result)
    return tally


CLEAR, CAUTION, ALARM = AlertLevel.CLEAR, AlertLevel.CAUTION, AlertLevel.ALARM
LOST = AlertLevel.UNAVAILABLE


def test_alert_counts_once_at_each_level_it_rises_to(blank):
    tally = counted(blank, CLEAR, CAUTION, CAUTION, ALARM, ALARM, CAUTION, CLEAR, ALARM, CLEAR)
    assert (tally.informations, tally.cautions, tally.alarms) == (2, 2, 2)


def test_alert_that_goes_on_after_being_unavailable_counts_once(blank):
    tally = AssistanceTally()
    told = [(ALARM, 7), (LOST, None), (CLEAR, None), (ALARM, 7), (CLEAR, None), (ALARM, 8)]
    for second, (level, alert_id) in enumerate(told):
        alert = replace(blank.alert, level=level, alert_id=alert_id)
        tally = next_tally(tally, replace(blank, timestamp_ns=second * 10**9, alert=alert))
    assert (tally.informations, tally.cautions, tally.alarms) == (2, 2, 2)


def test_time_and_way_make_rates(blank):
    tally = counted(blank, *[CLEAR] * 180, CAUTION, *[CLEAR] * 180)
    assert tally.watched_s == 360
    assert tally.driven_m == 3600
    assert tally.per_hour(tally.cautions) == 10
    assert tally.per_km(tally.cautions) == pytest.approx(0.28)


def test_time_without_assistance_is_no_watched_time(blank):
    tally = counted(blank, CLEAR, LOST, LOST, CLEAR)
    assert (tally.watched_s, tally.unavailable_s) == (1, 2)


def test_time_in_which_results_come_too_late_is_no_watched_time(blank, tmp_path):
    path = tmp_path / "line.yaml"
    path.write_text(TRAM_YAML)
    hub = Hub([load_site(path)])
    for second in range(5):
        at_ns = second * 10**9
        alert = replace(blank.alert, level=CLEAR, observed_at_ns=at_ns)
        result = replace(blank, camera_id="cab", timestamp_ns=at_ns, alert=alert)
        hub.publish("line", result, now_ns=at_ns + LATE_NS)
    tally = hub.cabins.tally("line", "cab")
    assert (tally.watched_s, tally.unavailable_s) == (0, 4)


def test_too_little_says_no_rate(blank):
    tally = counted(blank, CLEAR, ALARM)
    assert (tally.per_hour(1), tally.per_km(1)) == (None, None)


def test_false_alarm_counts_once_however_often_it_is_pressed(blank):
    cabins = Cabins()
    cabins.take("line", blank)
    assert cabins.mark_false("line", "cab", 3)
    assert not cabins.mark_false("line", "cab", 3)
    assert cabins.tally("line", "cab").false_alarms == 1
    assert cabins.take_false("line", "cab") == [3]
    assert cabins.take_false("line", "cab") == []
