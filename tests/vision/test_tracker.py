import json
from itertools import permutations

import numpy as np
import pytest

from tests.builders import NS_PER_S, make_detections
from tests.vision.crossing_scene import FRAMES_PER_S, HIGH_CONFIDENCE, REFERENCE, make_scene
from vision.boxes import iou_matrix
from vision.detections import Detections
from vision.errors import SettingError
from vision.tracker import Tracker, TrackerSettings
from vision.tracks import Tracks

WALKER = [100, 100, 140, 200]


def _shifted(box: list[float], by_px: float) -> list[float]:
    return [box[0] + by_px, box[1], box[2] + by_px, box[3]]


def _follow(tracker: Tracker, moments: list[tuple[float, Detections]]) -> list[Tracks]:
    return [tracker.update(found, round(at_s * NS_PER_S)) for at_s, found in moments]


def _walk(seconds: list[float], speed_px_s: float = 60) -> list[tuple[float, Detections]]:
    return [(at_s, make_detections([_shifted(WALKER, speed_px_s * at_s)])) for at_s in seconds]


def test_track_is_confirmed_by_the_second_picture() -> None:
    first, second = _follow(Tracker(), _walk([0, 0.04]))
    assert len(first) == 0
    assert second.track_id.tolist() == [1]


def test_track_is_followed_before_it_is_confirmed() -> None:
    tracker = Tracker()
    moments = _walk([0, 0.04])
    first, second = (tracker.follow(found, round(at_s * NS_PER_S)) for at_s, found in moments)
    assert (first.track_id.tolist(), first.is_confirmed.tolist()) == ([1], [False])
    assert (second.track_id.tolist(), second.is_confirmed.tolist()) == ([1], [True])


def test_track_learns_its_speed() -> None:
    tracks = _follow(Tracker(), _walk([k / 25 for k in range(50)], speed_px_s=60))[-1]
    assert tracks.velocity_px_s[0, 0] == pytest.approx(60, abs=3)
    assert tracks.velocity_px_s[0, 1:] == pytest.approx(0, abs=3)


def test_speed_is_the_same_at_a_variable_frame_rate() -> None:
    random = np.random.default_rng(0)
    seconds = np.cumsum(random.uniform(0.02, 0.3, 60)).tolist()
    tracks = _follow(Tracker(), _walk(seconds, speed_px_s=60))[-1]
    assert tracks.track_id.tolist() == [1]
    assert tracks.velocity_px_s[0, 0] == pytest.approx(60, abs=3)


