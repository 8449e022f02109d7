"""What is said of a cab camera's calibration by looks at the rails, one by one."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from service.replay.truth import read_truth
from service.site.site import TramPlan
from service.site.site_file import load_site
from streams.source import open_source
from vision.ground import GroundCamera
from vision.tram.calibration_watch import (
    CalibrationCheck,
    CalibrationVerdict,
    CalibrationWatch,
    height_doubt_share,
    next_calibration_check,
    pitch_doubt_deg,
)
from vision.tram.ego_motion import EgoMotion, next_ego_motion
from vision.tram.rail_calibration import LocatedRails

CLIPS = Path(__file__).parents[3] / "sample_videos"
TRUE = GroundCamera(2.4, 4.0, 560, (320, 180))
UNKNOWN, AGREES, DIFFERS, WRONG = CalibrationVerdict


def looks(*pitches_deg: float, height_m: float = 2.4) -> list[LocatedRails]:
    """One at each pitch."""
    return [
        LocatedRails(replace(TRUE, pitch_deg=pitch_deg, height_m=height_m), 1.1)
        for pitch_deg in pitches_deg
    ]


def verdict(
    seen: Sequence[LocatedRails], stated: GroundCamera = TRUE, before: CalibrationVerdict = UNKNOWN
) -> CalibrationVerdict:
    return next_calibration_check(CalibrationCheck(before, stated), seen, stated).verdict


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(looks(), UNKNOWN, id="nothing seen"),
        pytest.param(looks(5.2, 5.2), UNKNOWN, id="too few"),
        pytest.param(looks(3.0, 5.2, 4.1), UNKNOWN, id="at odds"),
        pytest.param(looks(4.0, 4.1, 3.9), AGREES, id="right"),
        pytest.param(looks(4.2, 4.25, 4.25), AGREES, id="a nodding vehicle"),
        pytest.param(looks(4.7, 4.7, 4.75), DIFFERS, id="pitch differs"),
        pytest.param(looks(5.2, 5.1, 5.2), WRONG, id="pitch is wrong"),
        pytest.param(looks(2.8, 2.9, 2.8), WRONG, id="pitch is wrong the other way"),
        pytest.param(looks(5.2, 5.2, 8.0, 5.1), WRONG, id="one look went astray"),
        pytest.param(looks(4.0, 4.0, 4.0, height_m=2.1), DIFFERS, id="hangs lower"),
        pytest.param(looks(4.0, 4.0, 4.0, height_m=1.9), WRONG, id="another vehicle's"),
    ],
)
def test_verdict(seen: list[LocatedRails], expected: CalibrationVerdict) -> None:
    assert verdict(seen) is expected


def test_word_is_taken_back_only_well_below_its_limit() -> None:
    seen = looks(4.9, 4.9, 4.9)
    assert verdict(seen) is DIFFERS
    assert verdict(seen, before=WRONG) is WRONG
    assert verdict(looks(4.7, 4.7, 4.7), before=WRONG) is DIFFERS
    assert verdict(looks(4.45, 4.45, 4.45), before=DIFFERS) is DIFFERS
    assert verdict(looks(4.3, 4.3, 4.3), before=DIFFERS) is AGREES


def test_looks_at_odds_take_no_word_back() -> None:
    told = next_calibration_check(CalibrationCheck(), looks(5.2, 5.2, 5.2), TRUE)
    assert next_calibration_check(told, looks(3.0, 5.2, 4.1), TRUE) == told


def test_distances_are_doubted_by_all_of_a_difference_that_is_told() -> None:
    fine = next_calibration_check(CalibrationCheck(), looks(4.1, 4.1, 4.1), TRUE)
    told = next_calibration_check(CalibrationCheck(), looks(4.8, 4.8, 4.8, height_m=2.1), TRUE)
    assert (pitch_doubt_deg(fine, 0.2), height_doubt_share(fine, 0.02)) == (0.2, 0.02)
    assert pitch_doubt_deg(told, 0.2) > 0.8
    assert height_doubt_share(told, 0.02) > 0.14


def drive(clip: str, pitch_off_deg: float = 0.0, height_share: float = 1.0) -> CalibrationWatch:
    """A whole rendered clip, with a calibration that is off by this much."""
    camera = load_site(CLIPS / f"{clip}.site.yaml").cameras[0]
    truth = read_truth(CLIPS / f"{clip}.truth.json")
    assert isinstance(camera.plan, TramPlan)
    true = camera.plan.settings.camera
    stated = replace(
        true, pitch_deg=true.pitch_deg + pitch_off_deg, height_m=true.height_m * height_share
    )
    watch, ego = CalibrationWatch(camera.plan.settings.gauge_m), EgoMotion()
    with open_source(camera.source, camera.camera_id, mode=camera.frames) as source:
        for frame, real in zip(source, truth.frames, strict=False):
            ego = next_ego_motion(ego, real.ego_speed_mps, frame.timestamp_ns, 1.0)
            covered = any("vehicle" in box.group and box.in_envelope for box in real.boxes)
            watch.update(frame, stated, ego, is_covered=covered)
    return watch


@pytest.mark.parametrize(
    "clip",
    sorted(path.stem for path in CLIPS.glob("tram_*.mp4") if "unknown" not in path.stem),
)
def test_right_calibration_is_never_called_wrong(clip: str) -> None:
    watch = drive(clip)
    assert not watch.check.is_doubtful
    if clip in ("tram_clear", "tram_platform", "tram_beside_track"):
        assert watch.check.verdict is AGREES
        assert watch.check.found is not None
        assert watch.check.found.camera.pitch_deg == pytest.approx(4.0, abs=0.25)
        assert watch.check.found.camera.height_m == pytest.approx(2.4, rel=0.05)


@pytest.mark.parametrize(
    ("clip", "pitch_off_deg", "height_share", "expected"),
    [
        pytest.param("tram_platform", 1.5, 1.0, WRONG, id="looks down too far"),
        pytest.param("tram_clear", -0.8, 1.0, DIFFERS, id="looks up a little"),
        pytest.param("tram_beside_track", 0.0, 1.3, WRONG, id="hangs too high"),
    ],
)
def test_wrong_calibration_is_told_within_the_clip(
    clip: str, pitch_off_deg: float, height_share: float, expected: CalibrationVerdict
) -> None:
    check = drive(clip, pitch_off_deg, height_share).check
    assert check.verdict is expected
    assert check.pitch_off_deg == pytest.approx(pitch_off_deg, abs=0.3)
    assert check.height_off_share == pytest.approx(height_share - 1, abs=0.05)
