"""People in rain and at night: seen again and again, never as sure as by day."""

import numpy as np
import pytest

from tests.builders import NS_PER_S, ScriptedDetector, make_detections, make_frame
from tests.vision.tram.test_watch import CLASSES, SETTINGS, SPEED_MPS, levels, see
from vision.detections import Detections
from vision.errors import SettingError
from vision.tracker import Tracker, TrackerSettings
from vision.tram.watch import TramResult, TramWatch

SURE = TrackerSettings(high_confidence=0.5)
PERSON, CAR = 0, 1
MAY_START_FAINT = np.array([True, False])
WALKER = [100.0, 100.0, 140.0, 200.0]


def _ride(confidence: float, class_id: int = PERSON, shown: str = "1") -> list[TramResult]:
    """Five pictures a second of someone on the track; `shown` says in which of them, in turn."""
    moments = [k / 5 for k in range(15)]
    script = [
        see((42 - SPEED_MPS * s, 0.0), class_id, confidence)
        if shown[k % len(shown)] == "1"
        else Detections.empty()
        for k, s in enumerate(moments)
    ]
    watch = TramWatch(SETTINGS, ScriptedDetector(script, CLASSES), tracking=SURE)
    return [watch.update(make_frame(s), SPEED_MPS) for s in moments]


def _looks(count: int, rate_hz: float, class_id: int = PERSON, confidence: float = 0.45) -> int:
    """How many tracks there are after so many pictures of one thing."""
    tracker = Tracker(SURE, may_start_faint=MAY_START_FAINT)
    found = make_detections([WALKER], confidence, class_id)
    for k in range(count):
        tracks = tracker.update(found, round(k / rate_hz * NS_PER_S))
    return len(tracks)


def test_someone_who_is_seen_faintly_for_a_while_is_warned_of() -> None:
    results = _ride(0.45)
    assert [len(result.obstacles) for result in results[:4]] == [0, 0, 1, 1]
    assert "alarm" in levels(results)


@pytest.mark.parametrize(
    ("confidence", "class_id", "shown"),
    [(0.45, CAR, "1"), (0.35, PERSON, "1"), (0.45, PERSON, "110")],
    ids=["a car is large enough to be seen surely", "too faint", "comes and goes"],
)
def test_what_else_is_faint_is_no_obstacle(confidence: float, class_id: int, shown: str) -> None:
    results = _ride(confidence, class_id, shown)
    assert levels(results) == {"clear"}
    assert all(len(result.obstacles) == 0 for result in results)


@pytest.mark.parametrize(
    ("count", "rate_hz", "tracks"),
    [(2, 5, 0), (3, 5, 1), (2, 2, 0), (8, 25, 0), (10, 25, 1)],
)
def test_faint_looks_count_by_number_and_by_time(count: int, rate_hz: float, tracks: int) -> None:
    assert _looks(count, rate_hz) == tracks


def test_one_sure_look_makes_a_faint_track_real() -> None:
    tracker = Tracker(SURE, may_start_faint=MAY_START_FAINT)
    tracker.update(make_detections([WALKER], 0.45), 0)
    assert len(tracker.update(make_detections([WALKER], 0.6), NS_PER_S // 25)) == 1


def test_faint_box_at_somebody_who_is_followed_is_no_second_one() -> None:
    tracker = Tracker(SURE, may_start_faint=MAY_START_FAINT)
    body = [WALKER[0], WALKER[1], WALKER[2], 170.0]
    found = Detections.concatenate([make_detections([WALKER], 0.9), make_detections([body], 0.45)])
    for k in range(10):
        tracks = tracker.update(found, round(k / 5 * NS_PER_S))
    assert len(tracks) == 1


def test_somebody_who_comes_out_from_behind_a_van_is_followed_from_the_first_faint_look() -> None:
    tracker = Tracker(SURE, may_start_faint=MAY_START_FAINT)
    van = make_detections([[60.0, 60.0, 125.0, 195.0]], 0.9, CAR)
    tracker.update(van, 0)
    for k, confidence in enumerate((0.45, 0.6), start=1):
        found = Detections.concatenate([van, make_detections([WALKER], confidence)])
        tracks = tracker.update(found, round(k / 5 * NS_PER_S))
    assert sorted(tracks.class_id.tolist()) == [PERSON, CAR]


def test_no_class_starts_faintly_unless_told() -> None:
    tracker = Tracker(SURE)
    for k in range(10):
        tracks = tracker.update(make_detections([WALKER], 0.45), round(k / 5 * NS_PER_S))
    assert len(tracks) == 0


@pytest.mark.parametrize("share", [0.0, 1.1])
def test_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(SettingError, match="faint_share must be above 0 and at most 1"):
        TrackerSettings(faint_share=share)