@pytest.mark.parametrize(("panned_px", "ids"), [(20.0, [1, 1, 1]), (0.0, [1, 2, 3])])
def test_narrow_object_is_followed_while_the_camera_turns(panned_px: float, ids: list[int]) -> None:
    """He is 14 px wide and moves by 20 from picture to picture, since all does."""
    tracker, seen = Tracker(), []
    for step in range(3):
        left = 100.0 + 20 * step
        found = make_detections([[left, 160, left + 14, 195]])
        seen += tracker.follow(found, step * NS_PER_S // 5, panned_px).track_id.tolist()
    assert seen == ids


def test_object_keeps_its_id_behind_a_pole() -> None:
    before, after = [k / 25 for k in range(25)], [1.6 + k / 25 for k in range(25)]
    hidden = [(1 + k / 25, Detections.empty()) for k in range(15)]
    history = _follow(Tracker(), [*_walk(before), *hidden, *_walk(after)])
    assert {int(i) for tracks in history for i in tracks.track_id} == {1}


def test_missed_track_coasts_for_a_moment() -> None:
    tracker = Tracker(TrackerSettings(coast_s=0.2))
    _follow(tracker, _walk([k / 25 for k in range(25)]))
    coasting = tracker.update(Detections.empty(), round(1.1 * NS_PER_S))
    gone = tracker.update(Detections.empty(), round(1.2 * NS_PER_S))
    assert coasting.xyxy[0, 0] == pytest.approx(100 + 60 * 1.1, abs=3)
    assert len(gone) == 0


def test_object_gets_a_new_id_after_a_long_absence() -> None:
    history = _follow(Tracker(), [*_walk([0, 0.04, 0.08]), *_walk([1.5, 1.54], speed_px_s=0)])
    assert history[-1].track_id.tolist() == [2]


def test_glimpse_is_no_track() -> None:
    moments = [
        (0.0, make_detections([WALKER])),
        (0.04, Detections.empty()),
        (0.08, make_detections([WALKER])),
        (0.12, Detections.empty()),
    ]
    assert all(len(tracks) == 0 for tracks in _follow(Tracker(), moments))


def test_glimpse_waits_while_nobody_looks_there() -> None:
    tracker, found = Tracker(), make_detections([WALKER])
    first = tracker.follow(found, 0)
    part = make_detections([_shifted(WALKER, 5), [400, 100, 440, 200]])
    meanwhile = tracker.follow(
        part, NS_PER_S // 25, is_out_of_sight=lambda xyxy, _: xyxy[:, 0] < 200
    )
    assert meanwhile.track_id.tolist() == [1, 2], "a part of what is followed starts nothing"
    assert meanwhile.is_seen.tolist() == [False, True]
    assert meanwhile.confidence[0] == first.confidence[0], "no look, no doubt"
    again = tracker.update(found, 2 * NS_PER_S // 25)
    assert again.track_id.tolist() == [1]


def test_unsure_detection_continues_but_never_starts_a_track() -> None:
    unsure = make_detections([WALKER, [400, 100, 440, 200]], confidence=0.2)
    moments = [(0.0, make_detections([WALKER])), *[(k / 25, unsure) for k in range(1, 10)]]
    assert _follow(Tracker(), moments)[-1].track_id.tolist() == [1]


def test_noise_below_the_low_confidence_is_ignored() -> None:
    noise = make_detections([WALKER], confidence=0.05)
    moments = [*_walk([0, 0.04], speed_px_s=0), *[(k / 25, noise) for k in range(2, 40)]]
    assert len(_follow(Tracker(), moments)[-1]) == 0


@pytest.mark.parametrize(
    ("class_id", "ids"), [(1, [1]), (2, [2])], ids=["car becomes truck", "car hides person"]
)
def test_only_classes_of_a_group_are_one_object(class_id: int, ids: list[int]) -> None:
    tracker = Tracker(class_group=np.array([0, 0, 1]))
    _follow(tracker, [(k / 25, make_detections([WALKER], class_id=0)) for k in range(3)])
    other = make_detections([WALKER], class_id=class_id)
    tracks = _follow(tracker, [(k / 25, other) for k in range(3, 12)])[-1]
    assert tracks.track_id.tolist() == ids
    assert tracks.class_id.tolist() == [class_id]


def test_ids_belong_to_one_tracker() -> None:
    north, south = Tracker(), Tracker()
    for tracker in (north, south):
        assert _follow(tracker, _walk([0, 0.04]))[-1].track_id.tolist() == [1]


def test_same_moment_twice_moves_nothing() -> None:
    tracker = Tracker()
    once = _follow(tracker, _walk([0, 0.04, 0.08]))[-1]
    again = _follow(tracker, _walk([0.08]))[-1]
    assert again.xyxy == pytest.approx(once.xyxy, abs=0.5)


def test_crossing_objects_keep_their_ids() -> None:
    tracker = Tracker(TrackerSettings(high_confidence=HIGH_CONFIDENCE, coast_s=0))
    ids_of: dict[int, set[int]] = {}
    for frame, (found, objects) in enumerate(make_scene()):
        tracks = tracker.update(found, round(frame / FRAMES_PER_S * NS_PER_S))
        for thing, track_id in _matched(found, objects, tracks):
            ids_of.setdefault(thing, set()).add(track_id)
    assert all(len(ids) == 1 for ids in ids_of.values())
    assert all(a.isdisjoint(b) for a, b in permutations(ids_of.values(), 2))


def test_same_associations_as_the_reference() -> None:
    reference = json.loads(REFERENCE.read_text())
    assert reference["made_by"] == "trackers 2.6.1"
    tracker = Tracker(TrackerSettings(high_confidence=HIGH_CONFIDENCE, coast_s=0))
    ours_of: dict[int, int] = {}
    for frame, (found, objects) in enumerate(make_scene()):
        tracks = tracker.update(found, round(frame / FRAMES_PER_S * NS_PER_S))
        ours = dict(_matched(found, objects, tracks))
        theirs = dict(reference["frames"][frame])
        assert set(ours) == set(theirs), f"frame {frame}"
        for thing, track in theirs.items():
            assert ours_of.setdefault(track, ours[thing]) == ours[thing], f"frame {frame}"


def _matched(found: Detections, objects: list[int], tracks: Tracks) -> list[tuple[int, int]]:
    """Which object each track is, by overlap with the detections of the same picture."""
    if len(tracks) == 0:
        return []
    overlap = iou_matrix(tracks.xyxy, found.xyxy)
    columns = overlap.argmax(axis=1).tolist()
    return [
        (objects[column], track_id)
        for column, track_id in zip(columns, tracks.track_id.tolist(), strict=True)
    ]


def test_settings_are_checked() -> None:
    with pytest.raises(SettingError, match=r"0 ≤ low ≤ high ≤ 1, got 0.5 and 0.4"):
        TrackerSettings(low_confidence=0.5, high_confidence=0.4)
